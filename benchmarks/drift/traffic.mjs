/** Made-up weeks of an agent's traffic, as records: seeded, so that every run sees the same. */
import { randomFrom } from '../rig/texts.mjs';

const HOUR_MS = 3_600_000;
export const WEEK_MS = 168 * HOUR_MS;
export const START_MS = Date.UTC(2026, 0, 5);

/**
 * @typedef {object} Change What differs once it has moved; 1 or nothing is as before.
 * @property {number} [latency] factor
 * @property {number} [output] factor
 * @property {number} [refusal] share of answers
 * @property {number} [length] share of answers that end for their length
 * @property {number} [newTool] share of calls that go to a tool which never was
 * @property {boolean} [order] tools in another order, each as often
 */

/**
 * @typedef {object} Traffic How it scatters.
 * @property {boolean} [seasonal] days and nights differ
 * @property {number} [days] how much whole days differ from each other, standard deviation of logarithms
 * @property {{ count: number, zipf: boolean }} [tools] so many, called in no order, the nth 1 / n times as often as the first or each as often; four in one order unless it is said
 * @property {number} [correlation] of an exchange with the one before, 0..1
 */

const TOOLS = ['list', 'read', 'read-more', 'write'];
const OTHERS = ['list', 'read-more', 'read', 'write'];
const SCENE = {
  v: 1,
  principal: { kind: 'agent', id: 'bot', tenant: 'default', groups: [] },
  request: {
    protocol: 'openai-chat',
    route: 'default',
    model: 'model-a',
    stream: false,
    tools: [],
    messages: 1,
    bodyBytes: 100,
  },
};
const RECEIPT = { lines: [], unseen: [], segments: 0, inspectedChars: 0, uninspectedChars: 0 };

/** @param {() => number} random */
function normal(random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** @param {{ count: number, zipf: boolean }} tools @param {() => number} random @returns {() => string} */
function anyOf({ count, zipf }, random) {
  const weights = Array.from({ length: count }, (_, nth) => (zipf ? 1 / (nth + 1) : 1));
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  return () => {
    let left = random() * all;
    const nth = weights.findIndex((weight) => {
      left -= weight;
      return left < 0;
    });
    return `tool-${nth}`;
  };
}

/**
 * A week of it: each exchange ends with a record, and half of them make a call before.
 * @param {{ seed: number, week: number, exchanges: number, traffic: Traffic, change?: Change, changeAtMs?: number }} options
 */
export function* weekOf({ seed, week, exchanges, traffic, change = {}, changeAtMs = Number.POSITIVE_INFINITY }) {
  const random = randomFrom(seed);
  const { seasonal = false, days = 0, correlation = 0 } = traffic;
  const toolOf = traffic.tools && anyOf(traffic.tools, random);
  const fromMs = START_MS + week * WEEK_MS;
  const ofDay = Array.from({ length: 7 }, () => days * normal(random));
  let state = 0;
  let nth = 0;
  for (let at = 0; at < exchanges; at += 1) {
    const atMs = Math.floor(fromMs + ((at + random()) * WEEK_MS) / exchanges);
    const moved = atMs >= changeAtMs ? change : {};
    const hour = Math.floor((atMs - fromMs) / HOUR_MS);
    const day = seasonal ? 0.5 * Math.sin((2 * Math.PI * hour) / 24) : 0;
    state = correlation * state + Math.sqrt(1 - correlation ** 2) * normal(random);
    const slow = Math.exp(0.5 * state + day + (ofDay[Math.floor(hour / 24)] ?? 0));
    const exchange = `x${week}-${at}`;
    const time = new Date(atMs).toISOString();
    if (random() < 0.5) {
      const order = moved.order === true ? OTHERS : TOOLS;
      const tool = random() < (moved.newTool ?? 0) ? 'send' : (toolOf?.() ?? order[nth % 4] ?? '');
      yield {
        ...SCENE,
        kind: 'decided',
        exchange,
        at: time,
        tool,
        decisions: [],
        effect: 'allow',
        session: { id: `s${Math.floor(nth / 12)}`, by: 'trace' },
      };
      nth += 1;
    }
    const draw = random();
    const refusal = moved.refusal ?? 0.02;
    const finish = draw < refusal ? 'refusal' : draw < refusal + (moved.length ?? 0.1) ? 'length' : 'stop';
    const chars = Math.round(800 * Math.exp(0.6 * normal(random)) * (moved.output ?? 1));
    const total = 400 * slow * (moved.latency ?? 1);
    yield {
      ...SCENE,
      kind: 'closed',
      exchange,
      at: time,
      outcome: random() < 0.01 ? 'upstream-failed' : 'completed',
      status: 200,
      decisions: [],
      receipt: RECEIPT,
      effect: random() < 0.03 ? 'block' : 'allow',
      redacted: random() < 0.05 ? { email: 1 } : {},
      restored: 0,
      answer: { finishReasons: [finish], usage: { outputTokens: Math.round(chars / 4) } },
      releasedChars: chars,
      ms: { total, beforeUpstream: 5, upstreamFirstByte: 5 + total / 4, held: 0 },
    };
  }
}
