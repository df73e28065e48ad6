/**
 * `npm run bench -- identity [--quick]`: how soon is a swapped model noticed by its answers to border inputs, and how often is one
 * called swapped that is not? The demo's model is asked, a round a day; the last line is the summary as JSON.
 */
import { parseArgs } from 'node:util';
import { CanaryWatch, isBorder } from '@sallyport/monitor';
import { quantile, rounded } from '../rig/statistics.mjs';
import { randomFrom } from '../rig/texts.mjs';

const packages = new URL('../../packages/', import.meta.url);
/** @type {typeof import('@sallyport/runtime')} */
const { mindShares } = await import(new URL('runtime/dist/index.js', packages).href);

const { values: options } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const RUNS = options.quick ? 20 : 100;
const INPUTS = 20;
const SAMPLES = 10;
/** Rounds before the change, and those in which it is looked for; as many as both without any. */
const BEFORE = 30;
const AFTER = 30;

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
  none: (mind) => mind,
};

/** @param {number} seed @param {(mind: Mind) => Mind} change */
function run(seed, change) {
  const random = randomFrom(seed);
  /** @type {Mind} */
  const mind = { weights: `model ${seed}`, instructions: '', bits: 16 };
  const { texts, tried } = borderInputs(mind, random);
  const watch = new CanaryWatch(random);
  /** @type {{ early: Set<string>, delays: Record<string, number>, tried: number }} */
  const seen = { early: new Set(), delays: {}, tried };
  for (let at = -BEFORE; at < AFTER; at += 1) {
    for (const { kind } of watch.take(asked(at < 0 ? mind : change(mind), texts, random))) {
      if (at < 0) seen.early.add(kind);
      else seen.delays[kind] = at + 1;
    }
  }
  return seen;
}

/** How far the answers to border inputs really move: the mean of the distances of both distributions. @param {number} seed @param {(mind: Mind) => Mind} change */
function movedBy(seed, change) {
  /** @type {Mind} */
  const mind = { weights: `model ${seed}`, instructions: '', bits: 16 };
  const { texts } = borderInputs(mind, randomFrom(seed));
  const distances = texts.map((text) => {
    const after = sharesOf(change(mind), text);
    return Array.from(sharesOf(mind, text)).reduce(
      (sum, [word, share]) => sum + Math.abs(share - (after.get(word) ?? 0)) / 2,
      0,
    );
  });
  return distances.reduce((sum, each) => sum + each, 0) / texts.length;
}

/** @type {Record<string, number>} */
const figures = {};
const started = process.cpuUsage();
const keyOf = (/** @type {string} */ name) => name.replaceAll(/[^a-z0-9]+/g, '_');
const KINDS = ['warned', 'confirmed', 'paged'];
process.stdout.write(`change                shift  ${KINDS.map((kind) => `${kind.padStart(9)} p50 p90`).join('')}\n`);
/** @type {Record<string, number>} */
const early = { warned: 0, confirmed: 0, paged: 0 };
let tried = 0;
for (const [index, [name, change]] of Object.entries(CHANGES).entries()) {
  const seeds = Array.from({ length: RUNS }, (_, nth) => 1 + index * 10_000 + nth);
  const shift = seeds.reduce((sum, seed) => sum + movedBy(seed, change), 0) / RUNS;
  figures[`${keyOf(name)}_shift`] = rounded(shift);
  const seen = seeds.map((seed) => run(seed, change));
  tried += seen.reduce((sum, each) => sum + each.tried, 0);
  const cells = KINDS.flatMap((kind) => {
    const delays = seen.flatMap(({ delays: all }) => all[kind] ?? []);
    early[kind] = (early[kind] ?? 0) + seen.filter((each) => each.early.has(kind)).length;
    figures[`${keyOf(name)}_${kind}_percent`] = rounded((100 * delays.length) / RUNS);
    if (delays.length === 0) return ['0 %'.padStart(9), '-'.padStart(3), '-'.padStart(3)];
    figures[`${keyOf(name)}_${kind}_rounds`] = quantile(delays, 0.5);
    const share = `${rounded((100 * delays.length) / RUNS)} %`;
    return [share.padStart(9), ...[0.5, 0.9].map((part) => String(quantile(delays, part)).padStart(3))];
  });
  process.stdout.write(`${name.padEnd(20)} ${String(rounded(shift)).padStart(6)} ${cells.join(' ')}\n`);
}
const { user, system } = process.cpuUsage(started);
const runs = RUNS * Object.keys(CHANGES).length;
process.stdout.write(`\nruns in which something was said within the ${BEFORE} rounds before the change, of ${runs}: `);
process.stdout.write(`${KINDS.map((kind) => `${kind} ${early[kind]}`).join(', ')}\n`);
for (const kind of KINDS) figures[`early_${kind}_percent`] = rounded((100 * (early[kind] ?? 0)) / runs);
figures.inputs_tried = rounded(tried / runs);
figures.round_us = rounded((user + system) / (runs * (BEFORE + AFTER)));
process.stdout.write(`${JSON.stringify({ name: 'identity', ratios: {}, figures })}\n`);
