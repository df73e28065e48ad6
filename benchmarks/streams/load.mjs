/**
 * The clients: a process of its own, raw sockets. It takes one job after another from its parent and answers each with what
 * it measured.
 */
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { median, quantile } from '../rig/statistics.mjs';
import { textSource } from '../rig/texts.mjs';
import { StreamReader } from './stream-reader.mjs';

/**
 * @typedef {object} Place where the streams come from
 * @property {number} port
 * @property {string} key gateway key
 *
 * @typedef {{ kind: 'whole', streams: number, connections: number, model: string, eventsEach?: number } & Place} WholeJob
 * So many streams from beginning to end, so many at once. `eventsEach`: each must have as many events.
 * @typedef {{ kind: 'first', connections: number, model: string, probe: string, durationMs: number, gapMs: number } & Place} FirstJob
 * One stream after the other until its first text and end, while `connections - 1` others go on.
 * @typedef {{ kind: 'idle', streams: number, model: string } & Place} IdleJob
 * So many streams that are kept open, each with its first words. Ended by `{ kind: 'hang-up' }`.
 * @typedef {WholeJob | FirstJob | IdleJob | { kind: 'hang-up' }} Job
 *
 * @typedef {object} Measured
 * @property {number} streams that came as they should
 * @property {number} errors
 * @property {number} seconds
 * @property {number} firstTextP50Ms request to the first text
 * @property {number} firstTextP99Ms
 * @property {number} firstTexts pieces of text that came with the first, at the median
 */

/** Connections that are opened at a time: a listen queue is finite. */
const OPENED_AT_ONCE = 100;
const PROMPT_CHARS = 400;

let seeds = 0;
/** @type {net.Socket[]} */
let idle = [];

/**
 * @param {Place} place
 * @param {string} model
 * @returns {() => Buffer} the next request, like none before
 */
function requests({ port, key }, model) {
  seeds += 1;
  const text = textSource(seeds);
  return () => {
    const body =
      `{"model":"${model}","stream":true,"stream_options":{"include_usage":true},` +
      `"messages":[{"role":"user","content":"${text(PROMPT_CHARS)}"}]}`;
    return Buffer.from(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer ${key}\r\n` +
        `content-type: application/json\r\nuser-agent: bench\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      'latin1',
    );
  };
}

/**
 * @param {number} port
 * @returns {Promise<net.Socket>}
 */
function connect(port) {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject).on('error', () => undefined);
      resolve(socket);
    });
  });
}

/**
 * @param {number} port
 * @param {number} count
 */
async function connectAll(port, count) {
  /** @type {net.Socket[]} */
  const sockets = [];
  while (sockets.length < count) {
    const batch = Math.min(OPENED_AT_ONCE, count - sockets.length);
    sockets.push(...(await Promise.all(Array.from({ length: batch }, () => connect(port)))));
  }
  return sockets;
}

/**
 * Asks on a connection that is free, and follows the answer.
 * @param {net.Socket} socket
 * @param {Buffer} request
 * @param {{ reader: StreamReader, until: 'text' | 'end' }} following
 * @returns {Promise<number | undefined>} milliseconds to the first text; `undefined` when the connection closed before
 */
function ask(socket, request, { reader, until }) {
  return new Promise((resolve) => {
    reader.reset();
    /** @type {number | undefined} */
    let firstMs;
    const beganMs = performance.now();
    const settle = (/** @type {number | undefined} */ ms) => {
      socket.off('data', read).off('close', gone);
      resolve(ms);
    };
    const gone = () => settle(undefined);
    const read = (/** @type {Buffer} */ data) => {
      const complete = reader.push(data);
      if (firstMs === undefined && reader.hasText) firstMs = performance.now() - beganMs;
      if (complete || (until === 'text' && firstMs !== undefined)) settle(firstMs);
    };
    socket.on('data', read).once('close', gone);
    socket.write(request);
  });
}

/** @param {WholeJob} job */
async function whole(job) {
  const sockets = await connectAll(job.port, job.connections);
  const log = { firstMs: /** @type {number[]} */ ([]), firstTexts: /** @type {number[]} */ ([]), errors: 0 };
  let left = job.streams;
  const beganMs = performance.now();
  const follow = async (/** @type {net.Socket} */ socket) => {
    const next = requests(job, job.model);
    const reader = new StreamReader({ keeps: job.eventsEach !== undefined });
    while (left > 0) {
      left -= 1;
      const ms = await ask(socket, next(), { reader, until: 'end' });
      const isWhole = job.eventsEach === undefined || reader.events === job.eventsEach;
      if (ms !== undefined && reader.ok && isWhole) {
        log.firstMs.push(ms);
        log.firstTexts.push(reader.firstTexts);
      } else log.errors += 1;
    }
    socket.destroy();
  };
  await Promise.all(sockets.map(follow));
  return { ...log, seconds: (performance.now() - beganMs) / 1_000 };
}

/** @param {FirstJob} job */
async function first(job) {
  const [probe, ...others] = await connectAll(job.port, job.connections);
  if (probe === undefined) throw new RangeError('a job needs a connection');
  const log = { firstMs: /** @type {number[]} */ ([]), firstTexts: /** @type {number[]} */ ([]), errors: 0 };
  const began = await Promise.all(
    others.map((socket) =>
      ask(socket, requests(job, job.model)(), { reader: new StreamReader({ keeps: false }), until: 'text' }),
    ),
  );
  log.errors += began.filter((ms) => ms === undefined).length;
  for (const socket of others) socket.resume();
  const next = requests(job, job.probe);
  const reader = new StreamReader({ keeps: false });
  const beganMs = performance.now();
  while (performance.now() - beganMs < job.durationMs) {
    const ms = await ask(probe, next(), { reader, until: 'end' });
    if (ms !== undefined && reader.ok) {
      log.firstMs.push(ms);
      log.firstTexts.push(reader.firstTexts);
    } else log.errors += 1;
    await pause(job.gapMs);
  }
  log.errors += others.filter((socket) => socket.closed).length;
  const seconds = (performance.now() - beganMs) / 1_000;
  for (const socket of [probe, ...others]) socket.destroy();
  return { ...log, seconds };
}

/** @param {IdleJob} job */
async function open(job) {
  const log = { firstMs: /** @type {number[]} */ ([]), firstTexts: /** @type {number[]} */ ([]), errors: 0 };
  const beganMs = performance.now();
  while (idle.length < job.streams) {
    const sockets = await connectAll(job.port, Math.min(OPENED_AT_ONCE, job.streams - idle.length));
    const waited = await Promise.all(
      sockets.map((socket) =>
        ask(socket, requests(job, job.model)(), { reader: new StreamReader({ keeps: false }), until: 'text' }),
      ),
    );
    for (const ms of waited) {
      if (ms === undefined) log.errors += 1;
      else log.firstMs.push(ms);
    }
    idle.push(...sockets);
  }
  return { ...log, seconds: (performance.now() - beganMs) / 1_000 };
}

function hangUp() {
  const errors = idle.filter((socket) => socket.closed).length;
  for (const socket of idle) socket.destroy();
  idle = [];
  return { firstMs: [], firstTexts: [], errors, seconds: 0 };
}

/** @param {Job} job */
function run(job) {
  switch (job.kind) {
    case 'whole':
      return whole(job);
    case 'first':
      return first(job);
    case 'idle':
      return open(job);
    case 'hang-up':
      return hangUp();
  }
}

/**
 * @param {Job} job
 * @returns {Promise<Measured>}
 */
async function measure(job) {
  const { firstMs, firstTexts, errors, seconds } = await run(job);
  return {
    streams: firstMs.length,
    errors,
    seconds,
    firstTextP50Ms: median(firstMs),
    firstTextP99Ms: quantile(firstMs, 0.99),
    firstTexts: median(firstTexts),
  };
}

process.once('disconnect', () => process.exit());
process.on('message', async (job) => {
  process.send?.(await measure(/** @type {Job} */ (job)));
});
