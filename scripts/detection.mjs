/**
 * Measures the detectors on a folder of labelled data and writes docs/reference/detection.md.
 * `node scripts/detection.mjs <data folder>`; the folder holds `text/dev`, `pii/dev` and `secrets` as JSON lines.
 */
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ensureBuilt } from './compile.mjs';
import { ROOT, requireNode, runNode } from './workspace.mjs';

/** @typedef {readonly [number, number] | null} Bounds */
/** @typedef {{ attack: boolean, n: number, noticed: number, stopped: number }} Kind */
/** @typedef {{ labelled: number, found: number, covered: number, predicted: number, right: number }} SpanCounts */
/**
 * @typedef {object} Metrics
 * @property {string} source
 * @property {number} attacks
 * @property {number} benign
 * @property {number} excluded
 * @property {number | null} auc
 * @property {number | null} recallAt1pctFpr
 * @property {Bounds} recallAt1pctFprInterval
 * @property {number | null} recall
 * @property {Bounds} recallInterval
 * @property {number | null} fpr
 * @property {Bounds} fprInterval
 * @property {{ recall: number | null, fpr: number | null }} stopped
 * @property {Record<string, Kind>} kinds
 * @property {number} bytes
 * @property {number | null} usPerKb
 * @property {Record<string, SpanCounts>} [spans]
 */
/** @typedef {{ supported: boolean, detectors: string, policySet: string, sources: Metrics[], total: Metrics }} Evaluation */

/**
 * `wanted`: what rows to find are called; `kinds`: what the rows' kinds are called, where there are any.
 * @type {readonly { title: string, about: string, folder: string, head: string, channel: string, wanted: string, kinds?: string }[]}
 */
const RUNS = [
  {
    title: 'Prompt injection in the words of the user',
    about:
      'Attack kinds: direct injection, jailbreak, indirect injection, prompt extraction, tool poisoning, exfiltration, obfuscated text, malicious skills. System prompts stand in the system role; rows that are attacks of another sort (harmful requests, toxicity) are left out.',
    folder: 'text/dev',
    head: 'injection',
    channel: 'direct',
    wanted: 'attacks',
    kinds: 'kind of row',
  },
  {
    title: 'The same texts as the result of a tool',
    about: 'Every row stands where a tool brought it: what a user may ask for, data may not.',
    folder: 'text/dev',
    head: 'injection',
    channel: 'data',
    wanted: 'attacks',
    kinds: 'kind of row',
  },
  {
    title: 'Personal data',
    about:
      'Supported types: e-mail, phone, payment card, IBAN, IP address. A row counts as one to find when it is labelled with one of these; names, addresses, national numbers and the rest are not looked for. The set `synth_locales_dev` was generated from templates: its figures are upper bounds. Sets that leave real data unlabelled make right findings look false.',
    folder: 'pii/dev',
    head: 'pii',
    channel: 'direct',
    wanted: 'to find',
  },
  {
    title: 'Credentials',
    about:
      'The test values of three secret scanners, by their own rules: many name vendors that are not among the kinds looked for, and some positives are only patterns or words. What is missed is listed below by rule.',
    folder: 'secrets',
    head: 'secrets',
    channel: 'direct',
    wanted: 'to find',
    kinds: 'rule',
  },
];

const HEAD = `# Detection, measured

<!-- Written by scripts/detection.mjs from \`sallyport eval --json\`. -->

What the detectors find and what they miss, on public labelled sets that are not part of this repository and on which
thresholds were tuned: unseen data will do worse. \`sallyport eval\` measures your own.

- **AUC** and **recall at 1 % FPR** come from raw scores, before any threshold. The threshold for the latter is the lowest that
  takes at most 1 % of the benign rows of the same source; with fewer than 100 benign rows it takes none.
- **noticed**: share of rows on which the starter policies did anything at all (\`flag\`, \`redact\`, \`ask\`, \`block\`);
  **stopped**: \`redact\`, \`ask\` or \`block\`. *False* is the same share of the benign rows.
- In brackets: 95 % Wilson intervals, in percent. \`-\`: nothing to measure it on.
- **us/KB**: CPU microseconds of all detectors together per 1,024 bytes, in one process, on a shared 2-core machine; left out
  for sources of less than 64 KB. Short texts cost more per KB than long ones.

Harmful or toxic content as such is **not looked for**: no detector of this release does, and \`sallyport eval --head content\`
says \`unsupported\`.
`;

/** @param {number | null} value */
function percent(value) {
  return value === null ? '-' : `${(value * 100).toFixed(1)} %`;
}

/**
 * @param {number | null} value
 * @param {Bounds} bounds
 */
function bounded(value, bounds) {
  if (value === null || bounds === null) return '-';
  return `${percent(value)} (${bounds.map((bound) => (bound * 100).toFixed(1)).join('-')})`;
}

/**
 * @param {readonly string[]} titles
 * @param {readonly (readonly string[])[]} rows the first cell is text, the others numbers
 */
function table(titles, rows) {
  const line = (/** @type {readonly string[]} */ cells) => `| ${cells.join(' | ')} |`;
  return [line(titles), line(titles.map((_, at) => (at === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

/** Text of one source below which its cost is noise. */
const MIN_COSTED_BYTES = 65_536;

/**
 * @param {Evaluation} evaluation
 * @param {string} wanted
 */
function sourceTable({ sources, total }, wanted) {
  const titles = [
    'source',
    wanted,
    'benign',
    'AUC',
    'recall at 1 % FPR',
    'noticed',
    'noticed, false',
    'stopped',
    'stopped, false',
    'us/KB',
  ];
  const counted = sources.filter(({ attacks, benign }) => attacks + benign > 0);
  const rows = [...counted, total].map((one) => [
    one.source === 'all' ? '**all**' : one.source,
    String(one.attacks),
    String(one.benign),
    one.auc === null ? '-' : one.auc.toFixed(3),
    bounded(one.recallAt1pctFpr, one.recallAt1pctFprInterval),
    bounded(one.recall, one.recallInterval),
    bounded(one.fpr, one.fprInterval),
    percent(one.stopped.recall),
    percent(one.stopped.fpr),
    one.usPerKb === null || one.bytes < MIN_COSTED_BYTES ? '-' : one.usPerKb.toFixed(0),
  ]);
  return table(titles, rows);
}

/**
 * @param {Evaluation} evaluation
 * @param {string} title
 */
function kindTable({ total }, title) {
  const kinds = Object.entries(total.kinds).filter(([, { n, noticed, attack }]) =>
    attack ? noticed < n : noticed > 0,
  );
  const missed = kinds.filter(([, { attack }]) => attack);
  const falsely = kinds.filter(([, { attack }]) => !attack);
  const row = (/** @type {[string, Kind]} */ [kind, { n, noticed, stopped }]) => [
    kind.replace(/^benign /, '').replaceAll('|', '\\|'),
    String(n),
    `${noticed} (${percent(noticed / n)})`,
    `${stopped} (${percent(stopped / n)})`,
  ];
  const parts = [];
  if (missed.length > 0)
    parts.push(
      `Attacks not all noticed, by ${title}:\n`,
      table([title, 'rows', 'noticed', 'stopped'], missed.map(row)),
    );
  if (falsely.length > 0) {
    parts.push(
      `${parts.length > 0 ? '\n' : ''}Benign rows noticed, by ${title}:\n`,
      table([title, 'rows', 'noticed', 'stopped'], falsely.map(row)),
    );
  }
  return parts.join('\n');
}

/** @param {Evaluation} evaluation */
function spanTable({ sources }) {
  const share = (/** @type {number} */ part, /** @type {number} */ whole) =>
    whole === 0 ? '-' : percent(part / whole);
  const rows = sources.flatMap(({ source, spans = {} }) =>
    Object.entries(spans).map(([type, counts]) => [
      `${source}: ${type}`,
      String(counts.labelled),
      share(counts.found, counts.labelled),
      share(counts.covered, counts.labelled),
      String(counts.predicted),
      share(counts.right, counts.predicted),
    ]),
  );
  if (rows.length === 0) return '';
  return `Span by span:\n\n${table(['source: type', 'labelled', 'found', 'covered whole', 'predicted', 'right'], rows)}`;
}

/**
 * @param {string} folder
 * @param {{ head: string, channel: string }} run
 * @returns {Promise<Evaluation>}
 */
async function evaluate(folder, { head, channel }) {
  const bin = path.join(ROOT, 'packages', 'cli', 'bin', 'sallyport.js');
  const ran = await runNode([bin, 'eval', folder, '--head', head, '--channel', channel, '--json'], { quiet: true });
  const document = ran.output.split('\n').find((line) => line.startsWith('{'));
  if (ran.code !== 0 || document === undefined) throw new Error(`sallyport eval ended with ${ran.code}`);
  return JSON.parse(document);
}

requireNode();
const data = process.argv[2];
if (data === undefined || !existsSync(data)) {
  process.stderr.write('usage: node scripts/detection.mjs <data folder>\n');
  process.exit(2);
}
if (!(await ensureBuilt())) process.exit(1);
const sections = [];
let made = '';
for (const run of RUNS) {
  const evaluation = await evaluate(path.resolve(data, run.folder), run);
  const spans = spanTable(evaluation);
  const kinds = run.kinds === undefined ? '' : kindTable(evaluation, run.kinds);
  const parts = [`## ${run.title}`, run.about, sourceTable(evaluation, run.wanted), spans, kinds];
  sections.push(parts.filter((part) => part !== '').join('\n\n'));
  made = `Detectors \`${evaluation.detectors.slice(0, 12)}\`, policies \`${evaluation.policySet.slice(0, 12)}\`.`;
  process.stderr.write(`${run.title}: measured\n`);
}
const page = [HEAD.trimEnd(), made, ...sections].join('\n\n');
writeFileSync(path.join(ROOT, 'docs', 'reference', 'detection.md'), `${page}\n`);
