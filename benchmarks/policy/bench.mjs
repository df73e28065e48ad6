/** `npm run bench -- policy`: what does a decision cost, compiled and by Cedar itself? The last line is the summary as JSON. */
import { loadPolicySets } from '@sallyport/policy';
import { median, quantile, rounded } from '../rig/statistics.mjs';
import { FINDING_TYPES, guardPolicies, questions } from './set.mjs';

const SIZES = [20, 200];
const QUESTIONS = questions(1_000);
const ROUNDS = 40;
const WARM_UP_ROUNDS = 20;
/** Cedar is some hundred times slower: a part of the questions, once. */
const CEDAR_QUESTIONS = QUESTIONS.slice(0, 200);

/** @param {() => void} work @returns microseconds of CPU */
function cpuUs(work) {
  const before = process.cpuUsage();
  work();
  const used = process.cpuUsage(before);
  return used.user + used.system;
}

/**
 * @param {number} size
 * @param {'compiled' | 'cedar'} evaluator
 */
function engineOf(size, evaluator) {
  const sources = { access: [], guard: [{ name: 'bench.cedar', text: guardPolicies(size) }] };
  const loaded = loadPolicySets(sources, { findingTypes: FINDING_TYPES, evaluator });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems[0]));
  return loaded.engine;
}

/**
 * Microseconds of CPU that one decision takes, from the question to the decision, the scene included: by round.
 * @param {import('@sallyport/policy').CedarPolicyEngine} engine
 * @param {{ asked: readonly import('@sallyport/core').GuardQuestion[], rounds: number, warmUp: number }} run
 */
function decisionUs(engine, { asked, rounds, warmUp }) {
  let held = 0;
  /** @type {number[]} */
  const times = [];
  for (let round = 0; round < warmUp + rounds; round++) {
    const took = cpuUs(() => {
      for (const question of asked) held += engine.guard(question).policies.length;
    });
    if (round >= warmUp) times.push(took / asked.length);
  }
  if (held === 0) throw new Error('no policy held: nothing was measured');
  return times;
}

/** @type {Record<string, number>} */
const figures = {};
/** @type {Record<string, number>} */
const ratios = {};
for (const size of SIZES) {
  const compiled = decisionUs(engineOf(size, 'compiled'), { asked: QUESTIONS, rounds: ROUNDS, warmUp: WARM_UP_ROUNDS });
  figures[`compiled_us_${size}`] = rounded(median(compiled));
  figures[`compiled_p90_us_${size}`] = rounded(quantile(compiled, 0.9));
  const cedar = decisionUs(engineOf(size, 'cedar'), { asked: CEDAR_QUESTIONS, rounds: 3, warmUp: 1 });
  figures[`cedar_us_${size}`] = rounded(median(cedar));
  ratios[`cedar_vs_compiled_${size}`] = rounded(median(cedar) / median(compiled));
}
for (const [name, value] of Object.entries(figures)) process.stdout.write(`${name.padEnd(28)} ${value}\n`);
process.stdout.write(`${JSON.stringify({ name: 'policy', ratios, figures })}\n`);
