/**
 * The clients: a process of its own, raw sockets kept open, one request at a time on each. It takes one job after another from its
 * parent and answers each with what it measured.
 */
import net from 'node:net';
import { quantile } from '../rig/statistics.mjs';
import { requestSource } from './prompts.mjs';

/**
 * @typedef {object} Job
 * @property {number} port
 * @property {string} key gateway key
 * @property {number} connections
 * @property {number} durationMs
 * @property {import('./prompts.mjs').Workload} workload
 * @property {import('./prompts.mjs').AnswerKind} answer
 *
 * @typedef {object} Measured
 * @property {number} requests answered whole, with status 200
 * @property {number} errors anything else
 * @property {number} seconds
 * @property {number} p50Us request to answer's end
 * @property {number} p99Us
 * @property {number} firstTokenP50Us request to the first text of a stream; 0 without streams
 * @property {number} firstTokenP99Us
 */

const LAST_CHUNK = Buffer.from('0\r\n\r\n');
const CONTENT = Buffer.from('"content":"');

/** Requests already made per seed, so that a later job does not send the same texts again. */
let seeds = 1_000;

/** @param {Buffer} data */
const endsChunked = (data) => data.length >= 5 && data.subarray(data.length - 5).equals(LAST_CHUNK);

/**
 * Follows one answer at a time.
 */
class AnswerReader {
  ok = false;
  hasText = false;
  /** Bytes of body still to come; -1 before the head, Infinity when chunked. */
  #left = -1;
  /** @type {Buffer} */
  #tail = Buffer.alloc(0);

  reset() {
    this.ok = false;
    this.hasText = false;
    this.#left = -1;
    this.#tail = Buffer.alloc(0);
  }

  /**
   * @param {Buffer} data
   * @returns {boolean} whether the answer is complete
   */
  push(data) {
    let body = data;
    if (this.#left < 0) {
      const all = this.#tail.length > 0 ? Buffer.concat([this.#tail, data]) : data;
      const end = all.indexOf('\r\n\r\n');
      if (end < 0) {
        this.#tail = all;
        return false;
      }
      const head = all.toString('latin1', 0, end);
      this.ok = head.startsWith('HTTP/1.1 200');
      const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
      this.#left = length === undefined ? Number.POSITIVE_INFINITY : Number(length);
      body = all.subarray(end + 4);
      this.#tail = Buffer.alloc(0);
    }
    if (!this.hasText && this.#left === Number.POSITIVE_INFINITY) this.hasText = body.includes(CONTENT);
    if (this.#left !== Number.POSITIVE_INFINITY) {
      this.#left -= body.length;
      return this.#left <= 0;
    }
    const joined = body.length < LAST_CHUNK.length ? Buffer.concat([this.#tail, body]) : body;
    this.#tail = joined.subarray(Math.max(0, joined.length - LAST_CHUNK.length));
    return endsChunked(joined);
  }
}

/**
 * @param {Job} job
 * @returns {Promise<{ socket: net.Socket, next: () => Buffer }>} an open connection, and what to send on it
 */
function connect(job) {
  seeds += 1;
  const next = requestSource({ ...job, seed: seeds, host: `127.0.0.1:${job.port}` });
  return new Promise((resolve, reject) => {
    const socket = net.connect({ port: job.port, host: '127.0.0.1', noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve({ socket, next });
    });
  });
}

/**
 * @param {Awaited<ReturnType<typeof connect>>} connection
 * @param {{ latenciesUs: number[], firstTokensUs: number[], errors: number, endsAtMs: number }} log
 * @returns {Promise<void>} when the time is up and the connection closed
 */
function converse({ socket, next }, log) {
  return new Promise((resolve) => {
    const reader = new AnswerReader();
    let sentAtMs = 0;
    let hadText = false;
    const send = () => {
      if (performance.now() >= log.endsAtMs) return socket.end();
      reader.reset();
      hadText = false;
      const request = next();
      sentAtMs = performance.now();
      socket.write(request);
    };
    socket.on('data', (data) => {
      const complete = reader.push(/** @type {Buffer} */ (data));
      if (reader.hasText && !hadText) {
        hadText = true;
        log.firstTokensUs.push((performance.now() - sentAtMs) * 1_000);
      }
      if (!complete) return;
      if (reader.ok) log.latenciesUs.push((performance.now() - sentAtMs) * 1_000);
      else log.errors += 1;
      send();
    });
    socket.on('error', () => {
      log.errors += 1;
    });
    socket.once('close', () => {
      // The server hung up before the time was up: the rest of this connection's work is missing.
      if (performance.now() < log.endsAtMs) log.errors += 1;
      resolve();
    });
    send();
  });
}

/**
 * @param {Job} job
 * @returns {Promise<Measured>}
 */
async function run(job) {
  const connections = await Promise.all(Array.from({ length: job.connections }, () => connect(job)));
  const startedMs = performance.now();
  /** @type {Parameters<typeof converse>[1]} */
  const log = { latenciesUs: [], firstTokensUs: [], errors: 0, endsAtMs: startedMs + job.durationMs };
  await Promise.all(connections.map((connection) => converse(connection, log)));
  const seconds = (performance.now() - startedMs) / 1_000;
  const { latenciesUs, firstTokensUs, errors } = log;
  return {
    requests: latenciesUs.length,
    errors,
    seconds,
    p50Us: quantile(latenciesUs, 0.5),
    p99Us: quantile(latenciesUs, 0.99),
    firstTokenP50Us: quantile(firstTokensUs, 0.5),
    firstTokenP99Us: quantile(firstTokensUs, 0.99),
  };
}

process.once('disconnect', () => process.exit());
process.on('message', async (job) => {
  process.send?.(await run(/** @type {Job} */ (job)));
});
