/**
 * `npm run bench -- drift [--quick]`: how soon does monitoring see that something moved, and how often does it say so when nothing did?
 * Synthetic series with known change points, and weeks that are compared with a baseline; the last line is the summary as JSON.
 */
import { parseArgs } from 'node:util';
import { LevelChange, MixChange, QuantileSketch, RateChange } from '@sallyport/monitor';
import { quantile, rounded } from '../rig/statistics.mjs';
import { randomFrom } from '../rig/texts.mjs';
import { baselineFigures } from './baselines.mjs';
import { happens, LEVELS, oneOf } from './series.mjs';

const { values: options } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const RUNS = options.quick ? 40 : 400;
/** Observations before the change, and those in which it is looked for; as many as both without any. */
const BEFORE = 4_000;
const AFTER = 4_000;

/**
 * @typedef {object} Scenario
 * @property {string} signal
 * @property {string} change
 * @property {(seed: number) => { detector: { observe: (value: any) => object | undefined }, next: (hasMoved: boolean) => unknown }} open
 */

/** @type {Scenario[]} */
const scenarios = [];
for (const [name, series] of Object.entries(LEVELS)) {
  for (const factor of [1.2, 1.5, 2, 0.5]) {
    scenarios.push({
      signal: `level, ${name}`,
      change: `x ${factor}`,
      open: (seed) => {
        const next = series(randomFrom(seed));
        return { detector: new LevelChange(), next: (hasMoved) => next(hasMoved ? factor : 1) };
      },
    });
  }
}
for (const [from, to] of /** @type {const} */ ([
  [0.01, 0.05],
  [0.05, 0.1],
  [0.05, 0.2],
  [0.2, 0.1],
  [0.5, 0.8],
])) {
  scenarios.push({
    signal: `rate ${from}`,
    change: `to ${to}`,
    open: (seed) => {
      const draw = happens(randomFrom(seed));
      return { detector: new RateChange(), next: (hasMoved) => draw(hasMoved ? to : from) };
    },
  });
}
const REASONS = { stop: 70, length: 15, 'tool-calls': 10, 'content-filter': 5 };
for (const [change, moved] of /** @type {const} */ ([
  ['refusals x 3', { ...REASONS, 'content-filter': 15 }],
  ['length x 3', { ...REASONS, length: 45 }],
  ['a new kind, 15 %', { ...REASONS, error: 18 }],
])) {
  scenarios.push({
    signal: 'mix of 4',
    change,
    open: (seed) => {
      const draw = oneOf(randomFrom(seed));
      return { detector: new MixChange(), next: (hasMoved) => draw(hasMoved ? moved : REASONS) };
    },
  });
}

/** @param {Scenario} scenario @param {number} seed @param {boolean} moves */
function run({ open }, seed, moves) {
  const { detector, next } = open(seed);
  let early = 0;
  for (let at = 0; at < BEFORE; at += 1) if (detector.observe(next(false)) !== undefined) early += 1;
  for (let at = 1; at <= AFTER; at += 1) {
    if (detector.observe(next(moves)) !== undefined) return { early, delay: at };
  }
  return { early, delay: undefined };
}

/** @type {Record<string, number>} */
const figures = {};
/** @type {Map<string, { alarms: number, observations: number }>} */
const quiet = new Map();
process.stdout.write('signal                change                found   delay p50   p90\n');
for (const [index, scenario] of scenarios.entries()) {
  const delays = [];
  for (let nth = 0; nth < RUNS; nth += 1) {
    const { delay } = run(scenario, 1 + index * 10_000 + nth, true);
    if (delay !== undefined) delays.push(delay);
    const still = run(scenario, 7_000_000 + index * 10_000 + nth, false);
    const sum = quiet.get(scenario.signal) ?? { alarms: 0, observations: 0 };
    sum.alarms += still.early + Number(still.delay !== undefined);
    sum.observations += BEFORE + (still.delay ?? AFTER);
    quiet.set(scenario.signal, sum);
  }
  const key = `${scenario.signal} ${scenario.change}`.replaceAll(/[^a-z0-9.]+/g, '_');
  figures[`${key}_found`] = rounded(delays.length / RUNS);
  figures[`${key}_delay`] = quantile(delays, 0.5);
  const cells = [`${rounded((100 * delays.length) / RUNS)} %`, quantile(delays, 0.5), quantile(delays, 0.9)];
  process.stdout.write(
    `${scenario.signal.padEnd(21)} ${scenario.change.padEnd(20)} ${cells.map((cell) => String(cell).padStart(6)).join('   ')}\n`,
  );
}
process.stdout.write('\nfalse alarms in 100,000 observations\n');
for (const [signal, { alarms, observations }] of quiet) {
  const rate = (100_000 * alarms) / observations;
  figures[`${signal.replaceAll(/[^a-z0-9.]+/g, '_')}_false_alarms`] = rounded(rate);
  process.stdout.write(`${signal.padEnd(21)} ${rounded(rate)} (${alarms} in ${observations})\n`);
}
/** CPU of this process for one observation, nanoseconds. @param {(at: number) => unknown} observe */
function costOf(observe) {
  const count = options.quick ? 300_000 : 3_000_000;
  for (let at = 0; at < count / 3; at += 1) observe(at);
  const before = process.cpuUsage();
  for (let at = 0; at < count; at += 1) observe(at);
  const { user, system } = process.cpuUsage(before);
  return rounded((1_000 * (user + system)) / count);
}

const level = new LevelChange();
figures.level_ns = costOf((at) => level.observe(100 + (at % 17)));
const rate = new RateChange();
figures.rate_ns = costOf((at) => rate.observe(at % 20 === 0));
const mix = new MixChange();
const kinds = Object.keys(REASONS);
figures.mix_ns = costOf((at) => mix.observe(kinds[at % kinds.length] ?? ''));
const sketch = new QuantileSketch();
figures.sketch_ns = costOf((at) => sketch.add(100 + (at % 997)));
Object.assign(
  figures,
  baselineFigures({
    unchanged: options.quick ? 30 : 300,
    changed: options.quick ? 10 : 50,
    print: (line) => process.stdout.write(line),
  }),
);
process.stdout.write(`${JSON.stringify({ name: 'drift', ratios: {}, figures })}\n`);
