import { median, rounded, sum } from '../rig/statistics.mjs';

/**
 * One scenario sent through one target, once.
 * @typedef {object} Round
 * @property {string} scenario
 * @property {import('./scenarios.mjs').Target} target
 * @property {import('./load.mjs').Measured} measured
 * @property {number | undefined} cpuSeconds of the target's process in this round
 * @property {number | undefined} rssBytes at its end
 */

/**
 * @typedef {object} Figures of one scenario through one target
 * @property {number} requestsPerSecond
 * @property {number} p50Us
 * @property {number} p99Us
 * @property {number} cpuUs per request, of the target's process
 * @property {number} firstTokenP50Us
 * @property {number} firstTokenP99Us
 * @property {number} rssMb after its last round
 */

/**
 * @param {readonly Round[]} rounds of one scenario and target
 * @returns {Figures}
 */
function figuresOf(rounds) {
  const requests = sum(rounds.map(({ measured }) => measured.requests));
  const of = (/** @type {keyof import('./load.mjs').Measured} */ name) =>
    median(rounds.map(({ measured }) => measured[name]));
  return {
    requestsPerSecond: requests / sum(rounds.map(({ measured }) => measured.seconds)),
    p50Us: of('p50Us'),
    p99Us: of('p99Us'),
    cpuUs: (sum(rounds.map(({ cpuSeconds }) => cpuSeconds ?? 0)) * 1e6) / requests,
    firstTokenP50Us: of('firstTokenP50Us'),
    firstTokenP99Us: of('firstTokenP99Us'),
    rssMb: (rounds.at(-1)?.rssBytes ?? 0) / 1e6,
  };
}

/**
 * Sums a run up.
 * `vs_minimal_*`: the gateway's requests per second as a share of the minimal proxy's; `cpu_vs_minimal_*`: its CPU per
 * request as a multiple; `cpu_32k_vs_1k`: a request that adds 1 KB to 31 KB of history, as a multiple of a first one of 1 KB.
 * @param {readonly Round[]} rounds
 */
export function summarise(rounds) {
  /** @type {Record<string, number>} */
  const ratios = {};
  /** @type {Record<string, Record<string, number>>} */
  const figures = {};
  /** @type {Record<string, number>} */
  const gatewayCpuUs = {};
  for (const scenario of new Set(rounds.map((round) => round.scenario))) {
    const through = (/** @type {import('./scenarios.mjs').Target} */ target) =>
      figuresOf(rounds.filter((round) => round.scenario === scenario && round.target === target));
    const [direct, minimal, gateway] = [through('direct'), through('minimal'), through('gateway')];
    gatewayCpuUs[scenario] = gateway.cpuUs;
    ratios[`vs_minimal_${scenario}`] = rounded(gateway.requestsPerSecond / minimal.requestsPerSecond);
    ratios[`cpu_vs_minimal_${scenario}`] = rounded(gateway.cpuUs / minimal.cpuUs);
    figures[scenario] = {
      directRequestsPerSecond: Math.round(direct.requestsPerSecond),
      minimalRequestsPerSecond: Math.round(minimal.requestsPerSecond),
      gatewayRequestsPerSecond: Math.round(gateway.requestsPerSecond),
      minimalCpuUs: rounded(minimal.cpuUs),
      gatewayCpuUs: rounded(gateway.cpuUs),
      minimalAddedP50Us: rounded(minimal.p50Us - direct.p50Us),
      gatewayAddedP50Us: rounded(gateway.p50Us - direct.p50Us),
      minimalAddedP99Us: rounded(minimal.p99Us - direct.p99Us),
      gatewayAddedP99Us: rounded(gateway.p99Us - direct.p99Us),
      ...(direct.firstTokenP50Us > 0 && {
        directFirstTokenP50Us: rounded(direct.firstTokenP50Us),
        minimalFirstTokenP50Us: rounded(minimal.firstTokenP50Us),
        gatewayFirstTokenP50Us: rounded(gateway.firstTokenP50Us),
        gatewayFirstTokenP99Us: rounded(gateway.firstTokenP99Us),
      }),
      minimalRssMb: rounded(minimal.rssMb),
      gatewayRssMb: rounded(gateway.rssMb),
    };
  }
  const [long, short] = [gatewayCpuUs['32k_c16'], gatewayCpuUs['1k_c16']];
  if (long !== undefined && short !== undefined) ratios.cpu_32k_vs_1k = rounded(long / short);
  return { name: 'gateway', ratios, figures };
}
