import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openAuditTrail } from '@sallyport/runtime';
import { afterAll, afterEach, describe, expect, it } from 'vitest';

const KEY = 'secret-of-the-gateway-that-is-killed';
const bin = fileURLToPath(new URL('../../cli/bin/sallyport.js', import.meta.url));
const isBuilt = existsSync(new URL('../../cli/dist/main.js', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'sallyport-killed-'));
const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  readonly exited: Promise<unknown[]>;
}

function spawned(data: string): ChildProcess {
  const child = spawn(process.execPath, [bin, 'start', '--data', data, '--port', '0', '--admin-port', '0', '--json'], {
    cwd: root,
    env: { PATH: process.env.PATH, SALLYPORT_KEYS: `test:${KEY}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  return child;
}

/** The real gateway, in a process of its own, with the demo behind it. */
async function gateway(data: string): Promise<Running> {
  const child = spawned(data);
  const exited = once(child, 'exit');
  child.stderr?.resume();
  if (child.stdout === null) throw new RangeError('no standard output');
  let text = '';
  for await (const line of createInterface({ input: child.stdout })) {
    text += line;
    const url = /"dataUrl":\s*"([^"]+)"/.exec(text)?.[1];
    if (url !== undefined) return { child, url, exited };
  }
  throw new RangeError('the gateway ended before it was ready');
}

function ask(url: string, script: object = {}): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${KEY}`,
      'content-type': 'application/json',
      'x-demo-answer': JSON.stringify({ text: 'one two three', ...script }),
    },
    body: JSON.stringify({ model: 'demo', stream: true, messages: [{ role: 'user', content: 'hi' }] }),
  });
}

/** Asks again and again; notes each exchange whose end it saw. */
async function askOn(url: string, seen: Set<string>): Promise<void> {
  try {
    for (;;) {
      const response = await ask(url);
      const text = await response.text();
      if (text.endsWith('[DONE]\n\n')) seen.add(response.headers.get('x-sallyport-exchange') ?? '');
    }
  } catch {
    // The gateway was killed.
  }
}

describe('a gateway in a process of its own (needs a build)', () => {
  it.skipIf(!isBuilt)(
    'has the records of every exchange that it answered, however often it is killed',
    async () => {
      const data = join(root, 'killed');
      const answered = new Set<string>();
      for (let run = 0; run < 4; run += 1) {
        const { child, url, exited } = await gateway(data);
        const target = answered.size + 1 + Math.floor(Math.random() * 150);
        const clients = Array.from({ length: 8 }, () => askOn(url, answered));
        const watch = setInterval(() => {
          if (answered.size >= target) child.kill('SIGKILL');
        }, 1);
        const [, signal] = await exited;
        clearInterval(watch);
        expect(signal).toBe('SIGKILL');
        await Promise.all(clients);
      }
      const last = await gateway(data);
      last.child.kill('SIGINT');
      expect((await last.exited)[0]).toBe(0);

      const trail = openAuditTrail(data);
      const kinds = new Map<string, string[]>();
      for (const { record } of trail.records({})) {
        kinds.set(record.exchange, [...(kinds.get(record.exchange) ?? []), record.kind]);
      }
      expect(await trail.verify()).toMatchObject({ ok: true, problems: [] });
      await trail.close();
      expect(answered.size).toBeGreaterThanOrEqual(4);
      for (const exchange of answered) expect(kinds.get(exchange)).toEqual(['opened', 'closed']);
      for (const [exchange, own] of kinds) {
        if (!answered.has(exchange))
          expect([
            ['opened', 'closed'],
            ['opened', 'interrupted'],
            // Of each start.
            ['policy-set'],
            // Of the model, when it is first seen.
            ['identity'],
            // Of the principal, who asks the same over and over.
            ['signal'],
          ]).toContainEqual(own);
      }
    },
    120_000,
  );

  it.skipIf(!isBuilt)(
    'ends a stream whole when it is interrupted in the middle of it, and exits cleanly',
    async () => {
      const { child, url, exited } = await gateway(join(root, 'drained'));
      const response = await ask(url, { text: 'a stream that takes a while', chunkChars: 3, delayMs: 60 });
      child.kill('SIGINT');
      const text = await response.text();
      expect(text).toContain('"finish_reason":"stop"');
      expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
      expect(await exited).toEqual([0, null]);
    },
    // Less than the time that a drain may take: nothing is waited for once the stream has ended.
    20_000,
  );

  it.skipIf(!isBuilt)(
    'is the only one on its data folder',
    async () => {
      const data = join(root, 'locked');
      const { url } = await gateway(data);
      const second = spawned(data);
      let said = '';
      second.stderr?.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
      const [code] = await once(second, 'exit');
      expect(code).not.toBe(0);
      expect(said).toContain('another process holds the data folder');
      expect((await ask(url)).status).toBe(200);
    },
    60_000,
  );
});
