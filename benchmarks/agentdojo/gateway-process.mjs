import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Recorded answers travel in a header: room for the longest. */
const CONFIGURATION = 'limits: { maxHeaderBytes: 1048576 }\nlog: { level: warn }\n';
const BIN = fileURLToPath(new URL('../../packages/cli/bin/sallyport.js', import.meta.url));

/**
 * The built gateway as its user starts it, with the starter policies and the demo, on free ports and a data folder of its own.
 */
export async function startGateway() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sallyport-replay-'));
  const config = path.join(folder, 'sallyport.yaml');
  writeFileSync(config, CONFIGURATION);
  const [key, token] = [randomBytes(24).toString('hex'), randomBytes(24).toString('hex')];
  const options = ['--config', config, '--data', path.join(folder, 'data'), '--port', '0', '--admin-port', '0'];
  const child = spawn(process.execPath, [BIN, 'start', '--json', ...options], {
    cwd: folder,
    env: { PATH: process.env.PATH, SALLYPORT_KEYS: `replay:${key}`, SALLYPORT_ADMIN_TOKEN: token },
    stdio: ['ignore', 'pipe', 2],
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  /** @type {Promise<void>} */
  const ended = new Promise((resolve) => child.once('exit', () => resolve()));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    process.off('exit', kill);
    rmSync(folder, { recursive: true, force: true });
  };
  const line = await firstLine(child.stdout);
  if (line === undefined) {
    await stop();
    throw new Error('the gateway did not start');
  }
  const { dataUrl, adminUrl, policySet } = JSON.parse(line);
  /** @param {string} exchange */
  const recordsOf = async (exchange) => {
    const answer = await fetch(`${adminUrl}/api/v1/exchanges/${exchange}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    if (!answer.ok) throw new Error(`the admin API answered ${answer.status}`);
    return JSON.parse(await answer.text()).records;
  };
  return { baseURL: `${dataUrl}/v1`, key, policySet: String(policySet), recordsOf, stop };
}

/**
 * @param {import('node:stream').Readable | null} stream
 * @returns {Promise<string | undefined>}
 */
async function firstLine(stream) {
  if (stream === null) return undefined;
  for await (const line of createInterface(stream)) return line;
  return undefined;
}
