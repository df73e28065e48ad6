/**
 * @typedef {object} Scenario
 * @property {string} name as it stands in the ratios
 * @property {number} connections
 * @property {import('./prompts.mjs').Workload} workload
 * @property {import('./prompts.mjs').AnswerKind} answer
 */

/** @type {readonly Scenario[]} */
export const SCENARIOS = [
  { name: '1k_c1', connections: 1, workload: '1k', answer: 'json' },
  { name: '1k_c16', connections: 16, workload: '1k', answer: 'json' },
  { name: '1k_c64', connections: 64, workload: '1k', answer: 'json' },
  { name: '32k_c1', connections: 1, workload: '32k', answer: 'json' },
  { name: '32k_c16', connections: 16, workload: '32k', answer: 'json' },
  { name: 'stream_c16', connections: 16, workload: '1k', answer: 'burst' },
  { name: 'paced_c16', connections: 16, workload: '1k', answer: 'paced' },
];

/** What every scenario is sent through, in this order in each round. */
export const TARGETS = /** @type {const} */ (['direct', 'minimal', 'gateway']);

/** @typedef {typeof TARGETS[number]} Target */
