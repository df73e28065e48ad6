import { describe, expect, it } from 'vitest';
import { summarise } from './summary.mjs';

/**
 * @param {string} scenario
 * @param {import('./scenarios.mjs').Target} target
 * @param {{ requests: number, p50Us: number, cpuSeconds: number }} given
 * @returns {import('./summary.mjs').Round}
 */
const round = (scenario, target, { requests, p50Us, cpuSeconds }) => ({
  scenario,
  target,
  cpuSeconds,
  rssBytes: 50e6,
  measured: { requests, errors: 0, seconds: 1, p50Us, p99Us: p50Us * 2, firstTokenP50Us: 0, firstTokenP99Us: 0 },
});

/** @param {string} scenario */
const rounds = (scenario, gatewayCpuSeconds = 0.2) => [
  round(scenario, 'direct', { requests: 4_000, p50Us: 100, cpuSeconds: 0 }),
  round(scenario, 'minimal', { requests: 2_000, p50Us: 200, cpuSeconds: 0.2 }),
  round(scenario, 'gateway', { requests: 500, p50Us: 700, cpuSeconds: gatewayCpuSeconds }),
];

describe('summarise()', () => {
  it("gives the gateway's share of the minimal proxy's requests per second, over all rounds", () => {
    const second = rounds('1k_c16').map((each) => ({ ...each, measured: { ...each.measured, seconds: 2 } }));
    expect(summarise([...rounds('1k_c16'), ...second]).ratios).toMatchObject({ vs_minimal_1k_c16: 0.25 });
  });

  it('gives CPU per request as multiples: of the minimal proxy, and of a long history over a short one', () => {
    const { ratios } = summarise([...rounds('1k_c16', 0.2), ...rounds('32k_c16', 0.3)]);
    expect(ratios).toMatchObject({ cpu_vs_minimal_1k_c16: 4, cpu_32k_vs_1k: 1.5 });
  });

  it('gives what each target adds to the way straight to the model', () => {
    expect(summarise(rounds('1k_c1')).figures['1k_c1']).toMatchObject({
      minimalAddedP50Us: 100,
      gatewayAddedP50Us: 600,
      gatewayAddedP99Us: 1_200,
      gatewayCpuUs: 400,
    });
  });
});
