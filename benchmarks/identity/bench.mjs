/**
 * `npm run bench -- identity [--quick]`: how soon is a swapped model noticed by its answers to border inputs, and how often is one
 * called swapped that is not? The demo's model is asked, a round a day; the last line is the summary as JSON.
 */
import { parseArgs } from 'node:util';
import { borderShift, confirmShift, isBorder, pooledRounds, ShiftWatch } from '@sallyport/monitor';
import { mindShares } from '@sallyport/runtime';
import { quantile, rounded } from '../rig/statistics.mjs';
import { randomFrom } from '../rig/texts.mjs';

const { values: options } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const RUNS = options.quick ? 20 : 100;
const INPUTS = 20;
const SAMPLES = 10;
/** Rounds whose answers are the reference. */
const REFERENCE_ROUNDS = 3;
/** Rounds before the change, and those in which it is looked for; as many as both without any. */
const BEFORE = 30;
const AFTER = 30;
/** Probability by chance from which on a warning is confirmed. */
const CONFIRMED = 0.01;

/** @typedef {import('@sallyport/runtime').DemoMind} Mind */
/** @typedef {readonly ReadonlyMap<string, number>[]} Round */

/** @param {Mind} mind @param {readonly string[]} texts @param {() => number} random @returns {Round} */
function asked(mind, texts, random) {
  return texts.map((text) => drawn(sharesOf(mind, text), random));
}

/** @type {Map<string, ReadonlyMap<string, number>>} */
const remembered = new Map();
/** @param {Mind} mind @param {string} text */
function sharesOf(mind, text) {
  const key = JSON.stringify([mind, text]);
  const shares = remembered.get(key) ?? mindShares(mind, text);
  remembered.set(key, shares);
  return shares;
}

/** @param {ReadonlyMap<string, number>} shares @param {() => number} random */
function drawn(shares, random) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (let at = 0; at < SAMPLES; at += 1) {
    let left = random();
    let answer = '';
    for (const [word, share] of shares) {
      answer = word;
      left -= share;
      if (left < 0) break;
    }
    counts.set(answer, (counts.get(answer) ?? 0) + 1);
  }
  return counts;
}

/** Inputs on a border of the model, as a calibration finds them: by asking. @param {Mind} mind @param {() => number} random */
function borderInputs(mind, random) {
  const found = [];
  let tried = 0;
  for (; found.length < INPUTS && tried < 2_000; tried += 1) {
    const text = `input ${tried}`;
    if (isBorder(drawn(sharesOf(mind, text), random))) found.push(text);
  }
  return { texts: found, tried };
}

/** @type {Readonly<Record<string, (mind: Mind) => Mind>>} */
const CHANGES = {
  'another model': (mind) => ({ ...mind, weights: `${mind.weights}, swapped` }),
  'other instructions': (mind) => ({ ...mind, instructions: 'answer as a pirate' }),
  '4 bits': (mind) => ({ ...mind, bits: 4 }),
  '8 bits': (mind) => ({ ...mind, bits: 8 }),
  'none': (mind) => mind,
};

/** @param {number} seed @param {(mind: Mind) => Mind} change */
function run(seed, change) {
  const random = randomFrom(seed);
  /** @type {Mind} */
  const mind = { weights: `model ${seed}`, instructions: '', bits: 16 };
  const { texts, tried } = borderInputs(mind, random);
  /** @type {Round} */
  let reference = [];
  for (let n = 0; n < REFERENCE_ROUNDS; n += 1) reference = pooledRounds(reference, asked(mind, texts, random));
  const watch = new ShiftWatch();
  /** @type {{ early: string[], delays: Record<string, number>, shift: number, tried: number, confirmedEarly: number }} */
  const seen = { early: [], delays: {}, shift: 0, tried, confirmedEarly: 0 };
  /** @type {Round[]} */
  const newest = [];
  for (let at = -BEFORE; at < AFTER; at += 1) {
    const round = asked(at < 0 ? mind : change(mind), texts, random);
    newest.push(round);
    if (newest.length > 3) newest.shift();
    const shift = borderShift(reference, round) ?? 0;
    if (at >= 0) seen.shift += shift / AFTER;
    for (const { kind } of watch.observe(shift)) {
      const isConfirmed = confirmShift(reference, newest.reduce(pooledRounds), random) <= CONFIRMED;
      if (at < 0) {
        seen.early.push(kind);
        if (isConfirmed && kind === 'warned') seen.confirmedEarly += 1;
      } else {
        seen.delays[kind] = at + 1;
        if (isConfirmed && kind === 'warned') seen.delays.confirmed = at + 1;
      }
    }
  }
  return seen;
}

/** @type {Record<string, number>} */
const figures = {};
const started = process.cpuUsage();
process.stdout.write('change               shift   warned  rounds p50 p90   confirmed   paged  rounds p50 p90\n');
for (const [index, [name, change]] of Object.entries(CHANGES).entries()) {
  const seen = Array.from({ length: RUNS }, (_, nth) => run(1 + index * 10_000 + nth, change));
  const shareOf = (/** @type {string} */ kind) =>
    rounded((100 * seen.filter(({ delays }) => delays[kind] !== undefined).length) / RUNS);
  const delaysOf = (/** @type {string} */ kind) => seen.flatMap(({ delays }) => delays[kind] ?? []);
  const shift = rounded(seen.reduce((sum, each) => sum + each.shift, 0) / RUNS);
  const key = name.replaceAll(/[^a-z0-9]+/g, '_');
  for (const kind of ['warned', 'confirmed', 'paged']) {
    figures[`${key}_${kind}_percent`] = shareOf(kind);
    if (delaysOf(kind).length > 0) figures[`${key}_${kind}_rounds`] = quantile(delaysOf(kind), 0.5);
  }
  const cells = [
    shift,
    `${shareOf('warned')} %`,
    ...[0.5, 0.9].map((share) => quantile(delaysOf('warned'), share)),
    `${shareOf('confirmed')} %`,
    `${shareOf('paged')} %`,
    ...[0.5, 0.9].map((share) => quantile(delaysOf('paged'), share)),
  ];
  process.stdout.write(`${name.padEnd(19)} ${cells.map((cell) => String(cell ?? '-').padStart(7)).join('  ')}\n`);
  for (const kind of ['warned', 'paged']) {
    const early = rounded((100 * seen.filter((each) => each.early.includes(kind)).length) / RUNS);
    figures[`${key}_early_${kind}_percent`] = early;
  }
  figures[`${key}_early_confirmed_percent`] = rounded((100 * seen.filter((each) => each.confirmedEarly > 0).length) / RUNS);
}
const { user, system } = process.cpuUsage(started);
const runs = RUNS * Object.keys(CHANGES).length;
process.stdout.write(`\nwrong within the ${BEFORE} rounds before any change, of all ${runs} runs: `);
for (const kind of ['warned', 'confirmed', 'paged']) {
  const all = Object.keys(CHANGES).map((name) => figures[`${name.replaceAll(/[^a-z0-9]+/g, '_')}_early_${kind}_percent`] ?? 0);
  figures[`early_${kind}_percent`] = rounded(all.reduce((sum, each) => sum + each, 0) / all.length);
  process.stdout.write(`${kind} ${figures[`early_${kind}_percent`]} % `);
}
figures.round_us = rounded((user + system) / (runs * (BEFORE + AFTER)));
process.stdout.write(`\n${JSON.stringify({ name: 'identity', ratios: {}, figures })}\n`);
