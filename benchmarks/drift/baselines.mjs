/** Weeks that are compared with a baseline: how often does a report say that something moved where nothing did, what does it find, and how well does it know since when? */
import { compareBaselines, measurePeriod } from '@sallyport/monitor';
import { quantile, rounded } from '../rig/statistics.mjs';
import { randomFrom } from '../rig/texts.mjs';
import { START_MS, WEEK_MS, weekOf } from './traffic.mjs';

const HOUR_MS = 3_600_000;

/** @param {number} week @param {readonly any[]} records @param {Pick<import('@sallyport/monitor').Baseline, 'series'>} [reference] */
function samplerOf(week, records, reference) {
  const [from, to] = [week, week + 1].map((at) => new Date(START_MS + at * WEEK_MS).toISOString());
  const period = { from: from ?? '', to: to ?? '' };
  return measurePeriod(() => records, { period, ...(reference && { reference }) }).sampler;
}

/** @param {{ seed: number, exchanges: number, traffic: import('./traffic.mjs').Traffic, change?: import('./traffic.mjs').Change, changeAtMs?: number }} pair */
function compared({ seed, exchanges, traffic, change, changeAtMs }) {
  const reference = samplerOf(0, [...weekOf({ seed, week: 0, exchanges, traffic })]).baseline(0);
  const now = [
    ...weekOf({
      seed: seed + 1,
      week: 1,
      exchanges,
      traffic,
      ...(change && { change }),
      ...(changeAtMs && { changeAtMs }),
    }),
  ];
  return compareBaselines(reference, samplerOf(1, now, reference));
}

/** @type {readonly (readonly [name: string, traffic: import('./traffic.mjs').Traffic])[]} */
const TRAFFIC = [
  ['independent', {}],
  ['seasonal', { seasonal: true }],
  ['correlated', { correlation: 0.6 }],
  ['days differ', { seasonal: true, days: 0.1 }],
  ...[12, 20, 60].flatMap((count) =>
    /** @type {const} */ ([true, false]).map(
      (zipf) =>
        /** @type {const} */ ([`${count} tools ${zipf ? 'zipf' : 'even'}`, { seasonal: true, tools: { count, zipf } }]),
    ),
  ),
];

/** @type {readonly (readonly [signal: string, says: string, change: import('./traffic.mjs').Change])[]} */
const CHANGES = [
  ['latency', 'x 1.1', { latency: 1.1 }],
  ['latency', 'x 1.2', { latency: 1.2 }],
  ['latency', 'x 1.5', { latency: 1.5 }],
  ['latency', 'x 2', { latency: 2 }],
  ['output', 'x 1.2', { output: 1.2 }],
  ['output', 'x 1.5', { output: 1.5 }],
  ['refusal', '2 to 4 %', { refusal: 0.04 }],
  ['refusal', '2 to 6 %', { refusal: 0.06 }],
  ['refusal', '2 to 10 %', { refusal: 0.1 }],
  ['finish', 'length 10 to 20 %', { length: 0.2 }],
  ['finish', 'length 10 to 40 %', { length: 0.4 }],
  ['new-tool', '1 % of calls', { newTool: 0.01 }],
  ['new-tool', '5 % of calls', { newTool: 0.05 }],
  ['transitions', 'another order', { order: true }],
];

/** @param {{ unchanged: number, changed: number, print: (line: string) => void }} options @returns {Record<string, number>} */
export function baselineFigures({ unchanged, changed, print }) {
  /** @type {Record<string, number>} */
  const figures = {};
  print(`\nweeks against a baseline, ${unchanged} pairs in which nothing moved\n`);
  print('traffic          exchanges   reports that say something moved   comparisons each\n');
  for (const [at, [name, traffic]] of TRAFFIC.entries()) {
    for (const exchanges of [500, 2_000]) {
      let [alarms, comparisons] = [0, 0];
      for (let nth = 0; nth < unchanged; nth += 1) {
        const report = compared({ seed: 1_000_000 * (at + 1) + 10 * nth + exchanges, exchanges, traffic });
        alarms += Number(report.moves.length > 0);
        comparisons += report.comparisons;
      }
      figures[`baseline_${name.replaceAll(' ', '_')}_${exchanges}_false`] = rounded(alarms / unchanged);
      print(
        `${name.padEnd(16)} ${String(exchanges).padStart(9)}   ${`${rounded((100 * alarms) / unchanged)} %`.padStart(10)}   ${String(rounded(comparisons / unchanged)).padStart(30)}\n`,
      );
    }
  }
  print(
    `\nweeks in which it moved after 0 to 5 days, ${changed} pairs each: the signal itself, and hours from the start that is stated to the true one\n`,
  );
  print('signal        change              exchanges    found   off by p50    p90   within its bounds\n');
  for (const [at, [signal, says, change]] of CHANGES.entries()) {
    for (const exchanges of [500, 2_000]) {
      const found = sizedUp({
        seed: 50_000_000 + at * 1_000_000 + exchanges,
        signal,
        change,
        exchanges,
        pairs: changed,
      });
      const key = `baseline_${signal}_${says}_${exchanges}`.replaceAll(/[^a-z0-9.]+/g, '_');
      figures[`${key}_found`] = rounded(found.share);
      if (found.hours.length > 0) figures[`${key}_hours`] = rounded(quantile(found.hours, 0.5));
      if (found.hours.length > 0) figures[`${key}_within`] = rounded(found.within);
      const cells = [
        `${rounded(100 * found.share)} %`.padStart(8),
        String(found.hours.length === 0 ? '-' : rounded(quantile(found.hours, 0.5))).padStart(12),
        String(found.hours.length === 0 ? '-' : rounded(quantile(found.hours, 0.9))).padStart(6),
        (found.hours.length === 0 ? '-' : `${rounded(100 * found.within)} %`).padStart(10),
      ];
      print(`${signal.padEnd(13)} ${says.padEnd(19)} ${String(exchanges).padStart(9)} ${cells.join(' ')}\n`);
    }
  }
  return { ...figures, ...costs() };
}

/** @param {{ seed: number, signal: string, change: import('./traffic.mjs').Change, exchanges: number, pairs: number }} options */
function sizedUp({ seed, signal, change, exchanges, pairs }) {
  const draw = randomFrom(seed);
  const hours = [];
  let [found, within] = [0, 0];
  for (let nth = 0; nth < pairs; nth += 1) {
    const changeAtMs = START_MS + WEEK_MS + Math.floor(draw() * 120) * HOUR_MS;
    const { moves } = compared({ seed: seed + 10 * nth, exchanges, traffic: { seasonal: true }, change, changeAtMs });
    const move = moves.find((each) => each.signal === signal);
    if (move === undefined) continue;
    found += 1;
    if (move.start === undefined) continue;
    hours.push(Math.abs(Date.parse(move.start.from) - changeAtMs) / HOUR_MS);
    within += Number(Date.parse(move.start.low) <= changeAtMs && Date.parse(move.start.high) >= changeAtMs);
  }
  return { share: found / pairs, hours, within: hours.length === 0 ? 0 : within / hours.length };
}

/** CPU of what is done once. @returns {Record<string, number>} */
function costs() {
  const records = [...weekOf({ seed: 9, week: 0, exchanges: 20_000, traffic: {} })];
  const before = process.cpuUsage();
  const sampler = samplerOf(0, records);
  const taken = process.cpuUsage(before);
  const reference = sampler.baseline(0);
  const summed = process.cpuUsage(before);
  compareBaselines(reference, sampler);
  const all = process.cpuUsage(before);
  const us = (/** @type {{ user: number, system: number }} */ { user, system }) => user + system;
  return {
    baseline_record_us: rounded(us(taken) / records.length),
    baseline_summary_ms: rounded((us(summed) - us(taken)) / 1_000),
    baseline_compare_ms: rounded((us(all) - us(summed)) / 1_000),
  };
}
