import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig, openHouse } from '@sallyport/runtime';
import { expect, it, vi } from 'vitest';
import { openListener } from '../tls/listener-tls.ts';
import { createDataPlane } from './data-plane.ts';

it('answers, lets nobody in and says why while its keys cannot be read', async () => {
  const data = mkdtempSync(join(tmpdir(), 'sallyport-plane-'));
  const key = 'test-secret-of-the-test-gateway';
  const loaded = loadConfig({ env: { SALLYPORT_KEYS: `test:${key}` }, options: { data }, cwd: data });
  if ('problems' in loaded) throw new Error(loaded.problems.map(({ message }) => message).join('; '));
  const told: string[] = [];
  const house = await openHouse(loaded.config, {
    onNotice: (notice) => {
      if (notice.kind === 'error') told.push(notice.error.code);
    },
  });
  const listener = openListener({ listener: 'listen', tls: undefined, handshakeMs: 1_000, onNews: () => undefined });
  const server = createDataPlane({ house, listener, metrics: async () => '' });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // What is closed can be read as little as what is broken.
  await house.close();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/chat/completions`;
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const ask = () => fetch(url, { method: 'POST', headers, body: '{"model":"demo","messages":[]}' });
  // What was read a moment ago is not read again.
  await vi.waitUntil(async () => (await ask()).status === 500, { timeout: 10_000 });
  const answer = await ask();
  expect(answer.status).toBe(500);
  expect(answer.headers.get('x-sallyport-exchange')).toMatch(/./);
  expect(told).toContain('STORE_BROKEN');
  await new Promise((resolve) => server.close(resolve));
  rmSync(data, { recursive: true, force: true });
});
