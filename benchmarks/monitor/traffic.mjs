import { randomFrom } from '../rig/texts.mjs';

/** When these records begin, milliseconds since 1970. */
export const START_MS = Date.UTC(2026, 0, 1);

const RECEIPT = { lines: [], unseen: [], segments: 0, inspectedChars: 0, uninspectedChars: 0 };
const SIGNS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_';
const FINISH = /** @type {const} */ (['stop', 'stop', 'stop', 'stop', 'stop', 'length', 'tool_calls']);

/**
 * @typedef {object} Made
 * @property {number} n
 * @property {number} atMs
 * @property {() => number} random
 * @property {{ principals: number, models: number, tools: number }} population
 */

/**
 * The records of one exchange as far as signals read them, with a call now and then. What it is like depends on chance alone: nothing moves.
 * @param {Made} made
 * @returns {readonly import('@sallyport/core').AuditRecord[]}
 */
export function exchangeOf({ n, atMs, random, population }) {
  const who = n % population.principals;
  const at = new Date(atMs).toISOString();
  const model = `model-${n % population.models}`;
  const base = /** @type {const} */ ({
    v: 1,
    exchange: `0199c0de-0000-7000-8000-${String(n).padStart(12, '0')}`,
    at,
    // Every third one is an agent.
    principal: { kind: who % 3 === 0 ? 'agent' : 'user', id: `who-${who}`, tenant: 'default', groups: [] },
    resource: { kind: 'model', id: model, provider: 'mock', groups: [] },
    request: {
      protocol: 'openai-chat',
      route: `route-${n % 3}`,
      model,
      stream: false,
      tools: [],
      messages: 1,
      bodyBytes: 900,
    },
    session: { id: `ses_${who}`, by: 'trace' },
  });
  const totalMs = 400 * Math.exp(0.4 * normal(random));
  const share = (/** @type {number} */ p) => random() < p;
  const blocked = share(0.02);
  /** @type {import('@sallyport/core').ClosedRecord} */
  const closed = {
    ...base,
    kind: 'closed',
    outcome: blocked ? 'refused' : 'completed',
    status: 200,
    upstreamStatus: share(0.01) ? 500 : 200,
    upstream: { provider: 'mock', tries: 1 },
    decisions: [],
    receipt: RECEIPT,
    effect: blocked ? 'block' : 'allow',
    redacted: share(0.1) ? { email: 1 } : {},
    restored: 0,
    answer: {
      finishReasons: [share(0.03) ? 'refusal' : one(FINISH, random)],
      usage: { outputTokens: Math.ceil(totalMs / 4) },
    },
    releasedChars: Math.ceil(900 * Math.exp(0.6 * normal(random))),
    ms: { total: totalMs, beforeUpstream: 2, upstreamFirstByte: 2 + totalMs * (0.2 + 0.2 * random()), held: 0 },
  };
  // Of every tenth the words are those of the one before it.
  const spoken = randomFrom(share(0.1) ? who : n);
  /** @type {import('@sallyport/core').OpenedRecord} */
  const opened = {
    ...base,
    kind: 'opened',
    provider: 'mock',
    decisions: [],
    receipt: RECEIPT,
    effect: blocked ? 'block' : 'allow',
    redacted: {},
    body: String(n),
    sketch: Array.from({ length: 36 }, () => SIGNS[Math.floor(spoken() * SIGNS.length)]).join(''),
    detectors: 'd',
  };
  if (!share(0.3)) return [opened, closed];
  // Whoever calls has a handful of tools, the first of them most.
  const tool = `tool-${(who * 7 + Math.floor(random() * random() * 5)) % population.tools}`;
  return [opened, { ...base, kind: 'decided', tool, decisions: [], effect: share(0.02) ? 'block' : 'allow' }, closed];
}

/** @param {() => number} random */
function normal(random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/**
 * @template T
 * @param {readonly T[]} choices
 * @param {() => number} random
 */
function one(choices, random) {
  return /** @type {T} */ (choices[Math.floor(random() * choices.length)]);
}
