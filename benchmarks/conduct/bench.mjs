/**
 * `npm run bench -- conduct [--quick]`: how soon does monitoring find who probes, copies a model or makes cost, and how often does it say so of honest people?
 * Synthetic principals; the last line is the summary as JSON.
 */
import { parseArgs } from 'node:util';
import { ConductWatch } from '@sallyport/monitor';
import { createTextSketcher } from '@sallyport/text';
import { quantile, rounded } from '../rig/statistics.mjs';
import { randomFrom, sentence } from '../rig/texts.mjs';
import { batch, HONEST, HOSTILE, personOf } from './people.mjs';

/** @typedef {import('./people.mjs').Person} Person */

const { values: options } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const START_MS = Date.UTC(2026, 0, 5);
const HOUR_MS = 3_600_000;
/** Honest people of each kind, and the hours that they work before anybody else comes. */
const EACH = { chat: 60, retry: 15, agent: 15, summaries: 10 };
const BEFORE_HOURS = options.quick ? 8 : 24;
const HOURS = options.quick ? 24 : 120;
/** Runs of each kind of attack, and for how long it is looked for. */
const RUNS = options.quick ? 10 : 100;
const LOOKED_FOR_HOURS = 2;

const sketch = createTextSketcher('00112233445566778899aabbccddeeff');
const RECEIPT = { lines: [], unseen: [], segments: 0, inspectedChars: 0, uninspectedChars: 0 };
let serial = 0;

/** The records of one exchange. @param {string} id @param {Person} person @param {number} atMs */
function recordsOf(id, person, atMs) {
  const { text, body, tokens, isStopped } = person.ask();
  const made = sketch(text);
  serial += 1;
  const base = /** @type {const} */ ({
    v: 1,
    exchange: `ex-${serial}`,
    at: new Date(atMs).toISOString(),
    principal: { kind: 'user', id, tenant: 'default', groups: [] },
    decisions: [],
    receipt: RECEIPT,
    effect: isStopped ? 'block' : 'allow',
    redacted: {},
  });
  /** @type {import('@sallyport/core').OpenedRecord} */
  const opened = { ...base, kind: 'opened', detectors: 'd', body, ...(made !== undefined && { sketch: made }) };
  /** @type {import('@sallyport/core').ClosedRecord} */
  const closed = {
    ...base,
    kind: 'closed',
    outcome: isStopped ? 'refused' : 'completed',
    status: 200,
    restored: 0,
    answer: { usage: { outputTokens: Math.ceil(tokens) } },
    releasedChars: 0,
    ms: { total: 1, held: 0 },
  };
  return [opened, closed];
}

/** What is found of a person within an hour of work. @param {ConductWatch} watch @param {{ id: string, person: Person }} who @param {number} fromMs */
function* work(watch, { id, person }, fromMs) {
  const everyMs = HOUR_MS / person.perHour;
  for (let atMs = fromMs, nth = 1; atMs < fromMs + HOUR_MS; atMs += everyMs, nth += 1) {
    const moves = recordsOf(id, person, atMs).flatMap((record) => [...watch.take(record)]);
    for (const move of moves) {
      watch.told(move);
      yield { move, nth, atMs };
    }
  }
}

/** @type {Record<string, number>} */
const figures = {};
const key = (/** @type {string} */ text) => text.replaceAll(/[^a-z0-9.]+/g, '_');

/** The hours of honest people, eight a day. @param {number} seed @param {number} hours @param {(kind: string, category: string) => void} found */
function honest(seed, hours, found) {
  const watch = new ConductWatch();
  const people = Object.entries(EACH).flatMap(([kind, count]) =>
    Array.from({ length: count }, (_, n) => ({
      id: `${kind}-${n}`,
      person: personOf(seed + n * 31 + kind.length * 7_919, HONEST[/** @type {keyof typeof HONEST} */ (kind)]),
    })),
  );
  const random = randomFrom(seed);
  let exchanges = 0;
  for (let hour = 0; hour < hours; hour += 1) {
    const fromMs = START_MS + (Math.floor(hour / 8) * 24 + 9 + (hour % 8)) * HOUR_MS;
    for (const who of people) {
      const { person } = who;
      if (random() < 0.3) continue;
      exchanges += person.perHour;
      for (const { move } of work(watch, who, fromMs)) {
        found(person.kind, `${move.category} ${move.moved?.[0]?.kind}`);
      }
    }
  }
  return { watch, exchanges, untilMs: START_MS + (Math.floor(hours / 8) * 24 + 9 + (hours % 8)) * HOUR_MS };
}

/** @type {Map<string, number>} */
const wrong = new Map();
const { exchanges } = honest(1, HOURS, (kind, category) => {
  const name = `${kind}: ${category}`;
  wrong.set(name, (wrong.get(name) ?? 0) + 1);
});
const alarms = [...wrong.values()].reduce((sum, count) => sum + count, 0);
for (const [name, count] of wrong) process.stdout.write(`false alarm: ${name} ${count}\n`);
figures.false_alarms_in_100000 = rounded((100_000 * alarms) / exchanges);
process.stdout.write(`${alarms} false alarms in ${Math.round(exchanges)} exchanges of ${HOURS} hours\n\n`);

process.stdout.write('what                            found   exchanges p50   p90\n');
const all = { ...HOSTILE, 'a batch job': { finds: 'extraction', open: batch } };
const { watch, untilMs } = honest(2, BEFORE_HOURS, () => undefined);
for (const [name, { finds, open }] of Object.entries(all)) {
  const delays = [];
  for (let nth = 0; nth < RUNS; nth += 1) {
    const person = personOf(1_000_000 + nth, open);
    const delay = delayOf(person, `${name}-${nth}`, finds);
    if (delay !== undefined) delays.push(delay);
  }
  figures[`${key(name)}_found`] = rounded(delays.length / RUNS);
  figures[`${key(name)}_delay`] = quantile(delays, 0.5);
  const cells = [`${rounded((100 * delays.length) / RUNS)} %`, quantile(delays, 0.5), quantile(delays, 0.9)];
  process.stdout.write(`${name.padEnd(30)} ${cells.map((cell) => String(cell).padStart(7)).join('   ')}\n`);
}

/** Exchanges until it is found; undefined where it is not. @param {Person} person @param {string} id @param {string} finds */
function delayOf(person, id, finds) {
  for (let hour = 0; hour < LOOKED_FOR_HOURS; hour += 1) {
    for (const { move, nth } of work(watch, { id, person }, untilMs + hour * HOUR_MS)) {
      if (move.category === finds) return nth + hour * person.perHour;
    }
  }
  return undefined;
}

/** CPU of this process for one call, microseconds. @param {number} count @param {(at: number) => unknown} call */
function costOf(count, call) {
  for (let at = 0; at < count / 3; at += 1) call(at);
  const before = process.cpuUsage();
  for (let at = 0; at < count; at += 1) call(at);
  const { user, system } = process.cpuUsage(before);
  return rounded((user + system) / count);
}

const random = randomFrom(5);
const texts = Array.from({ length: 200 }, () =>
  Array.from({ length: 12 }, () => sentence(random))
    .join('')
    .slice(0, 1_024),
);
figures.sketch_us_per_kb = costOf(options.quick ? 5_000 : 50_000, (at) => sketch(texts[at % texts.length] ?? ''));
const chat = personOf(3, HONEST.chat);
const made = Array.from({ length: 2_000 }, (_, at) => recordsOf(`u${at % 100}`, chat, START_MS + at * 1_000));
const measured = new ConductWatch();
figures.exchange_us = costOf(options.quick ? 10_000 : 50_000, (at) => {
  for (const record of made[at % made.length] ?? []) measured.take(record);
});
process.stdout.write(`\n${JSON.stringify({ name: 'conduct', ratios: {}, figures })}\n`);
