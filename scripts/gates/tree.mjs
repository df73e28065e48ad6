import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Folders that are made, not written. */
const MADE = new Set(['node_modules', 'dist', '.git', 'coverage']);
const MADE_AT_ROOT = new Set(['data']);

/**
 * Lists the files that people wrote.
 * @param {string} root
 * @param {(file: string) => boolean} [wanted]
 * @returns {string[]} paths from the root, with forward slashes, sorted
 */
export function writtenFiles(root, wanted = () => true) {
  /** @type {string[]} */
  const found = [];
  const walk = (/** @type {string} */ folder) => {
    for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
      const place = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (MADE.has(entry.name) || MADE_AT_ROOT.has(place)) continue;
      if (entry.isDirectory()) walk(place);
      else if (entry.isFile() && wanted(place)) found.push(place);
    }
  };
  walk('');
  return found.sort();
}

/**
 * Links what is installed into a copy, but the copy's own packages in place of ours.
 * @param {string} root
 * @param {string} copy
 */
function linkInstalled(root, copy) {
  const installed = path.join(root, 'node_modules');
  const ours = path.join(realpathSync(root), 'packages') + path.sep;
  for (const entry of readdirSync(installed, { withFileTypes: true })) {
    const place = path.join(installed, entry.name);
    if (entry.name.startsWith('.') || entry.name === '@sallyport' || realpathSync(place).startsWith(ours)) continue;
    symlinkSync(place, path.join(copy, 'node_modules', entry.name), 'junction');
  }
  for (const entry of readdirSync(path.join(copy, 'packages'))) {
    const { name } = JSON.parse(readFileSync(path.join(copy, 'packages', entry, 'package.json'), 'utf8'));
    const link = path.join(copy, 'node_modules', name);
    mkdirSync(path.dirname(link), { recursive: true });
    symlinkSync(path.join(copy, 'packages', entry), link, 'junction');
  }
}

/**
 * Copies the tree to a new temporary folder, with what is installed linked in.
 * @param {string} root
 * @returns {{ root: string, remove(): void }}
 */
export function copyTree(root) {
  const copy = mkdtempSync(path.join(os.tmpdir(), 'sallyport-copy-'));
  for (const file of writtenFiles(root)) cpSync(path.join(root, file), path.join(copy, file));
  mkdirSync(path.join(copy, 'node_modules'), { recursive: true });
  linkInstalled(root, copy);
  return { root: copy, remove: () => rmSync(copy, { recursive: true, force: true }) };
}

/**
 * Lays planted files over a tree.
 * @param {string} root
 * @param {import('./gate.mjs').Planted['files']} files
 * @returns {() => void} puts everything back
 */
export function plant(root, files) {
  const before = Object.keys(files).map((file) => ({ file, old: readIfThere(path.join(root, file)) }));
  /** @type {string[]} */
  const made = [];
  for (const { file, old } of before) {
    const content = files[file];
    const place = path.join(root, file);
    const folder = mkdirSync(path.dirname(place), { recursive: true });
    if (folder !== undefined) made.push(folder);
    writeFileSync(place, typeof content === 'function' ? content(old ?? '') : (content ?? ''));
  }
  return () => {
    for (const { file, old } of before) {
      if (old === undefined) rmSync(path.join(root, file));
      else writeFileSync(path.join(root, file), old);
    }
    for (const folder of made) rmSync(folder, { recursive: true, force: true });
  };
}

/**
 * @param {string} file
 * @returns {string | undefined}
 */
function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
