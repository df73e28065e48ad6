/**
 * Measures the detectors on a folder of labelled data and writes docs/reference/detection.md.
 * `node scripts/detection/page.mjs <data folder>`; the folder holds `text/dev`, `pii/dev` and `secrets` as JSON lines.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureBuilt } from '../compile.mjs';
import { ROOT, requireNode, runNode } from '../workspace.mjs';
import { contentAreas, unseenSection } from './cards.mjs';
import { peerSection } from './peers.mjs';
import { bounded, kindTable, metricsTable, sourceTable, spanTable, table } from './tables.mjs';

/** @typedef {import('./tables.mjs').Evaluation} Evaluation */
/** @typedef {import('./tables.mjs').Metrics} Metrics */

/**
 * `wanted`: what rows to find are called; `kinds`: what the rows' kinds are called, where there are any.
 * @type {readonly { title: string, about: string, folder: string, head: string, channel: string, wanted: string, kinds?: string, more?: () => string }[]}
 */
const RUNS = [
  {
    title: 'Prompt injection in the words of the user',
    about:
      'Attack kinds: direct injection, jailbreak, indirect injection, prompt extraction, tool poisoning, exfiltration, obfuscated text, malicious skills. System prompts stand in the system role; rows that are attacks of another sort (harmful requests, toxicity) are left out. Sources that training knows are among these: what it does not know stands above.',
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
    title: 'Harmful content',
    about:
      "A question of its own: harassment, hate, self-harm, sexual, violence, illicit, in OpenAI's moderation categories. Injections are left out.",
    folder: 'text/dev',
    head: 'content',
    channel: 'direct',
    wanted: 'to find',
    kinds: 'kind of row',
    more: contentAreas,
  },
  {
    title: 'Personal data',
    about:
      'A row counts as one to find when it is labelled with a type that is looked for. The set `synth_locales_dev` was generated from templates: its figures are upper bounds. Sets that leave real data unlabelled make right findings look false.',
    folder: 'pii/dev',
    head: 'pii',
    channel: 'direct',
    wanted: 'to find',
  },
  {
    title: 'Credentials',
    about:
      'The test values of three secret scanners, by their own rules: many positives are only patterns, words or placeholders, which are left alone. What is missed is listed below by rule.',
    folder: 'secrets',
    head: 'secrets',
    channel: 'direct',
    wanted: 'to find',
    kinds: 'rule',
  },
];

const HEAD = `# Detection, measured

<!-- Written by scripts/detection/page.mjs from \`sallyport eval --json\`, the models' cards and \`npm run bench -- detectors\`. -->

What the detectors find and what they miss, on public labelled sets that are not part of this repository and on which
thresholds were tuned: unseen data will do worse. \`sallyport eval\` measures your own, \`sallyport calibrate\` fits thresholds to it.

- **AUC** and **recall at 1 % FPR** come from raw scores, before any threshold. The threshold for the latter is the lowest that
  takes at most 1 % of the benign rows of the same source; with fewer than 100 benign rows it takes none.
- **noticed**: share of rows on which the starter policies did anything at all (\`flag\`, \`redact\`, \`ask\`, \`block\`);
  **stopped**: \`redact\`, \`ask\` or \`block\`. *False* is the same share of the benign rows.
- In brackets: 95 % Wilson intervals, in percent. \`-\`: nothing to measure it on.
- **us/KB**: CPU microseconds of all detectors together per 1,024 bytes, in one process, on a shared 2-core machine; left out
  for sources of less than 64 KB. Short texts cost more per KB than long ones.
`;

/**
 * @param {string} folder
 * @param {{ head: string, channel: string, by: string }} run
 * @returns {Promise<Evaluation>}
 */
async function evaluate(folder, { head, channel, by }) {
  const bin = path.join(ROOT, 'packages', 'cli', 'bin', 'sallyport.js');
  const ran = await runNode([bin, 'eval', folder, '--head', head, '--channel', channel, '--by', by, '--json'], {
    quiet: true,
  });
  const document = ran.output.split('\n').find((line) => line.startsWith('{'));
  if (ran.code !== 0 || document === undefined) throw new Error(`sallyport eval ended with ${ran.code}`);
  return JSON.parse(document);
}

/** @param {Metrics | undefined} metrics */
const recallOf = (metrics) => metrics?.recall ?? 0;

/** @param {readonly Metrics[]} groups @param {string} reference @param {string} first */
function groupedTable(groups, reference, first) {
  const base = recallOf(groups.find(({ source }) => source === reference));
  const rows = [...groups].sort((a, b) => recallOf(b) - recallOf(a));
  return table(
    [first, 'attacks', 'noticed', `against \`${reference}\``, 'harmless', 'noticed, false'],
    rows.map((one) => [
      one.source,
      String(one.attacks),
      bounded(one.recall, one.recallInterval),
      `${((recallOf(one) - base) * 100).toFixed(1)} points`,
      String(one.benign),
      bounded(one.fpr, one.fprInterval),
    ]),
  );
}

/** @param {string} folder */
async function generatedSections(folder) {
  const parts = [
    '## By language and by disguise',
    'Attacks and their harmless twins from our own generators, in structures and words that no training has seen; the tables say how far detection carries over, and not how well it does on the texts of others. A twin shares nearly all words with its attack.',
  ];
  for (const channel of ['direct', 'data']) {
    const where = channel === 'direct' ? 'from the user' : 'in data';
    const languages = await evaluate(path.join(folder, 'languages', channel), {
      head: 'injection',
      channel,
      by: 'lang',
    });
    parts.push(`### Languages, ${where}`, groupedTable(languages.groups ?? [], 'en', 'language'));
    const disguises = await evaluate(path.join(folder, 'disguises', channel), {
      head: 'injection',
      channel,
      by: 'meta.disguise',
    });
    parts.push(`### Disguises of English texts, ${where}`, groupedTable(disguises.groups ?? [], 'none', 'disguise'));
  }
  return parts.join('\n\n');
}

requireNode();
const data = process.argv[2];
if (data === undefined || !existsSync(data)) {
  process.stderr.write('usage: node scripts/detection/page.mjs <data folder>\n');
  process.exit(2);
}
if (!(await ensureBuilt())) process.exit(1);
const { writeGenerated } = await import('./generated.mjs');
const sections = [];
let made = '';
for (const run of RUNS) {
  const evaluation = await evaluate(path.resolve(data, run.folder), { ...run, by: 'lang' });
  const spans = spanTable(evaluation);
  const kinds = run.kinds === undefined ? '' : kindTable(evaluation, run.kinds);
  const parts = [`## ${run.title}`, run.about, sourceTable(evaluation, run.wanted), run.more?.() ?? '', spans, kinds];
  if (run.head === 'injection') {
    parts.push(
      'By language, as the sources say or as a heuristic guesses:',
      metricsTable(evaluation.groups ?? [], { first: 'language', wanted: run.wanted }),
    );
  }
  sections.push(parts.filter((part) => part !== '').join('\n\n'));
  made = `Detectors \`${evaluation.detectors.slice(0, 12)}\`, policies \`${evaluation.policySet.slice(0, 12)}\`.`;
  process.stderr.write(`${run.title}: measured\n`);
}
const generated = mkdtempSync(path.join(tmpdir(), 'sallyport-detection-'));
writeGenerated(generated);
const grouped = await generatedSections(generated);
rmSync(generated, { recursive: true, force: true });
process.stderr.write('languages and disguises: measured\n');
const peers = await peerSection(path.resolve(data));
const page = [HEAD.trimEnd(), made, unseenSection(), peers, grouped, ...sections].join('\n\n');
writeFileSync(path.join(ROOT, 'docs', 'reference', 'detection.md'), `${page}\n`);
