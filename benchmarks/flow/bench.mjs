/** `npm run bench -- flow`: what does it cost to know where a value came from? The last line is the summary as JSON. */
import { createFlow, flowPolicies, messageRef } from '@sallyport/flow';
import { median, quantile, rounded } from '../rig/statistics.mjs';
import { keyed, sessionOf, TOOLS } from './session.mjs';

const LENGTHS = [10, 50, 200, 500];
const TURNS = 200;
/** Sessions between which the turns are shared out, so that no single one decides. */
const SESSIONS = 20;
const WARM_UP_SESSIONS = 4;

/** @typedef {{ known: number[], hashed: number[], cold: number[] }} Times microseconds of CPU */

/** @param {() => void} work */
function cpuUs(work) {
  const before = process.cpuUsage();
  work();
  const used = process.cpuUsage(before);
  return used.user + used.system;
}

/**
 * @param {number} length messages before the first turn that is measured
 * @returns {Times}
 */
function measure(length) {
  /** @type {Times} */
  const times = { known: [], hashed: [], cold: [] };
  const turns = TURNS / SESSIONS;
  for (let session = -WARM_UP_SESSIONS; session < SESSIONS; session++) {
    const { messages, addresses } = sessionOf(Math.ceil(length / 2) + turns, length * 1000 + session);
    const refs = keyed(messages);
    const flow = createFlow();
    const hashing = createFlow();
    const cold = cpuUs(() => void flow.label({ messages: refs.slice(0, length), tools: TOOLS }));
    hashing.label({ messages: messages.slice(0, length).map(messageRef), tools: TOOLS });
    if (session >= 0) times.cold.push(cold / length);
    for (let turn = 1; turn <= turns; turn++) {
      const until = length + turn * 2;
      const to = addresses[Math.floor(until / 2) - 1] ?? '';
      const call = {
        tool: 'send_email',
        arguments: JSON.stringify({ to: [to], subject: 'Your mail', body: `I write about it to ${to}.` }),
      };
      const decide = (
        /** @type {import('@sallyport/flow').Transcript} */ transcript,
        /** @type {typeof flow} */ by,
      ) => {
        const { facts } = by.label(transcript).trace(call);
        flowPolicies.tiered({ facts, sessionRisk: 0 });
      };
      const known = cpuUs(() => decide({ messages: refs.slice(0, until), tools: TOOLS }, flow));
      const hashed = cpuUs(() => decide({ messages: messages.slice(0, until).map(messageRef), tools: TOOLS }, hashing));
      if (session < 0) continue;
      times.known.push(known);
      times.hashed.push(hashed);
    }
  }
  return times;
}

measure(LENGTHS[0] ?? 10);
const measured = LENGTHS.map((length) => ({ length, times: measure(length) }));
const figures = Object.fromEntries(
  measured.flatMap(({ length, times }) => [
    [`known_${length}_us`, rounded(median(times.known))],
    [`known_${length}_p99_us`, rounded(quantile(times.known, 0.99))],
    [`hashed_${length}_us`, rounded(median(times.hashed))],
    [`cold_${length}_us_per_message`, rounded(median(times.cold))],
  ]),
);
for (const [name, value] of Object.entries(figures)) process.stdout.write(`${name.padEnd(28)} ${value}\n`);
const ratios = { turn_500_vs_10: rounded((figures.known_500_us ?? 0) / (figures.known_10_us ?? 1)) };
process.stdout.write(`${JSON.stringify({ name: 'flow', ratios, figures })}\n`);
