import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from './workspace.mjs';

describe('npm start', () => {
  /** @type {string} */
  let folder;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'sallyport-start-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** @returns {Promise<import('node:child_process').ChildProcess>} the gateway, once it has introduced itself */
  async function started() {
    const args = ['--port', '0', '--admin-port', '0', '--data', path.join(folder, 'data')];
    const child = spawn(process.execPath, [path.join(ROOT, 'scripts', 'start.mjs'), ...args], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    await new Promise((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream?.setEncoding('utf8').on('data', (text) => {
          said += text;
          if (said.includes('http://127.0.0.1:')) resolve(undefined);
        });
      }
      child.once('exit', (code) => reject(new Error(`ended with ${code}: ${said}`)));
    });
    return child;
  }

  it.runIf(process.platform !== 'win32').each([
    ['SIGTERM', 'once', 1],
    ['SIGINT', 'once', 1],
    ['SIGINT', 'twice at once, as a terminal and npm send it', 2],
  ])('drains on %s and ends with 0 (%s)', async (signal, _, times) => {
    const child = await started();
    const exited = once(child, 'exit');
    for (let sent = 0; sent < times; sent += 1) child.kill(/** @type {NodeJS.Signals} */ (signal));
    expect(await exited).toEqual([0, null]);
  });
});
