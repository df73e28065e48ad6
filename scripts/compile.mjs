import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { packageFolders, ROOT, runNode, toolPath } from './workspace.mjs';

const STAMP = path.join('node_modules', '.cache', 'sallyport', 'built');

/**
 * Walks a folder.
 * @param {string} folder
 * @returns {Generator<string>} paths of its files, absolute
 */
function* filesIn(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const place = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* filesIn(place);
    else if (entry.isFile()) yield place;
  }
}

/**
 * Digest of everything that the build reads: names, sizes and times, not contents, since a start must be quick.
 * @param {string} [root]
 */
function sourceStamp(root = ROOT) {
  const hash = createHash('sha256').update(process.versions.node);
  const note = (/** @type {string} */ file) => {
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat) hash.update(`${path.relative(root, file)}\0${stat.size}\0${stat.mtimeMs}\n`);
  };
  for (const file of ['tsconfig.base.json', 'tsconfig.json', 'package-lock.json']) note(path.join(root, file));
  for (const folder of packageFolders(root)) {
    note(path.join(folder, 'package.json'));
    note(path.join(folder, 'tsconfig.json'));
    const sources = path.join(folder, 'src');
    if (!existsSync(sources)) continue;
    for (const file of filesIn(sources)) if (!file.endsWith('.test.ts')) note(file);
  }
  return hash.digest('hex');
}

/**
 * Whether the output of every package stems from the sources as they are now.
 * @param {string} [root]
 */
function isBuilt(root = ROOT) {
  const stamp = path.join(root, STAMP);
  if (!existsSync(stamp)) return false;
  const complete = packageFolders(root).every((folder) => existsSync(path.join(folder, 'dist', '.tsbuildinfo')));
  return complete && readFileSync(stamp, 'utf8') === sourceStamp(root);
}

/**
 * Removes what earlier builds left of sources that are gone: a stale module would still resolve.
 * @param {string} [root]
 */
function removeOrphans(root = ROOT) {
  for (const folder of packageFolders(root)) {
    const dist = path.join(folder, 'dist');
    if (!existsSync(dist)) continue;
    for (const file of filesIn(dist)) {
      const output = path.relative(dist, file).match(/^(.+?)(\.d\.ts|\.js)(\.map)?$/);
      const source = path.join(folder, 'src', output?.[1] ?? '');
      if (output && !existsSync(`${source}.ts`) && !existsSync(`${source}.js`)) rmSync(file);
    }
  }
}

/**
 * Compiles every package.
 * @returns {Promise<boolean>} false when the sources don't compile; the compiler has said why
 */
export async function build() {
  // Taken before the build: an edit made meanwhile leaves the stamp behind the sources, so that the next run builds again.
  const stamp = sourceStamp();
  removeOrphans();
  // All of it, always: it takes a second, and an incremental build keeps old errors when only the settings changed.
  const ran = await runNode([toolPath('typescript', 'bin/tsc'), '--build', '--force', 'tsconfig.json']);
  if (ran.code !== 0) return false;
  const file = path.join(ROOT, STAMP);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, stamp);
  return true;
}

/** Builds when the sources are newer than the last build. */
export async function ensureBuilt() {
  if (isBuilt()) return true;
  process.stderr.write('building ...\n');
  return build();
}
