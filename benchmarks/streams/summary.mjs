import { median, rounded, sum } from '../rig/statistics.mjs';
import { TARGETS } from './scenarios.mjs';

const MIB = 1_048_576;
/** Idle streams that the memory is stated for. */
const IDLE_STREAMS = 10_000;

/**
 * One scenario sent through one target, once.
 * @typedef {object} Round
 * @property {'bulk' | 'paced' | 'first'} part
 * @property {string} scenario
 * @property {import('./scenarios.mjs').Target} target
 * @property {number} chunks that carried text
 * @property {import('./load.mjs').Measured} measured
 * @property {number | undefined} cpuSeconds of the target's process in this round
 * @property {number | undefined} rssBytes at its end
 *
 * Memory of one target before and with idle streams.
 * @typedef {object} Idle
 * @property {import('./scenarios.mjs').Target} target
 * @property {number} streams
 * @property {number} beforeBytes
 * @property {number} rssBytes
 *
 * @typedef {object} Figures of one scenario through one target
 * @property {number} cpuUs per chunk, of the target's process
 * @property {number} chunksPerSecond
 * @property {number} firstTextMs request to the first text
 * @property {number} firstTextP99Ms
 * @property {number} firstTexts chunks that came with the first text
 * @property {number} rssMib after its last round
 */

/**
 * @param {readonly Round[]} rounds of one scenario and target, at least one
 * @returns {Figures}
 */
function figuresOf(rounds) {
  const chunks = sum(rounds.map((round) => round.chunks));
  const of = (/** @type {keyof import('./load.mjs').Measured} */ name) =>
    median(rounds.map(({ measured }) => measured[name]));
  return {
    cpuUs: (sum(rounds.map(({ cpuSeconds }) => cpuSeconds ?? 0)) * 1e6) / chunks,
    chunksPerSecond: chunks / sum(rounds.map(({ measured }) => measured.seconds)),
    firstTextMs: of('firstTextP50Ms'),
    firstTextP99Ms: of('firstTextP99Ms'),
    firstTexts: of('firstTexts'),
    rssMib: (rounds.at(-1)?.rssBytes ?? 0) / MIB,
  };
}

/**
 * @param {readonly Round[]} rounds
 * @returns {Map<string, Partial<Record<import('./scenarios.mjs').Target, Figures>>>} by scenario
 */
function byScenario(rounds) {
  return new Map(
    [...new Set(rounds.map(({ scenario }) => scenario))].map((scenario) => {
      /** @type {Partial<Record<import('./scenarios.mjs').Target, Figures>>} */
      const through = {};
      for (const target of TARGETS) {
        const own = rounds.filter((round) => round.scenario === scenario && round.target === target);
        if (own.length > 0) through[target] = figuresOf(own);
      }
      return [scenario, through];
    }),
  );
}

/**
 * CPU per chunk of a whole part, every scenario counting alike.
 * @param {readonly Round[]} rounds
 * @returns {Record<string, number>}
 */
function cpuRatios(rounds) {
  /** @type {Record<string, number>} */
  const ratios = {};
  for (const part of /** @type {const} */ (['bulk', 'paced'])) {
    const scenarios = [...byScenario(rounds.filter((round) => round.part === part)).values()];
    const cpuUs = (/** @type {import('./scenarios.mjs').Target} */ target) =>
      sum(scenarios.map((through) => through[target]?.cpuUs ?? 0));
    for (const other of /** @type {const} */ (['minimal', 'nginx'])) {
      if (cpuUs(other) > 0) ratios[`cpu_chunk_vs_${other}_${part}`] = rounded(cpuUs('gateway') / cpuUs(other));
    }
  }
  return ratios;
}

/**
 * Memory with 10,000 idle streams; with fewer, what they added counts as many times.
 * @param {Idle} idle
 */
const idleRssMib = ({ streams, beforeBytes, rssBytes }) =>
  rounded((beforeBytes + ((rssBytes - beforeBytes) * IDLE_STREAMS) / streams) / MIB);

/** @param {Partial<Record<import('./scenarios.mjs').Target, Figures>>} through */
function wholeFigures(through) {
  /** @type {Record<string, number>} */
  const figures = {};
  for (const [target, its] of Object.entries(through)) {
    figures[`${target}ChunksPerSecond`] = Math.round(its.chunksPerSecond);
    figures[`${target}FirstTextMs`] = rounded(its.firstTextMs);
    figures[`${target}FirstTexts`] = its.firstTexts;
    // What the mock itself costs is no figure of anything.
    if (target === 'direct') continue;
    figures[`${target}CpuUs`] = rounded(its.cpuUs);
    figures[`${target}RssMib`] = rounded(its.rssMib);
  }
  return figures;
}

/** @param {Partial<Record<import('./scenarios.mjs').Target, Figures>>} through */
function firstFigures(through) {
  /** @type {Record<string, number>} */
  const figures = {};
  for (const [target, its] of Object.entries(through)) {
    figures[`${target}FirstTextMs`] = rounded(its.firstTextMs);
    figures[`${target}FirstTextP99Ms`] = rounded(its.firstTextP99Ms);
  }
  return figures;
}

/**
 * Sums a run up.
 * `cpu_chunk_vs_<other>_<part>`: the gateway's CPU per chunk as a multiple of another proxy's; `ttft_added_ms_c<n>`: what the
 * gateway adds to the way straight to the model until the first text, while n - 1 other streams go on, at the median;
 * `ttft_over_minimal_ms_c<n>`: the same over the minimal proxy; `idle_10k_rss_mib`: its memory with 10,000 idle streams.
 * @param {readonly Round[]} rounds
 * @param {readonly Idle[]} idle
 */
export function summarise(rounds, idle = []) {
  const ratios = cpuRatios(rounds);
  /** @type {Record<string, Record<string, number>>} */
  const figures = {};
  for (const [scenario, through] of byScenario(rounds.filter(({ part }) => part === 'first'))) {
    const { direct, minimal, gateway } = through;
    if (direct === undefined || minimal === undefined || gateway === undefined) continue;
    ratios[`ttft_added_ms_${scenario}`] = rounded(gateway.firstTextMs - direct.firstTextMs);
    ratios[`ttft_over_minimal_ms_${scenario}`] = rounded(gateway.firstTextMs - minimal.firstTextMs);
    figures[`first_${scenario}`] = firstFigures(through);
  }
  for (const [scenario, through] of byScenario(rounds.filter(({ part }) => part !== 'first'))) {
    figures[scenario] = wholeFigures(through);
  }
  for (const each of idle) {
    const { target, streams, beforeBytes, rssBytes } = each;
    if (target === 'gateway') ratios.idle_10k_rss_mib = idleRssMib(each);
    figures[`idle_${target}`] = {
      streams,
      rss10kMib: idleRssMib(each),
      streamKib: rounded((rssBytes - beforeBytes) / streams / 1_024),
    };
  }
  return { name: 'streams', ratios, figures };
}
