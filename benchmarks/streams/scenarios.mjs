/**
 * @typedef {object} WholeScenario streams from beginning to end
 * @property {string} name as it stands in the figures
 * @property {'bulk' | 'paced'} part
 * @property {number} connections streams at once
 * @property {number} streams in one round
 * @property {number} chunks that carry text, in each stream
 * @property {string} model what the upstream makes of it
 * @property {number} [rounds] where one takes long
 *
 * @typedef {object} FirstScenario the first text of one stream while others go on
 * @property {string} name
 * @property {number} connections
 * @property {string} model of those that go on
 */

/** Events beside those that carry text: the role, the end, the usage, `[DONE]`. */
export const OTHER_EVENTS = 4;
/** A stream whose first text is waited for: it comes at once, so that nothing is pending. */
export const PROBE = 'bench-bulk-32';
export const IDLE = 'bench-idle';

/**
 * @param {number} chunks
 * @param {number} connections
 * @param {{ streams: number, rounds?: number }} size
 * @returns {WholeScenario}
 */
const bulk = (chunks, connections, size) => ({
  name: `bulk_${chunks}_c${connections}`,
  part: 'bulk',
  connections,
  chunks,
  model: `bench-bulk-${chunks}`,
  ...size,
});

/** @type {readonly WholeScenario[]} */
export const WHOLE_SCENARIOS = [
  bulk(200, 1, { streams: 320 }),
  bulk(200, 16, { streams: 640 }),
  bulk(200, 64, { streams: 640 }),
  bulk(200, 512, { streams: 1_024 }),
  bulk(2_000, 1, { streams: 32 }),
  bulk(2_000, 16, { streams: 64 }),
  bulk(2_000, 64, { streams: 64 }),
  bulk(2_000, 512, { streams: 512, rounds: 1 }),
  { name: 'paced_200_c64', part: 'paced', connections: 64, streams: 128, chunks: 200, model: 'bench-paced-200-5' },
];

/** @type {readonly FirstScenario[]} */
export const FIRST_SCENARIOS = [
  { name: 'c1', connections: 1, model: 'bench-paced-2000-10' },
  { name: 'c16', connections: 16, model: 'bench-paced-2000-10' },
  { name: 'c64', connections: 64, model: 'bench-paced-2000-10' },
  // As many events a second altogether as the one before: some 6,400.
  { name: 'c512', connections: 512, model: 'bench-paced-2000-80' },
];

/** What everything is sent through, in this order in each round; nginx where it is installed. */
export const TARGETS = /** @type {const} */ (['direct', 'minimal', 'nginx', 'gateway']);

/** @typedef {typeof TARGETS[number]} Target */
