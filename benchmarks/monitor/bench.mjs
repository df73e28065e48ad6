/**
 * `npm run bench -- monitor [--quick] [--only board,gateway]`: what does watching cost? Series in memory, CPU of a record, false alarms on traffic in which
 * nothing moves, and the gateway's throughput with monitoring as a share of that without; the last line is the summary as JSON.
 */

import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { SERIES_MAX, SignalBoard } from '@sallyport/monitor';
import { byTurns } from '../rig/by-turns.mjs';
import { startGateway, startProgram } from '../rig/children.mjs';
import { rounded, sum } from '../rig/statistics.mjs';
import { randomFrom } from '../rig/texts.mjs';
import { exchangeOf, START_MS } from './traffic.mjs';

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string', default: 'board,gateway' } },
});
const wanted = new Set(options.only.split(','));
const MIB = 1_048_576;
const say = (/** @type {string} */ text) => process.stderr.write(`${text}\n`);

setFlagsFromString('--expose-gc');
/** @type {() => void} */
const collect = runInNewContext('gc');

/** @type {Record<string, number>} */
const figures = {};
/** @type {Record<string, number>} */
const ratios = {};

if (wanted.has('board')) {
  Object.assign(figures, await memory(), falseAlarms());
  ratios.bytes_vs_64_mib = rounded((figures.heap_mib ?? 0) / 64);
}
if (wanted.has('gateway')) Object.assign(ratios, await throughput());
process.stdout.write(`${JSON.stringify({ name: 'monitor', ratios, figures })}\n`);

/** A full board: all series that there may be, each with a share of 40 minutes of traffic, so that most have detectors. */
async function memory() {
  collect();
  const before = process.memoryUsage();
  const board = new SignalBoard();
  const random = randomFrom(7);
  const population = {
    principals: SERIES_MAX.principal * 1.5,
    models: SERIES_MAX.model,
    tools: SERIES_MAX.tool,
  };
  const exchanges = population.principals * (options.quick ? 15 : 60);
  /** @type {number[]} */
  const costs = [];
  for (let at = 0; at < exchanges; at += 1) {
    const records = exchangeOf({ n: at, atMs: START_MS + (at / exchanges) * 40 * 60_000, random, population });
    const startedNs = process.hrtime.bigint();
    for (const record of records) board.take(record);
    costs.push(Number(process.hrtime.bigint() - startedNs));
  }
  collect();
  const after = process.memoryUsage();
  const heap = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
  const shown = {
    series: board.size,
    heap_mib: rounded(heap / MIB),
    estimate_mib: rounded(board.bytes / MIB),
    exchange_us: rounded(sum(costs.slice(costs.length / 2)) / (costs.length / 2) / 1_000),
  };
  say(`a full board: ${JSON.stringify(shown)}`);
  return shown;
}

/** 100 principals at whose traffic nothing moves. */
function falseAlarms() {
  const board = new SignalBoard();
  const random = randomFrom(11);
  const exchanges = options.quick ? 50_000 : 300_000;
  /** @type {Map<string, number>} */
  const moves = new Map();
  for (let n = 0; n < exchanges; n += 1) {
    const records = exchangeOf({
      n,
      atMs: START_MS + n * 50,
      random,
      population: { principals: 100, models: 4, tools: 40 },
    });
    for (const record of records) {
      for (const { signal, series } of board.take(record)) {
        const key = `${series.scope} ${signal}`;
        moves.set(key, (moves.get(key) ?? 0) + 1);
      }
    }
  }
  for (const [key, count] of [...moves].sort((a, b) => b[1] - a[1])) say(`  false alarm: ${key} ${count}`);
  const per = sum([...moves.values()]) / (exchanges / 100_000);
  say(`false alarms in 100,000 exchanges: ${rounded(per)}`);
  return { false_alarms_in_100000: rounded(per) };
}

/** The same gateway with monitoring and without. */
async function throughput() {
  const upstream = await startProgram(new URL('../gateway/upstream.mjs', import.meta.url));
  const gateways = {
    on: await startGateway(upstream.port),
    off: await startGateway(upstream.port, [], 'monitor: { enabled: false }\n'),
  };
  try {
    const shown = await byTurns(gateways, options);
    say(`with monitoring as a share of without: ${JSON.stringify(shown)}`);
    return { throughput_on_vs_off: shown.throughput, cpu_on_vs_off: shown.cpu };
  } finally {
    for (const gateway of Object.values(gateways)) await gateway.stop();
    await upstream.stop();
  }
}
