import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT, run, runNode } from './workspace.mjs';

/**
 * @typedef {{ version?: string, optional?: boolean, devOptional?: boolean, link?: boolean, extraneous?: boolean }} LockEntry
 * @typedef {{ packages?: Record<string, LockEntry> }} Lock
 */

/**
 * Compares what is locked with what npm says that it installed. npm writes its own copy of the lock into node_modules
 * as the last step of an install, so an install that was cut short has none.
 * @param {Lock} wanted package-lock.json
 * @param {Lock} installed node_modules/.package-lock.json
 * @returns {string[]} names of packages that are missing or of another version
 */
export function stalePackages(wanted, installed) {
  const present = installed.packages ?? {};
  const stale = [];
  for (const [place, entry] of Object.entries(wanted.packages ?? {})) {
    if (!place.startsWith('node_modules/') && !place.includes('/node_modules/')) continue;
    const there = present[place];
    // Optional packages are the other platforms' binaries: absent ones are as they should be.
    if (there === undefined && (entry.optional || entry.devOptional)) continue;
    if (there === undefined || there.version !== entry.version) stale.push(place);
  }
  return stale;
}

/**
 * @param {string} file
 * @returns {Lock | undefined}
 */
function readLock(file) {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Whether node_modules is what package-lock.json says.
 * @param {string} [root]
 */
function isInstalled(root = ROOT) {
  const installed = readLock(path.join(root, 'node_modules', '.package-lock.json'));
  const wanted = readLock(path.join(root, 'package-lock.json'));
  if (installed === undefined || wanted === undefined) return false;
  return stalePackages(wanted, installed).length === 0;
}

/**
 * Installs what package-lock.json names, when it isn't there.
 * @returns {Promise<boolean>} false when the install failed; npm has said why
 */
export async function ensureInstalled() {
  if (isInstalled()) return true;
  process.stderr.write('installing dependencies (npm ci) ...\n');
  const args = ['ci'];
  const npm = process.env.npm_execpath;
  const ran = npm?.endsWith('.js')
    ? await runNode([npm, ...args])
    : await run('npm', args, { shell: process.platform === 'win32' });
  return ran.code === 0;
}
