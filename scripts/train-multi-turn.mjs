/**
 * Trains the two linear models of the multi-turn detector and writes packages/detectors/src/multi-turn/intent-model.json.
 * `node scripts/train-multi-turn.mjs <data folder>`; the folder holds `text/train` and `text/weak` as JSON lines, gzip.
 * The same data give the same file.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { ensureBuilt } from './compile.mjs';
import { ROOT, requireNode, runNode, toolPath } from './workspace.mjs';

/** @typedef {{ id: string, text: string, label: string, kind: string, source: string }} Row */
/** @typedef {{ grams: Uint32Array, positive: boolean, weight: number }} Example */
/** @typedef {{ bias: number, weights: Float32Array }} Model */

const MODEL_FILE = path.join(ROOT, 'packages/detectors/src/multi-turn/intent-model.json');
const BITS = 15;
const EPOCHS = 6;
const LEARNING_RATE = 0.1;
const SHRINKAGE = 1e-4;
const SEED = 20261127;
/** Share of documents, code and the like among benign rows that is used: they are long, and no one's question. */
const DOCUMENT_SHARE = 3;
const DOCUMENT_WEIGHT = 0.5;
const CHAT = ['benign_chat', 'benign_hard'];
const DOCUMENTS = ['benign_code', 'benign_doc', 'benign_hard_doc', 'benign_output', 'benign_agent_instructions'];
/** Sources whose labels are weak, and how much one of their rows counts. */
const WEAK = { hh_harmless: 0.1, tencent_aig: 0.1 };

/**
 * @param {string} data
 * @param {string} name
 * @returns {readonly Row[]}
 */
function rowsOf(data, name) {
  const text = gunzipSync(readFileSync(path.join(data, 'text', `${name}.jsonl.gz`))).toString('utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** @param {number} seed */
function randomFrom(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Logistic regression by AdaGrad.
 * @param {readonly Example[]} examples
 * @returns {Model}
 */
function train(examples) {
  const size = 2 ** BITS;
  const weights = new Float32Array(size);
  const seen = new Float32Array(size).fill(1e-8);
  let bias = 0;
  let biasSeen = 1e-8;
  const random = randomFrom(SEED);
  const order = [...examples];
  for (let epoch = 0; epoch < EPOCHS; epoch += 1) {
    for (let at = order.length - 1; at > 0; at -= 1) {
      const other = Math.floor(random() * (at + 1));
      [order[at], order[other]] = [/** @type {Example} */ (order[other]), /** @type {Example} */ (order[at])];
    }
    for (const { grams, positive, weight } of order) {
      const norm = 1 / Math.sqrt(grams.length);
      let odds = bias;
      for (const gram of grams) odds += (weights[gram] ?? 0) * norm;
      const error = (1 / (1 + Math.exp(-odds)) - Number(positive)) * weight;
      for (const gram of grams) {
        const slope = error * norm + SHRINKAGE * (weights[gram] ?? 0);
        seen[gram] = (seen[gram] ?? 0) + slope * slope;
        weights[gram] = (weights[gram] ?? 0) - (LEARNING_RATE * slope) / Math.sqrt(seen[gram] ?? 1);
      }
      biasSeen += error * error;
      bias -= (LEARNING_RATE * error) / Math.sqrt(biasSeen);
    }
  }
  return { bias, weights };
}

/** @param {Model} model eight bits a weight; the few that are larger than the rest are cut */
function packed({ bias, weights }) {
  const sizes = Float32Array.from(weights, Math.abs).sort();
  const largest = sizes[Math.floor(sizes.length * 0.9995)] ?? 1;
  const scale = largest / 127;
  const bytes = Int8Array.from(weights, (weight) => Math.max(-127, Math.min(127, Math.round(weight / scale))));
  return {
    bias: Number(bias.toFixed(4)),
    scale: Number(scale.toPrecision(6)),
    weights: Buffer.from(bytes.buffer).toString('base64'),
  };
}

/** @param {string} data */
async function main(data) {
  const built = path.join(ROOT, 'packages/detectors/dist/multi-turn');
  /** @type {typeof import('../packages/detectors/src/multi-turn/grams.ts')} */
  const { gramsOf, NO_GRAM, wordsOf } = await import(pathToFileURL(path.join(built, 'grams.js')).href);
  /** @type {typeof import('../packages/detectors/src/multi-turn/intent-model.ts')} */
  const { WINDOW_WORDS } = await import(pathToFileURL(path.join(built, 'intent-model.js')).href);
  const mask = 2 ** BITS - 1;
  /** @type {(rows: readonly Row[], positive: boolean, weightOf: (row: Row) => number) => Example[]} */
  const examplesOf = (rows, positive, weightOf) =>
    rows.flatMap((row) => {
      const { count, ...kinds } = gramsOf(wordsOf(row.text).first(WINDOW_WORDS));
      const all = Object.values(kinds).flatMap((kind) => [...kind.subarray(0, count)]);
      const grams = all.filter((gram) => gram !== NO_GRAM);
      const example = { grams: Uint32Array.from(grams, (gram) => gram & mask), positive, weight: weightOf(row) };
      return grams.length === 0 ? [] : [example];
    });
  const benign = rowsOf(data, 'train/benign_other');
  const harmless = [
    ...examplesOf(
      benign.filter(({ kind }) => CHAT.includes(kind)),
      false,
      () => 1,
    ),
    ...examplesOf(
      benign.filter(({ kind }) => DOCUMENTS.includes(kind)).filter((_, at) => at % DOCUMENT_SHARE === 0),
      false,
      () => DOCUMENT_WEIGHT,
    ),
  ];
  const harmful = rowsOf(data, 'train/attack_harmful_content');
  const weak = Object.entries(WEAK).flatMap(([source, weight]) =>
    examplesOf(rowsOf(data, `weak/${source}`), true, () => weight),
  );
  const framed = rowsOf(data, 'train/attack_injection').filter(({ kind }) => kind === 'jailbreak');
  const instructions = rowsOf(data, 'train/benign_system_prompt');
  const harm = train([...examplesOf(harmful, true, () => 1), ...weak, ...harmless]);
  const frame = train([
    ...examplesOf(framed, true, () => 1),
    ...harmless,
    ...examplesOf(instructions, false, () => DOCUMENT_WEIGHT),
  ]);
  const model = { bits: BITS, harm: packed(harm), frame: packed(frame) };
  writeFileSync(MODEL_FILE, JSON.stringify(model));
  await runNode([toolPath('@biomejs/biome', 'bin/biome'), 'format', '--write', MODEL_FILE], { quiet: true });
  process.stdout.write(`${harmful.length} harmful, ${framed.length} framed and ${harmless.length} harmless texts\n`);
}

requireNode();
const [data] = process.argv.slice(2);
if (data === undefined) {
  process.stderr.write('usage: node scripts/train-multi-turn.mjs <data folder>\n');
  process.exitCode = 1;
} else if (await ensureBuilt()) await main(path.resolve(data));
else process.exitCode = 1;
