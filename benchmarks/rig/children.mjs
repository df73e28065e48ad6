import { fork, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.mjs';

const READY_WITHIN_MS = 20_000;
const STOPPED_WITHIN_MS = 10_000;

/** The gateway key that the clients send. */
export const GATEWAY_KEY = 'bench-secret-0123456789abcdef';

/**
 * @typedef {object} Child
 * @property {number} pid
 * @property {number} port
 * @property {() => Promise<void>} stop
 */

/**
 * Ends a process that we started: asks first.
 * @param {import('node:child_process').ChildProcess} child
 */
export async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOPPED_WITHIN_MS);
  await exited;
  clearTimeout(timer);
}

/**
 * Starts a program that reports its port when it has one.
 * @param {URL} file
 * @param {readonly string[]} args
 * @returns {Promise<Child>}
 */
export async function startProgram(file, args = []) {
  const child = fork(fileURLToPath(file), args, { stdio: ['ignore', 2, 2, 'ipc'] });
  const port = await new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(/** @type {{ port: number }} */ (message).port));
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code} before it was ready`)));
  });
  return { pid: child.pid ?? 0, port, stop: () => stop(child) };
}

/**
 * Starts the yardstick.
 * @param {number} upstreamPort
 * @param {number} connections to the model at most
 */
export function startMinimalProxy(upstreamPort, connections = 256) {
  const args = [`http://127.0.0.1:${upstreamPort}`, String(connections)];
  return startProgram(new URL('minimal-proxy.mjs', import.meta.url), args);
}

/**
 * A process of clients, which takes one job after another and answers each with what it measured.
 * @template Job, Measured
 * @typedef {object} Load
 * @property {(job: Job) => Promise<Measured>} measure
 * @property {() => Promise<void>} stop
 */

/**
 * Starts a load generator.
 * @template Job, Measured
 * @param {URL} file
 * @returns {Load<Job, Measured>}
 */
export function startLoad(file) {
  const child = fork(fileURLToPath(file), [], { stdio: ['ignore', 2, 2, 'ipc'] });
  return {
    measure: (job) =>
      new Promise((resolve, reject) => {
        const ended = (/** @type {number | null} */ code) => reject(new Error(`the load generator ended with ${code}`));
        child.once('exit', ended);
        child.once('message', (message) => {
          child.off('exit', ended);
          resolve(/** @type {Measured} */ (message));
        });
        child.send(/** @type {import('node:child_process').Serializable} */ (job));
      }),
    stop: () => stop(child),
  };
}

/**
 * The gateway as its user runs it, everything on, in front of the mock.
 * @param {string} baseUrl
 */
const configuration = (baseUrl) => `providers:
  mock:
    kind: openai
    baseUrl: ${baseUrl}
log:
  level: warn
`;

/**
 * Starts the built gateway on a data folder of its own.
 * @param {number} upstreamPort
 * @param {readonly string[]} nodeOptions
 * @param {string} more of its configuration
 * @returns {Promise<Child>}
 */
export async function startGateway(upstreamPort, nodeOptions = [], more = '') {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sallyport-bench-'));
  const config = path.join(folder, 'sallyport.yaml');
  writeFileSync(config, configuration(`http://127.0.0.1:${upstreamPort}/v1`) + more);
  const [port, adminPort] = [await freePort(), await freePort()];
  const bin = fileURLToPath(new URL('../../packages/cli/bin/sallyport.js', import.meta.url));
  const options = ['--data', path.join(folder, 'data'), '--config', config];
  const ports = ['--port', String(port), '--admin-port', String(adminPort)];
  const child = spawn(process.execPath, [...nodeOptions, bin, 'start', ...options, ...ports], {
    cwd: folder,
    env: { ...process.env, SALLYPORT_KEYS: `bench:${GATEWAY_KEY}` },
    stdio: ['ignore', 'ignore', 2],
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const end = async () => {
    await stop(child);
    process.off('exit', kill);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await ready(port, child);
  } catch (error) {
    await end();
    throw error;
  }
  return { pid: child.pid ?? 0, port, stop: end };
}

/**
 * @param {number} port
 * @param {import('node:child_process').ChildProcess} child
 */
async function ready(port, child) {
  const deadlineMs = performance.now() + READY_WITHIN_MS;
  while (performance.now() < deadlineMs) {
    if (child.exitCode !== null) throw new Error(`the gateway ended with ${child.exitCode} before it was ready`);
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
    await pause(100);
  }
  throw new Error(`the gateway was not ready within ${READY_WITHIN_MS} ms`);
}
