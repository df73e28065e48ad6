import { plant } from './tree.mjs';

/**
 * @typedef {object} Verdict
 * @property {boolean} ok
 * @property {number} examined how many things were looked at; none at all is a failure, whatever the tool says
 * @property {string} report what to read when it failed
 */

/**
 * A violation that the gate must find: files laid over a copy of the tree.
 * @typedef {object} Planted
 * @property {string} name
 * @property {Readonly<Record<string, string | ((old: string) => string)>>} files
 * path from the root to new content, or to a function of the old
 * @property {RegExp} expect what the gate's report must say of it
 */

/**
 * @typedef {object} Gate
 * @property {string} name
 * @property {string} about what it holds up, in one line
 * @property {(root: string) => Promise<Verdict>} check
 * @property {readonly Planted[]} planted
 */

/**
 * Asks a gate, and fails the one that broke or looked at nothing.
 * @param {Gate} gate
 * @param {string} root
 * @returns {Promise<Verdict>}
 */
export async function ask(gate, root) {
  const verdict = await gate.check(root).catch((/** @type {unknown} */ cause) => {
    return { ok: false, examined: 1, report: `${gate.name} broke: ${cause}` };
  });
  if (verdict.examined > 0) return verdict;
  return { ...verdict, ok: false, report: `${verdict.report}\n${gate.name} examined nothing` };
}

/**
 * Plants each of a gate's violations in a copy of the tree, as many at once as keep out of each other's way.
 * @param {Gate} gate
 * @param {string} copy
 * @returns {Promise<string[]>} names of those that the gate let pass, or failed on for another reason
 */
export async function unnoticed(gate, copy) {
  const missed = [];
  for (const bed of bedsOf(gate.planted)) {
    const unplant = plant(copy, Object.assign({}, ...bed.map(({ files }) => files)));
    const verdict = await ask(gate, copy);
    unplant();
    for (const { name, expect } of bed) if (verdict.ok || !expect.test(verdict.report)) missed.push(name);
  }
  return missed;
}

/**
 * Violations that can be planted together: new files, each of which only one of them brings.
 * @param {readonly Planted[]} planted
 */
function bedsOf(planted) {
  /** @type {Planted[][]} */
  const beds = [];
  for (const one of planted) {
    const bed = beds.find((others) => others.every((other) => isApart(one, other)));
    if (bed === undefined) beds.push([one]);
    else bed.push(one);
  }
  return beds;
}

/**
 * @param {Planted} one
 * @param {Planted} other
 */
function isApart({ files: these }, { files: those }) {
  const isNew = Object.values({ ...these, ...those }).every((content) => typeof content === 'string');
  return isNew && Object.keys(these).every((file) => !(file in those));
}
