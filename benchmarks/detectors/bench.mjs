/** `npm run bench -- detectors [--data <folder>]`: how well, and at what cost, beside npm's other guards? The last line is JSON. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { areaUnderRoc, recallAtFalsePositiveRate, wilsonInterval } from '@sallyport/core';
import { createCatalogue, createInspector } from '@sallyport/detectors';
import { median, rounded } from '../rig/statistics.mjs';
import { PEERS, PEERS_FOLDER } from './peers.mjs';
import { categoriesOf, detectorsOf, rowsOf, TASKS } from './tasks.mjs';

const KB = 1_024;
/** The score from which the starter policies act. */
const ACTS_FROM = 0.5;
const WARM_UP_PASSES = 3;
const WARM_UP_ROWS = 400;
/** A text shorter than this says nothing of a cost per KB. */
const MIN_COSTED_CHARS = 512;
/** Passes over one text until its time is well above the clock's step. */
const MIN_TIMED_MS = 0.5;
const COSTED_TEXTS = 400;

/**
 * @typedef {import('./tasks.mjs').TaskName} TaskName
 * @typedef {import('./tasks.mjs').Row} Row
 * @typedef {import('./peers.mjs').Judge} Judge
 * @typedef {readonly [number, number] | null} Bounds
 * @typedef {object} Result
 * @property {TaskName} task
 * @property {string} name
 * @property {number} positives
 * @property {number} negatives
 * @property {number | null} auc
 * @property {number | null} recallAt1pctFpr
 * @property {number | null} recall
 * @property {Bounds} recallInterval
 * @property {number | null} fpr
 * @property {Bounds} fprInterval
 * @property {number} usPerKb median over texts
 */

const data = argument('--data');
const catalogue = createCatalogue();
/** @param {readonly import('@sallyport/core').Detector[]} detectors */
const inspectorOf = (detectors) =>
  createInspector({ detectors, fingerprint: (/** @type {string} */ value) => value.slice(0, 32) });
const inspector = inspectorOf(catalogue);

/** @type {import('@sallyport/core').InspectorQuestion} */
const ASKED = { point: 'input', origin: { role: 'user', field: 'content' } };

/** @param {TaskName} task @param {import('@sallyport/core').Inspector} inspector @returns {Judge} counts findings of the task's categories */
function ownJudge(task, inspector) {
  const categories = new Set(categoriesOf(task));
  return (text) => {
    const { findings } = inspector.inspect(text, ASKED);
    let score = 0;
    for (const finding of findings) if (categories.has(finding.category)) score = Math.max(score, finding.score);
    return { score, hit: score >= ACTS_FROM };
  };
}

/** @type {Result[]} */
const results = [];
/** @type {{ name: string, why: string }[]} */
const left = [];
const installed = installPeers();
for (const task of TASKS) {
  const rows = rowsOf(task, data);
  if (rows.length === 0) {
    process.stdout.write(`${task}: no rows\n`);
    continue;
  }
  results.push(await measure({ task, name: 'sallyport', judge: ownJudge(task, inspector), rows }));
  const alone = inspectorOf(catalogue.filter(({ id }) => detectorsOf(task).includes(id)));
  results.push(await measure({ task, name: 'sallyport (for this alone)', judge: ownJudge(task, alone), rows }));
  for (const peer of installed ? PEERS.filter((one) => one.task === task) : []) {
    try {
      results.push(await measure({ task, name: peer.name, judge: await peer.open(), rows }));
    } catch (error) {
      left.push({ name: `${task}: ${peer.name}`, why: error instanceof Error ? error.name : 'unknown' });
    }
  }
}
print();

/** @param {{ task: TaskName, name: string, judge: Judge, rows: readonly Row[] }} run @returns {Promise<Result>} */
async function measure({ task, name, judge, rows }) {
  for (let pass = 0; pass < WARM_UP_PASSES; pass += 1)
    for (const { text } of rows.slice(0, WARM_UP_ROWS)) await judge(text);
  /** @type {{ positive: number[], negative: number[] }} */
  const scores = { positive: [], negative: [] };
  const hits = { positive: 0, negative: 0 };
  for (const { text, positive } of rows) {
    const side = positive ? 'positive' : 'negative';
    const { score, hit } = await judge(text);
    scores[side].push(score);
    if (hit) hits[side] += 1;
  }
  const { positive, negative } = scores;
  const graded = new Set([...positive, ...negative]).size > 2;
  return {
    task,
    name,
    positives: positive.length,
    negatives: negative.length,
    auc: graded ? (areaUnderRoc(positive, negative) ?? null) : null,
    recallAt1pctFpr: graded ? (recallAtFalsePositiveRate(positive, negative, 0.01)?.recall ?? null) : null,
    ...share('recall', hits.positive, positive.length),
    ...share('fpr', hits.negative, negative.length),
    usPerKb: await costOf(judge, rows),
  };
}

/**
 * @template {'recall' | 'fpr'} Name
 * @param {Name} name
 * @param {number} part
 * @param {number} whole
 */
function share(name, part, whole) {
  const interval = wilsonInterval(part, whole);
  return /** @type {Record<Name, number | null> & Record<`${Name}Interval`, Bounds>} */ ({
    [name]: whole === 0 ? null : part / whole,
    [`${name}Interval`]: interval === undefined ? null : [interval.low, interval.high],
  });
}

/** @param {Judge} judge @param {readonly Row[]} rows @returns {Promise<number>} microseconds a KB, the median over texts */
async function costOf(judge, rows) {
  const long = rows.filter(({ text }) => text.length >= MIN_COSTED_CHARS);
  const step = Math.max(1, Math.floor(long.length / COSTED_TEXTS));
  const costs = [];
  const cpuBefore = process.cpuUsage();
  const began = performance.now();
  for (const { text } of long.filter((_, at) => at % step === 0)) {
    let passes = 0;
    const from = performance.now();
    let ms = 0;
    while (ms < MIN_TIMED_MS) {
      await judge(text);
      passes += 1;
      ms = performance.now() - from;
    }
    costs.push((ms * 1_000) / passes / (Buffer.byteLength(text) / KB));
  }
  const { user, system } = process.cpuUsage(cpuBefore);
  // Another process's turns are no cost of ours: the clock's times, scaled to the CPU that all of them took together.
  return (median(costs) * (user + system)) / ((performance.now() - began) * 1_000);
}

function installPeers() {
  if (existsSync(path.join(PEERS_FOLDER, 'node_modules'))) return true;
  process.stderr.write('installing the peers (once, 185 MB, no install scripts) ...\n');
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund'];
  const { status } = spawnSync('npm', ['ci', ...flags], { cwd: PEERS_FOLDER, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) process.stderr.write('the peers cannot be installed here: they are left out\n');
  return status === 0;
}

/** @param {string} flag */
function argument(flag) {
  const at = process.argv.indexOf(flag);
  return at === -1 ? undefined : process.argv[at + 1];
}

function print() {
  const percent = (/** @type {number | null} */ value) => (value === null ? '-' : `${(value * 100).toFixed(1)} %`);
  for (const task of TASKS) {
    const those = results.filter((one) => one.task === task);
    const [first] = those;
    if (first === undefined) continue;
    process.stdout.write(`\n${task}: ${first.positives} to find, ${first.negatives} benign\n`);
    process.stdout.write(
      `${'contestant'.padEnd(40)} ${['recall', 'fpr', 'AUC', 'r@1%', 'us/KB'].map((t) => t.padStart(8)).join(' ')}\n`,
    );
    for (const one of those) {
      const cells = [
        percent(one.recall),
        percent(one.fpr),
        one.auc === null ? '-' : one.auc.toFixed(3),
        percent(one.recallAt1pctFpr),
        String(rounded(one.usPerKb)),
      ];
      process.stdout.write(`${one.name.padEnd(40)} ${cells.map((cell) => cell.padStart(8)).join(' ')}\n`);
    }
  }
  for (const { name, why } of left) process.stdout.write(`left out: ${name} (${why})\n`);
  /** @type {Record<string, number>} */
  const figures = {};
  for (const { task, name, recall, fpr, usPerKb } of results) {
    const key = `${task}_${name.split(' ')[0]}`;
    figures[`${key}_recall`] = rounded(recall ?? 0);
    figures[`${key}_fpr`] = rounded(fpr ?? 0);
    figures[`${key}_us_per_kb`] = rounded(usPerKb);
  }
  process.stdout.write(`${JSON.stringify({ name: 'detectors', ratios: ratios(), figures, results, left })}\n`);
}

/** What ours costs as a share of the cheapest peer of the task that finds at least half of what we find. */
function ratios() {
  /** @type {Record<string, number>} */
  const found = {};
  for (const task of TASKS) {
    const [ours, ...peers] = results.filter((one) => one.task === task);
    const worthy = peers.filter((peer) => (peer.recall ?? 0) * 2 >= (ours?.recall ?? 0)).map(({ usPerKb }) => usPerKb);
    if (ours !== undefined && worthy.length > 0)
      found[`${task}_cost_vs_peer`] = rounded(ours.usPerKb / Math.min(...worthy));
  }
  return found;
}
