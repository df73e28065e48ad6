/** What `npm run bench -- detectors` says of npm's other guards, as a section of the page. */
import path from 'node:path';
import { ROOT, runNode } from '../workspace.mjs';
import { bounded, percent, table } from './tables.mjs';

/**
 * @typedef {import('./tables.mjs').Bounds} Bounds
 * @typedef {object} Result
 * @property {string} task
 * @property {string} name
 * @property {number} positives
 * @property {number} negatives
 * @property {number | null} auc
 * @property {number | null} recallAt1pctFpr
 * @property {number | null} recall
 * @property {Bounds} recallInterval
 * @property {number | null} fpr
 * @property {Bounds} fprInterval
 * @property {number} usPerKb
 */

const TITLES = { injection: 'Injections in what a user says', pii: 'Personal data', secrets: 'Credentials' };

/** @param {string} data */
export async function peerSection(data) {
  const bench = path.join(ROOT, 'benchmarks', 'detectors', 'bench.mjs');
  const { code, output } = await runNode([bench, '--data', data], { quiet: true });
  const document = output.split('\n').find((line) => line.startsWith('{"name":"detectors"'));
  if (code !== 0 || document === undefined) throw new Error(`the benchmark ended with ${code}`);
  /** @type {{ results: Result[], left: { name: string, why: string }[] }} */
  const { results, left } = JSON.parse(document);
  const parts = [
    "## Beside npm's other guards",
    'The same texts for all, at most 200 rows of a source, each guard by its own default. How they are run, and what speaks for and against the comparison: [benchmarks/detectors](../../benchmarks/detectors/README.md).',
  ];
  for (const [task, title] of Object.entries(TITLES)) {
    const those = results.filter((one) => one.task === task);
    const [first] = those;
    if (first === undefined) continue;
    parts.push(`${title}: ${first.positives} to find, ${first.negatives} harmless.`, resultTable(those));
  }
  for (const { name, why } of left) parts.push(`Left out: ${name} (${why}).`);
  return parts.join('\n\n');
}

/** @param {readonly Result[]} results */
function resultTable(results) {
  return table(
    ['guard', 'found', 'false alarms', 'AUC', 'recall at 1 % FPR', 'us/KB'],
    results.map((one) => [
      one.name,
      bounded(one.recall, one.recallInterval),
      bounded(one.fpr, one.fprInterval),
      one.auc === null ? '-' : one.auc.toFixed(3),
      percent(one.recallAt1pctFpr),
      one.usPerKb.toFixed(0),
    ]),
  );
}
