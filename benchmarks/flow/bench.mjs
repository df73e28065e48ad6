/** `npm run bench -- flow`: what does it cost to know where a value came from? The last line is the summary as JSON. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { toolGroups } from '@sallyport/core';
import { createFlow, messageRef } from '@sallyport/flow';
import { loadPolicySets, starterFolder } from '@sallyport/policy';
import { runNode } from '../../scripts/workspace.mjs';
import { median, quantile, rounded } from '../rig/statistics.mjs';
import { sessionOf, TOOLS } from './session.mjs';

const LENGTHS = [10, 50, 200, 500];
const TURNS = 200;
/** Sessions between which the turns are shared out, so that no single one decides. */
const SESSIONS = 20;
const WARM_UP_SESSIONS = 4;
const WARM_UP_ROUNDS = 12;
const WARM_UP_LENGTH = 50;

/** @param {() => void} work */
function cpuUs(work) {
  const before = process.cpuUsage();
  work();
  const used = process.cpuUsage(before);
  return used.user + used.system;
}

/**
 * @param {number} length messages before the first turn that is measured
 * @param {(messages: readonly import('@sallyport/core').Message[]) => () => readonly import('@sallyport/core').MessageRef[]} prepare
 * gives what is done to the messages in every turn; what it does itself is not measured
 * @returns {{ turns: number[], calls: number[], cold: number[] }} microseconds of CPU: of each turn, of its call alone, and of a
 * session's first labels by message
 */
function measure(length, prepare) {
  /** @type {{ turns: number[], calls: number[], cold: number[] }} */
  const times = { turns: [], calls: [], cold: [] };
  const turns = TURNS / SESSIONS;
  // Made beforehand, so that what is measured does not collect the garbage of making them.
  const sessions = Array.from({ length: WARM_UP_SESSIONS + SESSIONS }, (_, at) =>
    sessionOf(Math.ceil(length / 2) + turns, length * 1000 + at),
  );
  for (const [at, { messages, addresses }] of sessions.entries()) {
    const session = at - WARM_UP_SESSIONS;
    const flow = createFlow();
    const first = prepare(messages.slice(0, length));
    const cold = cpuUs(() => void flow.label({ messages: first(), tools: TOOLS }));
    if (session >= 0) times.cold.push(cold / length);
    for (let turn = 1; turn <= turns; turn++) {
      const until = length + turn * 2;
      const to = addresses[Math.floor(until / 2) - 1] ?? '';
      const given = { to: [to], subject: 'Your mail', body: `I write about it to ${to}.` };
      const call = { tool: 'send_email', arguments: JSON.stringify(given) };
      const refer = prepare(messages.slice(0, until));
      /** @type {import('@sallyport/core').FlowLabels[]} */
      const made = [];
      const labelled = cpuUs(() => void made.push(flow.label({ messages: refer(), tools: TOOLS })));
      const traced = cpuUs(() => {
        for (const labels of made) decide(labels.trace(call).facts);
      });
      if (session < 0) continue;
      times.turns.push(labelled + traced);
      times.calls.push(traced);
    }
  }
  return times;
}

const starter = readFileSync(`${starterFolder('baseline')}/guard/flow.cedar`, 'utf8');
const loaded = loadPolicySets({ access: [], guard: [{ name: 'flow.cedar', text: starter }] });
if (!loaded.ok) throw new Error('the starter policies do not load');
const { engine } = loaded;
const request = { protocol: '', route: '', model: '', stream: false, tools: [], messages: 1, bodyBytes: 0 };

/** @param {import('@sallyport/core').FlowFacts} facts */
function decide(facts) {
  engine.guard({
    principal: { kind: 'agent', id: 'a', tenant: 't', groups: [] },
    point: 'tool-call',
    resource: { kind: 'tool', id: facts.tool.name, groups: toolGroups(facts) },
    context: { request, findings: [], unseen: [], unchecked: [], flow: facts },
  });
}

/** Messages under keys that are made once, as the slices of a request have them. @type {WeakMap<import('@sallyport/core').Message, import('@sallyport/core').MessageRef>} */
const keys = new WeakMap();
/** @param {readonly import('@sallyport/core').Message[]} messages */
function keyed(messages) {
  const refs = messages.map((message) => {
    const { key, read } = keys.get(message) ?? messageRef(message);
    const ref = { key, read };
    keys.set(message, ref);
    return ref;
  });
  return () => refs;
}

/** Messages that are hashed when they are looked up. @param {readonly import('@sallyport/core').Message[]} messages */
function unkeyed(messages) {
  return () => messages.map(messageRef);
}

/** @param {number} length */
function figuresOf(length) {
  // A gateway runs for weeks: what the compiler has not seen often costs three times as much.
  for (let round = 0; round < WARM_UP_ROUNDS; round++) measure(WARM_UP_LENGTH, keyed);
  const known = measure(length, keyed);
  const hashed = measure(length, unkeyed);
  return {
    [`known_${length}_us`]: rounded(median(known.turns)),
    [`known_${length}_p99_us`]: rounded(quantile(known.turns, 0.99)),
    [`call_${length}_us`]: rounded(median(known.calls)),
    [`hashed_${length}_us`]: rounded(median(hashed.turns)),
    [`cold_${length}_us_per_message`]: rounded(median(known.cold)),
  };
}

const { values: options } = parseArgs({ options: { length: { type: 'string' } } });
if (options.length !== undefined) {
  process.stdout.write(`${JSON.stringify(figuresOf(Number(options.length)))}\n`);
} else {
  /** @type {Record<string, number>} */
  const figures = {};
  for (const length of LENGTHS) {
    // In a process of its own: what another length left would be collected here.
    const args = [fileURLToPath(import.meta.url), '--length', String(length)];
    const { code, output } = await runNode(args, { quiet: true });
    if (code !== 0) throw new Error(`the measurement of ${length} messages ended with ${code}`);
    Object.assign(figures, JSON.parse(output.trim().split('\n').at(-1) ?? '{}'));
  }
  for (const [name, value] of Object.entries(figures)) process.stdout.write(`${name.padEnd(28)} ${value}\n`);
  const ratios = { turn_500_vs_10: rounded((figures.known_500_us ?? 0) / (figures.known_10_us ?? 1)) };
  process.stdout.write(`${JSON.stringify({ name: 'flow', ratios, figures })}\n`);
}
