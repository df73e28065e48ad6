/** `npm run bench -- hostile [--streams <n>]`: memory of the gateway while clients misbehave; the last line is the summary as JSON. */
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { GATEWAY_KEY, startGateway, startProgram } from '../rig/children.mjs';
import { usageOf } from '../rig/process-usage.mjs';
import { disperse, idleConnections, slowUploads, stalledStreams } from './crowd.mjs';

const GROWTH_MAX_MIB = 64;
const HEAP_MAX_MIB = 128;
const SETTLE_MS = 1_500;
/** Each stream fills some megabytes of the kernel's buffers before it stalls: a slow machine gets fewer of them to stall in time. */
const STALL_WITHIN_MS = 90_000;
/** A gateway whose streams have all stalled does nothing: CPU seconds in a second, and for how long that is waited for. */
const STILL_CPU_SECONDS = 0.1;
const STILL_WITHIN_MS = 60_000;
/** None is cut off before it was measured: by default a client may stall for a minute. */
const NEVER_CUT_OFF = 'limits:\n  clientStallMs: 3600000\n';

const { values: options } = parseArgs({ options: { streams: { type: 'string', default: '1000' } } });
const streams = Number(options.streams);

/** @type {(() => Promise<void>)[]} */
const stops = [];
try {
  process.stdout.write(`${JSON.stringify(await measure())}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
} finally {
  for (const stop of stops.reverse()) await stop();
}

async function measure() {
  // A heap that is bounded is collected: what is left in memory is what the gateway holds on to, not what V8 is slow to return.
  process.env.NODE_OPTIONS = `--max-old-space-size=${HEAP_MAX_MIB}`;
  const upstream = await startProgram(new URL('endless-upstream.mjs', import.meta.url));
  stops.push(upstream.stop);
  const gateway = await startGateway(upstream.port, [], NEVER_CUT_OFF);
  stops.push(gateway.stop);
  const { port, pid } = gateway;
  /** @type {Record<string, number>} */
  const figures = { streams };
  const look = async (/** @type {string} */ name) => {
    await pause(SETTLE_MS);
    const startedMs = performance.now();
    await ask(port, 'hi');
    figures[`${name}HonestMs`] = Math.round(performance.now() - startedMs);
    figures[`${name}RssMib`] = rssMib(pid);
    process.stderr.write(
      `${name}: ${figures[`${name}RssMib`]} MiB, an honest client waited ${figures[`${name}HonestMs`]} ms\n`,
    );
  };

  for (let round = 0; round < 20; round += 1) await Promise.all(Array.from({ length: 50 }, () => ask(port, 'hi')));
  // The working set of a busy gateway is no growth: as many streams as it can serve go through whole.
  await Promise.all(Array.from({ length: 24 }, () => ask(port, 'endless')));
  await look('before');

  const idle = await idleConnections({ port, count: 5_000 });
  await look('idle');
  disperse(idle);

  const uploads = await slowUploads({ port, key: GATEWAY_KEY, count: 200, forMs: 2_000 });
  await look('uploads');
  disperse(uploads);

  await look('between');
  const stalled = await stalledStreams({ port, key: GATEWAY_KEY, count: streams, withinMs: STALL_WITHIN_MS });
  figures.streams = stalled.length;
  await untilStill(pid);
  await look('stalled');
  disperse(stalled);
  await look('after');

  const { betweenRssMib = 0, stalledRssMib = 0 } = figures;
  figures.growthMib = rounded(((stalledRssMib - betweenRssMib) * streams) / stalled.length);
  const ratios = { rss_growth_vs_limit: rounded(figures.growthMib / GROWTH_MAX_MIB) };
  return { name: 'hostile', ratios, ...(stalled.length < streams && { scaledFrom: stalled.length }), figures };
}

/** @param {number} pid */
async function untilStill(pid) {
  const cpu = () => usageOf(pid)?.cpuSeconds ?? 0;
  const endsMs = performance.now() + STILL_WITHIN_MS;
  for (let before = cpu(); performance.now() < endsMs; before = cpu()) {
    await pause(1_000);
    if (cpu() - before < STILL_CPU_SECONDS) return;
  }
  throw new Error(`streams had not stalled within ${STILL_WITHIN_MS} ms`);
}

/** @param {number} pid */
function rssMib(pid) {
  return rounded((usageOf(pid)?.rssBytes ?? 0) / 1_048_576);
}

/** @param {number} value */
function rounded(value) {
  return Math.round(value * 100) / 100;
}

/**
 * @param {number} port
 * @param {string} content
 */
async function ask(port, content) {
  const response = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${GATEWAY_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'm', stream: true, messages: [{ role: 'user', content }] }),
  });
  const text = await response.text();
  if (!text.endsWith('data: [DONE]\n\n'))
    throw new Error(`an honest client got ${response.status} and no whole answer`);
}
