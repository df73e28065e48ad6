/**
 * `npm run bench -- gateway [--quick] [--only <scenario>,...]`: what does the gateway cost? The same work goes straight to a mock
 * model, through a minimal proxy, and through the gateway with everything on, in turn; the last line is the summary as JSON.
 */
import { parseArgs } from 'node:util';
import { GATEWAY_KEY, startGateway, startLoad, startMinimalProxy, startProgram } from '../rig/children.mjs';
import { usageOf } from '../rig/process-usage.mjs';
import { startIssuer } from './identity.mjs';
import { SCENARIOS, TARGETS } from './scenarios.mjs';
import { summarise } from './summary.mjs';

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string' }, rounds: { type: 'string' } },
});
const rounds = Number(options.rounds ?? (options.quick ? 1 : 4));
const durationMs = 500;
const warmUpMs = options.quick ? 400 : 800;
const firstWarmUpMs = options.quick ? 3_000 : 40_000;
/** What the compiler gets to see before anything is measured: it takes some ten thousand exchanges until their cost no longer falls. */
const FIRST_WORK = /** @type {const} */ ({ connections: 16, workload: '1k', answer: 'json' });
const wanted = options.only?.split(',');
const scenarios = SCENARIOS.filter(({ name }) => wanted === undefined || wanted.includes(name));

/** @type {(() => Promise<void>)[]} */
const stops = [];
try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
} finally {
  for (const stop of stops.reverse()) await stop();
}

async function main() {
  const upstream = await started(startProgram(new URL('upstream.mjs', import.meta.url)));
  const minimal = await started(startMinimalProxy(upstream.port));
  const issuer = await startIssuer();
  stops.push(issuer.stop);
  const gateway = await started(startGateway(upstream.port, [], issuer.configuration));
  /** @type {import('../rig/children.mjs').Load<import('./load.mjs').Job, import('./load.mjs').Measured>} */
  const load = startLoad(new URL('load.mjs', import.meta.url));
  stops.push(load.stop);
  const targets = { direct: upstream, minimal, gateway };
  for (const { port } of [minimal, gateway]) {
    for (const key of [GATEWAY_KEY, issuer.token]) {
      await load.measure({ port, key, ...FIRST_WORK, durationMs: firstWarmUpMs / 2 });
    }
  }

  /** @type {import('./summary.mjs').Round[]} */
  const done = [];
  for (const scenario of scenarios) {
    for (let round = -1; round < rounds; round += 1) {
      for (const target of TARGETS) {
        const { port, pid } = targets[target];
        const before = usageOf(pid);
        const { name, ...work } = scenario;
        const key = round % 2 === 0 ? GATEWAY_KEY : issuer.token;
        const job = { ...work, port, key, durationMs: round < 0 ? warmUpMs : durationMs };
        const measured = await load.measure(job);
        if (measured.errors > 0) throw new Error(`${name} through ${target}: ${measured.errors} requests failed`);
        if (measured.requests === 0) throw new Error(`${name} through ${target}: no request was answered`);
        const after = usageOf(pid);
        if (round < 0) continue;
        const cpuSeconds = before && after && after.cpuSeconds - before.cpuSeconds;
        done.push({ scenario: name, target, measured, cpuSeconds, rssBytes: after?.rssBytes });
      }
    }
    show(scenario.name, done);
  }
  process.stdout.write(`${JSON.stringify(summarise(done))}\n`);
}

/**
 * @param {Promise<import('../rig/children.mjs').Child>} starting
 */
async function started(starting) {
  const child = await starting;
  stops.push(child.stop);
  return child;
}

/**
 * @param {string} scenario
 * @param {readonly import('./summary.mjs').Round[]} done
 */
function show(scenario, done) {
  const { figures } = summarise(done.filter((round) => round.scenario === scenario));
  process.stderr.write(`${scenario}\n`);
  for (const [name, value] of Object.entries(figures[scenario] ?? {})) {
    process.stderr.write(`  ${name.padEnd(26)} ${value}\n`);
  }
}
