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
