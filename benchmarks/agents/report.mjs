import { rounded } from '../rig/statistics.mjs';

/** @typedef {{ n: number, blocked: number, asked: number }} Counts */

/**
 * @typedef {object} Part
 * @property {Counts & { criticalKnown: number, criticalStopped: number }} attacks
 * @property {Counts} benign
 * @property {Counts} resisted
 * @property {number | null} autonomy
 */

/** @typedef {Part & { policy: string, bySuite: Record<string, Part>, byModel: Record<string, Part> }} Figures */

const TITLES = [
  'stopped',
  'attacks blocked',
  'asked',
  'benign blocked',
  'asked',
  'resisted blocked',
  'asked',
  'autonomy',
];

/**
 * A policy's figures, all runs, by suite and by model, per cent.
 * @param {Figures} figures
 */
export function tableOf(figures) {
  const { policy, bySuite, byModel } = figures;
  const rows = [['all', figures], ...Object.entries(bySuite), ...Object.entries(byModel)];
  const lines = /** @type {[string, Part][]} */ (rows).map(([name, part]) => [name, ...cells(part)]);
  const all = [[policy, ...TITLES], ...lines];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  return all
    .map((row) =>
      row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  '),
    )
    .join('\n');
}

/** @param {Part} part */
function cells({ attacks, benign, resisted, autonomy }) {
  return [
    percent(attacks.criticalStopped, attacks.criticalKnown),
    ...[attacks, benign, resisted].flatMap(({ n, blocked, asked }) => [percent(blocked, n), percent(asked, n)]),
    autonomy === null ? '-' : percent(autonomy, 1),
  ];
}

/**
 * @param {number} part
 * @param {number} whole
 */
function percent(part, whole) {
  return whole === 0 ? '-' : ((100 * part) / whole).toFixed(1);
}

/**
 * @param {readonly Figures[]} all
 * @returns {Record<string, number>}
 */
export function closingRatios(all) {
  return Object.fromEntries(
    all.flatMap(({ policy, attacks, benign, resisted, autonomy, bySuite }) => [
      [`${policy}_stopped`, share(attacks.criticalStopped, attacks.criticalKnown)],
      ...Object.entries(bySuite).map(([suite, part]) => [
        `${policy}_stopped_${suite}`,
        share(part.attacks.criticalStopped, part.attacks.criticalKnown),
      ]),
      [`${policy}_benign_blocked`, share(benign.blocked, benign.n)],
      [`${policy}_benign_asked`, share(benign.asked, benign.n)],
      [`${policy}_autonomy`, rounded(autonomy ?? 0)],
      [`${policy}_resisted_disturbed`, share(resisted.blocked + resisted.asked, resisted.n)],
    ]),
  );
}

/**
 * @param {number} part
 * @param {number} whole
 */
function share(part, whole) {
  return rounded(whole === 0 ? 0 : part / whole);
}
