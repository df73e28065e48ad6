import { once } from 'node:events';
import { type AddressInfo, createConnection } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addLive, type ShownSignals } from './admin/live.ts';
import { TEST_KEY, type TestGateway, testGateway } from './testing/test-gateway.ts';

const ADMIN_TOKEN = 'admin-token-of-the-test-gateway';

interface Told {
  readonly id: string;
  readonly event: string | undefined;
  readonly data: Readonly<Record<string, unknown>> | undefined;
}

/** The events of a stream, as they come. */
class Events {
  readonly status: number;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #rest = '';

  constructor(answer: Response) {
    this.status = answer.status;
    this.#reader = answer.body?.getReader();
  }

  /** The next one; undefined at the end. */
  async next(): Promise<Told | undefined> {
    for (let end = this.#rest.indexOf('\n\n'); ; end = this.#rest.indexOf('\n\n')) {
      if (end >= 0) {
        const block = this.#rest.slice(0, end);
        this.#rest = this.#rest.slice(end + 2);
        if (!block.startsWith(':')) return read(block);
        continue;
      }
      const chunk = await this.#reader?.read();
      if (chunk?.value === undefined) return undefined;
      this.#rest += Buffer.from(chunk.value).toString('utf8');
    }
  }

  /** The next one of this kind. */
  async find(event: string): Promise<Told> {
    for (;;) {
      const told = await this.next();
      if (told === undefined) throw new Error('the stream ended');
      if (told.event === event) return told;
    }
  }

  close(): Promise<void> | undefined {
    return this.#reader?.cancel();
  }
}

function read(block: string): Told {
  const fields = new Map(
    block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  );
  const data = fields.get('data');
  return {
    id: fields.get('id') ?? '',
    event: fields.get('event'),
    data: data === undefined ? undefined : (JSON.parse(data) as Record<string, unknown>),
  };
}

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await testGateway('', { SALLYPORT_ADMIN_TOKEN: ADMIN_TOKEN });
});
afterEach(() => gateway.end());

const admin = (path: string, token = ADMIN_TOKEN, more: Record<string, string> = {}) =>
  fetch(`${gateway.adminUrl}/api/v1${path}`, { headers: { authorization: `Bearer ${token}`, ...more } });
const follow = async (after?: string) =>
  new Events(await admin('/events', ADMIN_TOKEN, after === undefined ? {} : { 'last-event-id': after }));

async function chat(content: string): Promise<string> {
  const answer = await fetch(`${gateway.baseURL}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'demo', messages: [{ role: 'user', content }] }),
  });
  await answer.text();
  return answer.headers.get('x-sallyport-exchange') ?? '';
}

async function operator(name: string, role: string): Promise<string> {
  const made = await fetch(`${gateway.adminUrl}/api/v1/operators`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name, roles: [role] }),
  });
  return ((await made.json()) as { token: string }).token;
}

describe('GET /api/v1/events', () => {
  it('tells what happens, as the log has it, and nothing of what was said', async () => {
    const events = await follow();
    const exchange = await chat('write to eve@corp-mail.com');
    expect((await events.find('opened')).data).toMatchObject({
      exchange,
      tenant: 'default',
      principal: 'service/test',
      route: 'demo',
      model: 'demo',
      effect: 'redact',
      findings: { 'personal-data': 1 },
    });
    const { data } = await events.find('closed');
    expect(data).toMatchObject({ exchange, outcome: 'completed', provider: 'demo' });
    expect(JSON.stringify(data)).not.toContain('eve');
    await events.close();
  });

  it('goes on after the event that the client has, and says how many are gone after another start', async () => {
    const events = await follow();
    await chat('one');
    const first = await events.find('opened');
    await events.find('closed');
    await events.close();
    const missed = await chat('two');
    const again = await follow(first.id);
    expect((await again.next())?.event).toBe('closed');
    expect((await again.find('opened')).data).toMatchObject({ exchange: missed });
    await again.close();
    const late = await follow('another-start:7');
    expect(await late.next()).toMatchObject({ event: 'gap', data: { lost: null } });
    expect((await late.next())?.data).toBeDefined();
    await late.close();
  });

  it('is for who may follow, is recorded, and takes no id that is none of its own', async () => {
    const approver = await operator('amy', 'approver');
    expect((await admin('/events', approver)).status).toBe(403);
    expect((await admin('/signals', approver)).status).toBe(403);
    expect((await admin('/events', ADMIN_TOKEN, { 'last-event-id': 'a b' })).status).toBe(400);
    const events = await follow();
    const viewer = await operator('vic', 'viewer');
    const second = new Events(await admin('/events', viewer));
    expect(second.status).toBe(200);
    // Its own watching comes first.
    for (const step of ['events.read', 'operators.create', 'events.read']) {
      expect((await events.find('admin')).data).toMatchObject({ step, outcome: 'done' });
    }
    await Promise.all([events.close(), second.close()]);
  });

  it('ends when the gateway does', async () => {
    const events = await follow();
    await gateway.stop(1_000);
    while ((await events.next()) !== undefined);
    expect(await events.next()).toBeUndefined();
  });
});

describe('GET /api/v1/signals', () => {
  it('shows what is measured, sessions at risk, and how monitoring does', async () => {
    const events = await follow();
    await chat('write to eve@corp-mail.com');
    await events.find('closed');
    await events.close();
    const { series, sessions, monitor } = (await (await admin('/signals?scope=model')).json()) as ShownSignals;
    expect(series).toMatchObject([
      {
        scope: 'model',
        name: 'demo',
        exchanges: 1,
        rates: { redaction: 1, error: 0 },
        personal: [
          ['email/input', 1],
          ['email/output', 1],
        ],
      },
    ]);
    expect(sessions).toMatchObject([{ principal: 'service/test', findings: { 'personal-data': 2 } }]);
    expect(monitor).toMatchObject({ dropped: 0, failed: 0 });
    expect((await admin('/signals?scope=nothing')).status).toBe(400);
    expect((await admin('/signals?limit=201')).status).toBe(400);
    expect((await admin('/signals?limit=200')).status).toBe(200);
  });
});

describe('addLive()', () => {
  let api: FastifyInstance;
  afterEach(() => api.close());

  /** The same gateway's events, for an operator of this tenant. */
  async function listening(tenant: string): Promise<string> {
    api = fastify();
    api.decorateRequest('comer', null);
    api.addHook('onRequest', async (request) => {
      const known = {
        principal: { kind: 'user', id: 'op', tenant, groups: [] },
        roles: ['viewer'],
        by: 'token',
      } as const;
      const call = { operator: known, act: async () => undefined };
      request.comer = { operator: known, call } as unknown as typeof request.comer;
    });
    addLive(api, gateway.house);
    await api.listen({ host: '127.0.0.1', port: 0 });
    return `http://127.0.0.1:${(api.server.address() as AddressInfo).port}/api/v1`;
  }

  it('waits at its end for nobody who does not read', async () => {
    const { hostname, port } = new URL(await listening('default'));
    const deaf = createConnection({ host: hostname, port: Number(port) });
    await once(deaf, 'connect');
    deaf.write('GET /api/v1/events HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n');
    await once(deaf, 'readable');
    const { feed } = gateway.house.watch;
    const event = { kind: 'closed', at: '2026-01-01T00:00:00.000Z', exchange: 'x'.repeat(400) } as const;
    // More than what the system keeps for a connection that is not read from.
    for (let round = 0; round < 200; round += 1) {
      for (let n = 0; n < 256; n += 1) feed.push(event);
      await turn();
    }
    await api.close();
    expect(feed.watchers).toBe(0);
    deaf.destroy();
  });

  it('shows to operators of a tenant what is that tenant’s, and numbers to go on from', async () => {
    const url = await listening('acme');
    const events = new Events(await fetch(`${url}/events`));
    const all = await follow();
    await chat('hello');
    const { id } = await all.find('closed');
    let hidden = await events.next();
    while (hidden !== undefined && hidden.id !== id) hidden = await events.next();
    expect(hidden).toEqual({ id, event: undefined, data: undefined });
    const { series, sessions } = (await (await fetch(`${url}/signals?scope=principal`)).json()) as ShownSignals;
    expect([series, sessions]).toEqual([[], []]);
    await Promise.all([events.close(), all.close()]);
  });
});
