import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout's root folder, absolute. */
export const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Oldest Node.js that the product runs on; `engines.node` in package.json says the same. */
export const NODE_FLOOR = { major: 20, minor: 19 };

/**
 * Tells whether this Node.js is one that the product runs on.
 * @param {string} version such as `20.19.0`
 * @returns {string | undefined} what to tell the user when it isn't
 */
export function nodeComplaint(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const floor = NODE_FLOOR;
  if (major > floor.major || (major === floor.major && minor >= floor.minor)) return undefined;
  return `Sallyport needs Node.js ${floor.major}.${floor.minor} or newer; this is ${version}. See https://nodejs.org/en/download`;
}

/** Ends the process with a clear message on a Node.js that is too old. */
export function requireNode() {
  const complaint = nodeComplaint(process.versions.node);
  if (complaint === undefined) return;
  process.stderr.write(`${complaint}\n`);
  process.exit(1);
}

/**
 * @param {string} [root]
 * @returns {string[]} the packages' folders, absolute, by name
 */
export function packageFolders(root = ROOT) {
  const parent = path.join(root, 'packages');
  return readdirSync(parent)
    .map((name) => path.join(parent, name))
    .filter((folder) => existsSync(path.join(folder, 'package.json')))
    .sort();
}

/**
 * Path of an installed tool's entry, to be run with this Node.js: the same on every system, without a shell.
 * @param {string} name folder below node_modules, such as `vitest`
 * @param {string} entry path inside it
 * @param {string} [root]
 */
export function toolPath(name, entry, root = ROOT) {
  return path.join(root, 'node_modules', name, entry);
}

/**
 * @typedef {object} Ran
 * @property {number} code exit status; 128 and up when a signal ended it
 * @property {string} output standard output and error in the order in which they came, when `quiet`
 */

/**
 * Runs a program to its end.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, quiet?: boolean, shell?: boolean }} [options]
 * `quiet`: collect the output instead of showing it on standard error
 * @returns {Promise<Ran>}
 */
export function run(program, args, options = {}) {
  const { cwd = ROOT, env = process.env, quiet = false, shell = false } = options;
  return new Promise((resolve, reject) => {
    const stdio = /** @type {import('node:child_process').StdioOptions} */ (
      quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 2, 2]
    );
    const child = spawn(program, args, { cwd, env, stdio, shell });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 128, output }));
  });
}

/**
 * Runs a Node.js program to its end.
 * @param {readonly string[]} args
 * @param {Parameters<typeof run>[2]} [options]
 */
export function runNode(args, options) {
  return run(process.execPath, args, options);
}
