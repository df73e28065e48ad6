import { readFileSync } from 'node:fs';
import path from 'node:path';
import { packageFolders } from '../workspace.mjs';

/** Licences whose code may ship inside an Apache-2.0 product, as SPDX expressions that npm's lock names. */
const SHIPPABLE = new Set(['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'ISC', 'MIT']);

const EXACT = /^\d+\.\d+\.\d+(-[\w.]+)?$/;

/**
 * @typedef {{ version?: string, license?: string, resolved?: string, integrity?: string, link?: boolean, dev?: boolean, hasInstallScript?: boolean }} Entry
 */

/**
 * @param {string} licence such as `MIT`, `MIT OR GPL-2.0`, `MIT AND ISC`
 */
function ships(licence) {
  const parts = licence.replace(/[()]/g, '').split(/\s+/);
  const names = parts.filter((part) => !/^(?:and|or)$/i.test(part));
  const choice = parts.some((part) => /^or$/i.test(part));
  return choice ? names.some((name) => SHIPPABLE.has(name)) : names.every((name) => SHIPPABLE.has(name));
}

/**
 * @param {string} place
 * @param {Entry} entry
 * @returns {string[]}
 */
function complaints(place, entry) {
  const found = [];
  if (entry.resolved?.startsWith('http'))
    found.push(`${place}: the lock names a registry: ${new URL(entry.resolved).host}`);
  if (!entry.integrity) found.push(`${place}: no integrity in the lock`);
  if (!entry.dev && entry.hasInstallScript) found.push(`${place}: runs a script when it is installed`);
  if (!entry.dev && !ships(entry.license ?? 'none')) found.push(`${place}: licence ${entry.license ?? 'none'}`);
  return found;
}

/**
 * @param {string} root
 * @param {string} file
 */
const readJson = (root, file) => JSON.parse(readFileSync(path.join(root, file), 'utf8'));

/** @type {import('./gate.mjs').Gate} */
export const dependencies = {
  name: 'dependencies',
  about: 'exact versions, licences that may ship, no install scripts, a lock that names no registry',
  async check(root) {
    const folders = ['', ...packageFolders(root).map((folder) => path.relative(root, folder))];
    const lines = folders.flatMap((folder) => {
      const manifest = readJson(root, path.join(folder, 'package.json'));
      return Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })
        .filter(([, version]) => !EXACT.test(version))
        .map(([name, version]) => `${path.join(folder, 'package.json')}: ${name} is not pinned: ${version}`);
    });
    /** @type {[string, Entry][]} */
    const locked = Object.entries(readJson(root, 'package-lock.json').packages);
    const installed = locked.filter(([place, entry]) => place.includes('node_modules/') && !entry.link);
    for (const [place, entry] of installed) lines.push(...complaints(place, entry));
    return { ok: lines.length === 0, examined: installed.length, report: lines.join('\n') };
  },
  planted: [
    {
      name: 'a range in place of a version',
      files: { 'packages/text/package.json': (old) => old.replace('"@sallyport/core": "', '"@sallyport/core": "^') },
      expect: /packages.text.package\.json: @sallyport\/core is not pinned/,
    },
    {
      name: 'a lock that names a registry',
      files: {
        'package-lock.json': (old) =>
          old.replace('"integrity"', '"resolved": "https://registry.example/a.tgz", "integrity"'),
      },
      expect: /the lock names a registry: registry\.example/,
    },
    {
      name: 'a licence that may not ship',
      files: { 'package-lock.json': (old) => old.replaceAll('"license": "ISC"', '"license": "GPL-3.0-only"') },
      expect: /licence GPL-3\.0-only/,
    },
    {
      name: 'a dependency that runs a script when it is installed',
      files: {
        'package-lock.json': (old) =>
          old.replace('"node_modules/yaml": {', '"node_modules/yaml": { "hasInstallScript": true,'),
      },
      expect: /node_modules\/yaml: runs a script/,
    },
  ],
};
