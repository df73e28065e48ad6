/** `npm run bench -- inspection`: what does it cost to look at a text? The last line is the summary as JSON. */
import { createCatalogue, createInspector } from '@sallyport/detectors';
import { median, rounded } from '../rig/statistics.mjs';
import { textSource } from '../rig/texts.mjs';
import { hostileText } from './hostile-text.mjs';

const SIZES_KB = [1, 32, 256];
const KB = 1_024;
/** Characters that one round looks at. */
const ROUND_CHARS = 262_144;
const ROUNDS = 7;
const WARM_UP_ROUNDS = 3;
/** Detectors one by one are measured on short texts, where most of the work is. */
const DETECTOR_KB = 1;

const INSTRUCTIONS = ['You are the assistant of a trading company. Answer briefly and politely.'];
const REQUEST = { instructions: INSTRUCTIONS, definitions: [], tools: [], canaries: [] };

/**
 * @typedef {import('@sallyport/core').InspectorQuestion} Question
 * @typedef {import('@sallyport/core').Detector} Detector
 */

/** @type {Readonly<Record<string, Question>>} */
const QUESTIONS = {
  input: { point: 'input', origin: { role: 'user', field: 'content' }, only: 'content' },
  output: { point: 'output', origin: { role: 'assistant', field: 'content' }, request: REQUEST },
  tool_result: { point: 'tool-result', origin: { role: 'tool', field: 'content' }, only: 'content' },
};

/** @param {readonly Detector[]} detectors */
function inspectorOf(detectors) {
  return createInspector({ detectors, fingerprint: (value) => value.slice(0, 32) });
}

/**
 * Texts for one round. They are flat, as those are that come out of a body.
 * @param {'clean' | 'hostile'} kind
 * @param {number} sizeKb
 */
function textsOf(kind, sizeKb) {
  const chars = sizeKb * KB;
  const write = textSource(sizeKb);
  const text = (/** @type {number} */ seed) =>
    kind === 'clean' ? JSON.parse(`"${write(chars)}"`) : hostileText(chars, seed);
  const texts = Array.from({ length: ROUND_CHARS / chars }, (_, at) => text(at));
  return texts.map((one) => Buffer.from(one, 'utf16le').toString('utf16le'));
}

/**
 * @param {readonly string[]} texts
 * @param {(text: string) => unknown} look
 * @returns {number} microseconds of CPU for each KB, the median of the rounds
 */
function usPerKb(texts, look) {
  const kb = texts.reduce((sum, { length }) => sum + length, 0) / KB;
  /** @type {number[]} */
  const rounds = [];
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round += 1) {
    const before = process.cpuUsage();
    for (const text of texts) look(text);
    const used = process.cpuUsage(before);
    if (round >= WARM_UP_ROUNDS) rounds.push((used.user + used.system) / kb);
  }
  return median(rounds);
}

/** @type {Record<string, number>} */
const figures = {};
const catalogue = createCatalogue();
const whole = inspectorOf(catalogue);
const { conversation } = whole;
if (conversation === undefined) throw new Error('no detector sees conversations');
const sees = conversation;

for (const kind of /** @type {const} */ (['clean', 'hostile'])) {
  for (const sizeKb of SIZES_KB) {
    const texts = textsOf(kind, sizeKb);
    for (const [point, question] of Object.entries(QUESTIONS))
      figures[`${point}_${kind}_${sizeKb}k`] = usPerKb(texts, (text) => whole.inspect(text, question));
    figures[`alone_${kind}_${sizeKb}k`] = usPerKb(texts, (text) => sees.tellsAlone(text));
    figures[`note_${kind}_${sizeKb}k`] = usPerKb(texts, (text) => sees.note(text, 'user'));
  }
}
const texts = textsOf('clean', DETECTOR_KB);
for (const point of ['input', 'output']) {
  const question = /** @type {Question} */ (QUESTIONS[point]);
  const none = inspectorOf([]);
  figures[`${point}_reading`] = usPerKb(texts, (text) => none.inspect(text, question));
  for (const detector of catalogue.filter(({ points }) => points.includes(question.point))) {
    const only = inspectorOf([detector]);
    figures[`${point}_${detector.id}`] = usPerKb(texts, (text) => only.inspect(text, question));
  }
}

for (const [name, value] of Object.entries(figures)) {
  figures[name] = rounded(value);
  process.stdout.write(`${name.padEnd(28)} ${figures[name]}\n`);
}
/** @type {(over: string, under: string) => number} */
const ratio = (over, under) => rounded((figures[over] ?? 0) / (figures[under] ?? 1));
const ratios = {
  input_256k_vs_1k: ratio('input_clean_256k', 'input_clean_1k'),
  output_256k_vs_1k: ratio('output_clean_256k', 'output_clean_1k'),
  hostile_vs_clean_1k: ratio('input_hostile_1k', 'input_clean_1k'),
  hostile_256k_vs_1k: ratio('input_hostile_256k', 'input_hostile_1k'),
  alone_vs_note_1k: ratio('alone_clean_1k', 'note_clean_1k'),
};
process.stdout.write(`${JSON.stringify({ name: 'inspection', ratios, figures })}\n`);
