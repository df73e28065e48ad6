import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { IDENTITY_LEARNING_ANSWERS } from '@sallyport/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TEST_KEY, type TestGateway, testGateway } from './testing/test-gateway.ts';

const ADMIN_TOKEN = 'admin-token-of-the-test-gateway';

/** A provider that says of itself what a test wants it to say. */
function played(name: string) {
  const says = { model: name, fingerprint: 'fp_1' };
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      const message = { role: 'assistant', content: 'Hello.' };
      response.writeHead(200, { 'content-type': 'application/json', server: 'played/1' }).end(
        JSON.stringify({
          id: 'x',
          object: 'chat.completion',
          model: says.model,
          system_fingerprint: says.fingerprint,
          choices: [{ index: 0, message, finish_reason: 'stop' }],
          usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
        }),
      );
    });
  });
  return { says, server };
}

const listening = (server: Server) =>
  new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });

const [first, second] = [played('first-1'), played('second-1')];
let gateway: TestGateway;

beforeAll(async () => {
  const ports = [await listening(first.server), await listening(second.server)];
  const provider = (name: string, port: number | undefined) =>
    `  ${name}: { kind: openai, baseUrl: 'http://127.0.0.1:${port}/v1' }\n`;
  const yaml = [
    'policies: { pack: strict }\n',
    `providers:\n${provider('first', ports[0])}${provider('second', ports[1])}`,
    'routes:\n  - { name: pair, models: [m], providers: [first, second] }\n',
    '  - { name: alone, models: [alone], provider: first }\n',
  ].join('');
  gateway = await testGateway(yaml, { SALLYPORT_ADMIN_TOKEN: ADMIN_TOKEN });
});
afterAll(async () => {
  await gateway.end();
  for (const { server } of [first, second]) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** @returns what was answered, and by whom by the record */
async function ask(model: string) {
  const answer = await fetch(`${gateway.baseURL}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'hi' }] }),
  });
  const body = (await answer.json()) as { readonly model?: string };
  const closed = gateway.newest().find(({ kind }) => kind === 'closed');
  const provider = closed?.kind === 'closed' ? closed.upstream?.provider : undefined;
  return { status: answer.status, served: body.model, provider };
}

async function admin(path: string, body?: object) {
  const answer = await fetch(`${gateway.adminUrl}/api/v1${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

const stateOf = (model: string) => gateway.house.identities.stateOf('first', model);

describe('a model that its provider swaps', () => {
  it('answers nobody any more: the next provider of the route does, until an operator approves it', async () => {
    for (let n = 0; n < IDENTITY_LEARNING_ANSWERS; n += 1) expect((await ask('m')).provider).toBe('first');
    await expect.poll(() => stateOf('m')).toBe('watching');
    expect(gateway.newest().at(-1)).toMatchObject({ kind: 'closed', backend: ['server:played/1'] });
    first.says.model = 'first-2';
    expect(await ask('m')).toMatchObject({ served: 'first-2' });
    await expect.poll(() => stateOf('m')).toBe('changed');
    expect(await ask('m')).toEqual({ status: 200, served: 'second-1', provider: 'second' });
    const [opened] = gateway.newest();
    expect(opened).toMatchObject({ provider: 'second', passedOver: ['first'] });

    const shown = await admin('/identity?provider=first&model=m');
    expect(shown.body).toMatchObject({
      identity: { state: 'changed', reasons: [{ signal: 'served-model', name: 'first-2' }] },
      timeline: [{ step: 'learned' }, { step: 'changed' }],
    });
    const approved = await admin('/identity', { provider: 'first', model: 'm', reason: 'announced' });
    expect(approved).toMatchObject({ status: 200, body: { state: 'approved', approvedBy: 'admin' } });
    expect(await ask('m')).toMatchObject({ served: 'first-2', provider: 'first' });
  });

  it('is refused where nobody else serves it, and named by the record with what was known of it', async () => {
    for (let n = 0; n < IDENTITY_LEARNING_ANSWERS; n += 1) await ask('alone');
    await expect
      .poll(() => gateway.house.identities.list().find(({ model }) => model === 'alone')?.learning)
      .toBe(false);
    first.says.model = 'first-3';
    await ask('alone');
    await expect.poll(() => stateOf('alone')).toBe('changed');
    expect((await ask('alone')).status).toBe(403);
    expect(gateway.newest()[0]).toMatchObject({
      effect: 'block',
      decisions: [{ decision: { policies: ['changed-models-for-nobody'] } }],
    });
  });

  it('is not found under a name by which nobody asked', async () => {
    expect((await admin('/identity?provider=first&model=unseen')).status).toBe(404);
    expect((await admin('/identity', { provider: 'first', model: 'unseen' })).status).toBe(404);
    expect((await admin('/identity?provider=first')).status).toBe(400);
  });
});
