/**
 * `npm run bench -- streams [--quick] [--parts bulk,paced,first,idle] [--only <scenario>,...]`: what does a stream cost? The same streams come
 * straight from a mock model, through a minimal proxy, through nginx and through the gateway, in turn; the last line is the
 * summary as JSON.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { GATEWAY_KEY, startGateway, startLoad, startMinimalProxy, startProgram } from '../rig/children.mjs';
import { usageOf } from '../rig/process-usage.mjs';
import { hasNginx, startNginx } from './nginx.mjs';
import { FIRST_SCENARIOS, IDLE, OTHER_EVENTS, PROBE, TARGETS, WHOLE_SCENARIOS } from './scenarios.mjs';
import { summarise } from './summary.mjs';

const PARTS = /** @type {const} */ (['bulk', 'paced', 'first', 'idle']);
/** More than any scenario has streams. */
const CONNECTIONS_MAX = 16_384;
/**
 * Streams before anything is measured, by their length: the compiler works on for some thousands, and a stream costs a third
 * of what the first ones do when it is done.
 */
const WARM_UP = [
  { chunks: 200, streams: 4_000 },
  { chunks: 2_000, streams: 128 },
];
/** How many times fewer are enough for a look. */
const WARM_UP_QUICK = 16;
const FIRST_MS = 1_500;
/** Between one probe's end and the next one. */
const PROBE_GAP_MS = 10;
const IDLE_STREAMS = 10_000;
/** Files that a process has open beside its connections. */
const OTHER_FILES = 200;
const SETTLE_MS = 3_000;
/** A job that takes longer has got stuck. */
const JOB_WITHIN_MS = 120_000;

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    parts: { type: 'string', default: PARTS.join(',') },
    only: { type: 'string' },
    rounds: { type: 'string' },
    profile: { type: 'string' },
  },
});
const parts = options.parts.split(',');
const only = options.only?.split(',');
const roundsWanted = Number(options.rounds ?? (options.quick ? 1 : 3));

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

/**
 * @typedef {Partial<Record<import('./scenarios.mjs').Target, import('../rig/children.mjs').Child>>} Targets
 * @typedef {import('../rig/children.mjs').Load<import('./load.mjs').Job, import('./load.mjs').Measured>} Load
 */

async function main() {
  const unknown = parts.filter((part) => !PARTS.some((known) => known === part));
  if (unknown.length > 0) throw new Error(`no part \`${unknown.join('`, `')}\`; there are: ${PARTS.join(', ')}`);
  const upstream = await started(startProgram(new URL('upstream.mjs', import.meta.url)));
  /** @type {Targets} */
  const targets = { direct: upstream, minimal: await started(startMinimalProxy(upstream.port, CONNECTIONS_MAX)) };
  if (hasNginx()) targets.nginx = await started(startNginx(upstream.port));
  else process.stderr.write('skipped: nginx, which is not installed here\n');
  const profile = options.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${options.profile}`];
  targets.gateway = await started(startGateway(upstream.port, profile));
  /** @type {Load} */
  const load = startLoad(new URL('load.mjs', import.meta.url));
  stops.push(load.stop);

  await prove(targets, load);
  const rounds = [...(await wholeRounds(targets, load)), ...(await firstRounds(targets, load))];
  const idle = parts.includes('idle') ? await idleStreams(targets, load) : [];
  process.stdout.write(`${JSON.stringify(summarise(rounds, idle))}\n`);
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
 * Every event arrives through every target; the compiler gets its work done before anything is measured.
 * @param {Targets} targets
 * @param {Load} load
 */
async function prove(targets, load) {
  for (const { chunks, streams: all } of WARM_UP) {
    for (const target of TARGETS) {
      const streams = options.quick ? Math.max(16, all / WARM_UP_QUICK) : all;
      const work = { kind: /** @type {const} */ ('whole'), streams, connections: 16 };
      await measure(targets, load, {
        ...work,
        target,
        model: `bench-bulk-${chunks}`,
        eventsEach: chunks + OTHER_EVENTS,
      });
    }
  }
}

/**
 * Has the clients do a job through one target; throws when anything goes wrong.
 * @param {Targets} targets
 * @param {Load} load
 * @param {{ target: import('./scenarios.mjs').Target } & (Omit<import('./load.mjs').WholeJob, 'port' | 'key'> | Omit<import('./load.mjs').FirstJob, 'port' | 'key'> | Omit<import('./load.mjs').IdleJob, 'port' | 'key'>)} work
 */
async function measure(targets, load, { target, ...job }) {
  const child = targets[target];
  if (child === undefined) return undefined;
  const before = usageOf(child.pid);
  const late = new AbortController();
  const measured = await Promise.race([
    load.measure({ ...job, port: child.port, key: GATEWAY_KEY }),
    pause(JOB_WITHIN_MS, undefined, { signal: late.signal }),
  ]);
  late.abort();
  const after = usageOf(child.pid);
  if (measured === undefined) throw new Error(`${job.model} through ${target}: no end within ${JOB_WITHIN_MS} ms`);
  if (measured.errors > 0) throw new Error(`${job.model} through ${target}: ${measured.errors} streams failed`);
  return { measured, cpuSeconds: before && after && after.cpuSeconds - before.cpuSeconds, rssBytes: after?.rssBytes };
}

/**
 * @param {Targets} targets
 * @param {Load} load
 */
async function wholeRounds(targets, load) {
  /** @type {import('./summary.mjs').Round[]} */
  const done = [];
  for (const { name, part, chunks, rounds = roundsWanted, ...work } of WHOLE_SCENARIOS) {
    if (!isWanted(part, name) || (options.quick && rounds !== roundsWanted)) continue;
    for (let round = 0; round < Math.min(rounds, roundsWanted); round += 1) {
      for (const target of TARGETS) {
        const result = await measure(targets, load, { kind: 'whole', target, ...work });
        if (result !== undefined) done.push({ part, scenario: name, target, chunks: chunks * work.streams, ...result });
      }
    }
    show(name, done);
  }
  return done;
}

/**
 * @param {Targets} targets
 * @param {Load} load
 */
async function firstRounds(targets, load) {
  /** @type {import('./summary.mjs').Round[]} */
  const done = [];
  for (const { name, connections, model } of FIRST_SCENARIOS) {
    if (!isWanted('first', name)) continue;
    const work = { kind: /** @type {const} */ ('first'), connections, model, probe: PROBE };
    for (let round = 0; round < roundsWanted; round += 1) {
      for (const target of TARGETS) {
        const times = { durationMs: FIRST_MS, gapMs: PROBE_GAP_MS };
        const result = await measure(targets, load, { ...work, ...times, target });
        if (result !== undefined) done.push({ part: 'first', scenario: name, target, chunks: 0, ...result });
      }
    }
    show(`first_${name}`, done);
  }
  return done;
}

/**
 * @param {Targets} targets
 * @param {Load} load
 * @returns {Promise<import('./summary.mjs').Idle[]>}
 */
async function idleStreams(targets, load) {
  const possible = Math.floor((openFilesMax() - OTHER_FILES) / 2);
  const streams = Math.min(options.quick ? IDLE_STREAMS / 5 : IDLE_STREAMS, possible);
  if (possible < IDLE_STREAMS) {
    process.stderr.write(`idle: ${streams} streams, as many as a process may have connections for here\n`);
  }
  const done = [];
  for (const target of /** @type {const} */ (['minimal', 'gateway'])) {
    const { pid } = /** @type {import('../rig/children.mjs').Child} */ (targets[target]);
    const beforeBytes = usageOf(pid)?.rssBytes ?? 0;
    await measure(targets, load, { kind: 'idle', target, streams, model: IDLE });
    await pause(SETTLE_MS);
    const rssBytes = usageOf(pid)?.rssBytes ?? 0;
    const { errors } = await load.measure({ kind: 'hang-up' });
    if (errors > 0) throw new Error(`${errors} idle streams did not stay open through ${target}`);
    done.push({ target, streams, beforeBytes, rssBytes });
    // What hung up is cleared away before another is measured.
    await pause(SETTLE_MS);
  }
  return done;
}

/** @returns {number} files that one process may have open; node raises its own limit to the highest that it may */
function openFilesMax() {
  const limits = readFileSync('/proc/self/limits', 'latin1');
  const [, , hard = ''] = /^Max open files +(\S+) +(\S+)/m.exec(limits) ?? [];
  return hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard);
}

/**
 * @param {string} part
 * @param {string} name
 */
function isWanted(part, name) {
  return parts.includes(part) && (only === undefined || only.includes(name));
}

/**
 * @param {string} name
 * @param {readonly import('./summary.mjs').Round[]} rounds
 */
function show(name, rounds) {
  const own = summarise(
    rounds.filter(({ part, scenario }) => name === (part === 'first' ? `first_${scenario}` : scenario)),
  );
  process.stderr.write(`${name}\n`);
  for (const [figure, value] of Object.entries({ ...own.figures[name], ...own.ratios })) {
    process.stderr.write(`  ${figure.padEnd(30)} ${value}\n`);
  }
}
