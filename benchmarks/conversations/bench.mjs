/** `npm run bench -- conversations`: what does it cost to judge a conversation? The last line is the summary as JSON. */
import { createCatalogue, createInspector } from '@sallyport/detectors';
import { rounded } from '../rig/statistics.mjs';
import { textSource } from '../rig/texts.mjs';

const LENGTHS = [10, 50, 200, 500];
const MESSAGE_CHARS = 1_024;
/** CPU that each figure is measured over at least, microseconds: the process's clock is coarse. */
const SPAN_US = 1_000_000;
const BATCH = 50;

const { conversation } = createInspector({ detectors: createCatalogue(), fingerprint: (value) => value.slice(0, 32) });
if (conversation === undefined) throw new Error('no detector sees conversations');
const sees = conversation;

/**
 * @param {() => void} work
 * @returns {number} microseconds of CPU for one piece of work
 */
function costOf(work) {
  for (let warm = 0; warm < BATCH; warm += 1) work();
  let pieces = 0;
  let usedUs = 0;
  while (usedUs < SPAN_US) {
    const before = process.cpuUsage();
    for (let at = 0; at < BATCH; at += 1) work();
    const used = process.cpuUsage(before);
    usedUs += used.user + used.system;
    pieces += BATCH;
  }
  return usedUs / pieces;
}

const text = textSource(20_261_128);
const said = Array.from({ length: Math.max(...LENGTHS) + 1 }, () => JSON.parse(`"${text(MESSAGE_CHARS)}"`));
const turns = said.map((content, at) => {
  const speaker = /** @type {'user' | 'assistant'} */ (at % 2 === 0 ? 'user' : 'assistant');
  return { speaker, note: sees.note(content, speaker) ?? {}, risk: 0 };
});

let next = 0;
const chars = said.reduce((sum, content) => sum + content.length, 0) / said.length;
const note = costOf(() => {
  sees.note(said[next % said.length] ?? '', 'user');
  next += 1;
});
/** @type {Record<string, number>} */
const figures = { note_us_per_kb: rounded((note * 1_024) / chars) };
/** @type {Map<number, number>} */
const perMessage = new Map();
for (const length of LENGTHS) {
  const course = turns.slice(0, length + 1);
  const cost = costOf(() => void sees.judge({ turns: course, textOf: () => undefined }, MESSAGE_CHARS));
  perMessage.set(length, cost / length);
  figures[`judge_${length}_us`] = rounded(cost);
  figures[`judge_${length}_us_per_message`] = rounded(cost / length);
}
for (const [name, value] of Object.entries(figures)) process.stdout.write(`${name.padEnd(28)} ${value}\n`);
const ratios = { message_500_vs_10: rounded((perMessage.get(500) ?? 0) / (perMessage.get(10) ?? 1)) };
process.stdout.write(`${JSON.stringify({ name: 'conversations', ratios, figures })}\n`);
