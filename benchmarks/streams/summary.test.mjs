import { describe, expect, it } from 'vitest';
import { summarise } from './summary.mjs';

const MIB = 1_048_576;

/**
 * @param {'bulk' | 'paced' | 'first'} part
 * @param {string} scenario
 * @param {{ target: import('./scenarios.mjs').Target, cpuSeconds?: number, firstTextMs?: number, chunks?: number }} given
 * @returns {import('./summary.mjs').Round}
 */
const round = (part, scenario, { target, cpuSeconds = 0, firstTextMs = 1, chunks = 100_000 }) => ({
  part,
  scenario,
  target,
  chunks,
  cpuSeconds,
  rssBytes: 100 * MIB,
  measured: {
    streams: 100,
    errors: 0,
    seconds: 2,
    firstTextP50Ms: firstTextMs,
    firstTextP99Ms: firstTextMs * 2,
    firstTexts: 3,
  },
});

/** @param {string} scenario */
const bulk = (scenario, gatewayCpuSeconds = 1) => [
  round('bulk', scenario, { target: 'minimal', cpuSeconds: 0.5 }),
  round('bulk', scenario, { target: 'nginx', cpuSeconds: 0.25 }),
  round('bulk', scenario, { target: 'gateway', cpuSeconds: gatewayCpuSeconds }),
];

describe('summarise()', () => {
  it('gives CPU per chunk as a multiple of each other proxy, every scenario counting alike', () => {
    const long = round('bulk', 'b', { target: 'gateway', cpuSeconds: 20, chunks: 1_000_000 });
    const { ratios, figures } = summarise([...bulk('a'), ...bulk('b').slice(0, 2), long]);
    expect(ratios).toEqual({ cpu_chunk_vs_minimal_bulk: 3, cpu_chunk_vs_nginx_bulk: 6 });
    expect(figures.a).toMatchObject({
      gatewayCpuUs: 10,
      minimalCpuUs: 5,
      nginxCpuUs: 2.5,
      gatewayChunksPerSecond: 50_000,
    });
  });

  it('keeps what comes in bulk apart from what comes at a pace', () => {
    const paced = bulk('c', 4).map((each) => ({ ...each, part: /** @type {const} */ ('paced') }));
    expect(summarise([...bulk('a'), ...paced]).ratios).toMatchObject({
      cpu_chunk_vs_minimal_bulk: 2,
      cpu_chunk_vs_minimal_paced: 8,
    });
  });

  it('says nothing of nginx where it is not installed', () => {
    const { ratios, figures } = summarise(bulk('a').filter(({ target }) => target !== 'nginx'));
    expect(ratios).not.toHaveProperty('cpu_chunk_vs_nginx_bulk');
    expect(figures.a).not.toHaveProperty('nginxCpuUs');
  });

  it('gives what the gateway adds until the first text, at the median of the rounds', () => {
    const first = (/** @type {number} */ gatewayMs) => [
      round('first', 'c64', { target: 'direct', firstTextMs: 1 }),
      round('first', 'c64', { target: 'minimal', firstTextMs: 2 }),
      round('first', 'c64', { target: 'gateway', firstTextMs: gatewayMs }),
    ];
    expect(summarise([...first(3), ...first(4), ...first(90)]).ratios).toEqual({
      ttft_added_ms_c64: 3,
      ttft_over_minimal_ms_c64: 2,
    });
  });

  it('states the memory for 10,000 idle streams, also when fewer could be opened', () => {
    const idle = {
      target: /** @type {const} */ ('gateway'),
      streams: 5_000,
      beforeBytes: 100 * MIB,
      rssBytes: 200 * MIB,
    };
    const { ratios, figures } = summarise([], [idle]);
    expect(ratios).toEqual({ idle_10k_rss_mib: 300 });
    expect(figures.idle_gateway).toEqual({ streams: 5_000, rss10kMib: 300, streamKib: 20.5 });
  });
});
