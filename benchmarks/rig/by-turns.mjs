import { GATEWAY_KEY, startLoad } from './children.mjs';
import { usageOf } from './process-usage.mjs';
import { median, rounded } from './statistics.mjs';

/**
 * The same work for two gateways, half a second each by turns, so that a busy machine is busy for both: 16 connections, requests of 1 KB.
 * @param {{ readonly on: import('./children.mjs').Child, readonly off: import('./children.mjs').Child }} gateways
 * @param {{ readonly quick: boolean }} options
 * @returns {Promise<{ readonly throughput: number, readonly cpu: number }>} medians of `on` as shares of `off`
 */
export async function byTurns(gateways, { quick }) {
  const rounds = quick ? 6 : 40;
  const warmUpMs = quick ? 3_000 : 30_000;
  /** @type {import('./children.mjs').Load<import('../gateway/load.mjs').Job, import('../gateway/load.mjs').Measured>} */
  const load = startLoad(new URL('../gateway/load.mjs', import.meta.url));
  const work = /** @type {const} */ ({ key: GATEWAY_KEY, connections: 16, workload: '1k', answer: 'json' });
  /** @type {{ rps: number[], cpu: number[] }} */
  const shares = { rps: [], cpu: [] };
  try {
    for (const { port } of Object.values(gateways)) await load.measure({ ...work, port, durationMs: warmUpMs });
    for (let round = 0; round < rounds; round += 1) {
      const measured = { on: { rps: 0, cpu: 0 }, off: { rps: 0, cpu: 0 } };
      for (const side of round % 2 === 0
        ? /** @type {const} */ (['on', 'off'])
        : /** @type {const} */ (['off', 'on'])) {
        const { port, pid } = gateways[side];
        const before = usageOf(pid)?.cpuSeconds ?? 0;
        const { requests, errors } = await load.measure({ ...work, port, durationMs: 500 });
        if (errors > 0 || requests === 0) throw new Error(`${errors} of ${requests} requests failed`);
        measured[side] = { rps: requests, cpu: ((usageOf(pid)?.cpuSeconds ?? 0) - before) / requests };
      }
      shares.rps.push(measured.on.rps / measured.off.rps);
      shares.cpu.push(measured.on.cpu / measured.off.cpu);
    }
  } finally {
    await load.stop();
  }
  return { throughput: rounded(median(shares.rps)), cpu: rounded(median(shares.cpu)) };
}
