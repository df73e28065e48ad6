import type { McpEnd } from '@sallyport/mcp';
import { afterEach, describe, expect, test } from 'vitest';
import type { McpConfig } from '../../config/index.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { type PlayedAnswer, played } from '../../testing/mcp-clients.ts';
import { EndReader, MCP_JSON, mcp } from '../../testing/mcp-ends.ts';
import type { ClientRequest } from './client-request.ts';
import { ClientSessions, type SessionAbout } from './client-sessions.ts';

const HEARTBEAT_MS = 1_000;
const IDLE_MS = 60_000;
const open: ClientSessions[] = [];

afterEach(async () => {
  for (const sessions of open.splice(0)) await sessions.close();
});

interface Opened {
  readonly sessions?: Partial<McpConfig['sessions']>;
  readonly limits?: object;
  readonly more?: Partial<McpConfig>;
  readonly revisions?: readonly string[];
}

function rig({ sessions: bounds, limits, more, revisions }: Opened = {}) {
  const clock = new ManualClock();
  const begun: { readonly end: McpEnd; readonly about: SessionAbout; readonly reader: EndReader }[] = [];
  const server = {
    transport: 'http',
    url: 'http://127.0.0.1:1/',
    headers: {},
    ca: undefined,
    approvalHoldMs: 0,
    detectors: {},
    revisions: revisions ?? ['2025-06-18', '2025-11-25', '2026-07-28'],
    limits: {
      maxMessageBytes: 2_000,
      maxPending: 3,
      silenceMs: 1,
      startMs: 1,
      maxUnreadable: 0,
      maxMemoryBytes: 1,
      ...limits,
    },
  };
  const servers = { notes: { name: 'notes', ...server }, files: { name: 'files', ...server } } as McpConfig['servers'];
  const sessions = new ClientSessions({
    config: {
      servers,
      sessions: { maxSessions: 6, maxPerPrincipal: 4, idleMs: IDLE_MS, resumeBytes: 10_000, ...bounds },
      allowedOrigins: ['https://app.example'],
      allowedHosts: undefined,
      ...more,
    },
    clock,
    json: MCP_JSON,
    heartbeatMs: HEARTBEAT_MS,
    onSession: (end, about) => begun.push({ end, about, reader: new EndReader(end) }),
  });
  open.push(sessions);
  return { sessions, clock, begun };
}

type Rig = ReturnType<typeof rig>;
type Request = Partial<ClientRequest> & { readonly said?: object };

async function ask({ sessions }: Rig, request: Request): Promise<PlayedAnswer> {
  const { answer, taken } = played(sessions, request);
  await taken;
  return answer;
}

const initialize = (protocolVersion = '2025-11-25') => ({
  id: 'init',
  method: 'initialize',
  params: { protocolVersion },
});
const call = (id: string | number, params: object = {}) => ({ id, method: 'tools/call', params });
const progress = { method: 'notifications/progress', params: { progressToken: 1, progress: 1 } };

/** Begins a session with a handshake, answered as a server would. */
async function begin(from: Rig, { version = '2025-11-25', ...request }: Request & { readonly version?: string } = {}) {
  const answer = await ask(from, { said: initialize(version), ...request });
  const session = from.begun.at(-1);
  if (session === undefined) throw new Error(`no session: ${answer.text}`);
  await session.reader.said();
  await session.end.send(mcp({ id: 'init', result: { protocolVersion: version, capabilities: {} } }));
  const id = answer.headers['mcp-session-id'] ?? '';
  const headers = { 'mcp-session-id': id, 'mcp-protocol-version': version };
  return { ...session, id, headers, answer };
}

const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'c', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};
const MODERN = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/list' };
const list = (id: string | number, meta: object = {}) => ({
  id,
  method: 'tools/list',
  params: { _meta: { ...META, ...meta } },
});

describe('a request that names its trace in a header', () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const traceparent = `00-${traceId}-b7ad6b7169203331-01`;

  test('comes with it, in a session with a handshake and without', async () => {
    const from = rig();
    const { headers, reader } = await begin(from);
    await ask(from, { headers: { ...headers, traceparent }, said: call(1) });
    expect(await reader.next()).toMatchObject({ kind: 'message', trace: { traceId } });
    await ask(from, { headers: { ...MODERN, traceparent }, said: list(1) });
    expect(await from.begun.at(-1)?.reader.next()).toMatchObject({ kind: 'message', trace: { traceId } });
  });

  test('comes without one that is not well-formed', async () => {
    const from = rig();
    const { headers, reader } = await begin(from);
    await ask(from, { headers: { ...headers, traceparent: `${traceparent}-more` }, said: call(1) });
    expect(await reader.next()).not.toHaveProperty('trace');
  });
});

describe('ClientSessions with a handshake', () => {
  test('begins a session with an id of its own, and answers in JSON where nothing comes before the answer', async () => {
    const from = rig();
    const { answer, id, about } = await begin(from, { headers: { 'mcp-session-id': 'chosen-by-the-client' } });
    expect(answer).toMatchObject({ status: 200, hasEnded: true });
    expect(answer.headers).toMatchObject({ 'content-type': 'application/json' });
    expect(answer.said).toMatchObject({ id: 'init', result: { protocolVersion: '2025-11-25' } });
    expect(id).toMatch(/^[A-Za-z0-9_-]{32}$/);
    expect(about).toEqual({ server: 'notes', owner: 'user/a', asked: '2025-11-25' });
    expect((await begin(from)).id).not.toBe(id);
  });

  test('hands on what the client says, and acknowledges what needs no answer', async () => {
    const from = rig();
    const { headers, reader } = await begin(from);
    expect(await ask(from, { headers, said: { method: 'notifications/initialized' } })).toMatchObject({
      status: 202,
      text: '',
      hasEnded: true,
    });
    expect(await reader.said()).toEqual({ method: 'notifications/initialized' });
  });

  test('begins a stream where something comes before the answer, with marks, and ends it with the answer', async () => {
    const from = rig();
    const { headers, reader, end } = await begin(from);
    const answer = await ask(from, { headers, said: call(1) });
    await reader.said();
    await end.send(mcp(progress), { relatedTo: 1 });
    await end.send(mcp({ id: 'q', method: 'elicitation/create', params: {} }), { relatedTo: 1 });
    expect(answer).toMatchObject({ status: 200, hasEnded: false, headers: { 'content-type': 'text/event-stream' } });
    await ask(from, { headers, said: { id: 'q', result: { action: 'accept' } } });
    expect(await reader.said()).toEqual({ id: 'q', result: { action: 'accept' } });
    await end.send(mcp({ id: 1, result: {} }));
    expect(answer.hasEnded).toBe(true);
    expect(answer.events.map(({ id, said }) => [id, said?.method ?? said?.id])).toEqual([
      ['2.0', undefined],
      ['2.1', 'notifications/progress'],
      ['2.2', 'elicitation/create'],
      ['2.3', 1],
    ]);
  });

  test('gives a client that waits a sign of life, and no empty event to one that cannot read it', async () => {
    const from = rig();
    for (const version of ['2025-06-18', '2025-11-25']) {
      const { headers, end } = await begin(from, { version });
      const answer = await ask(from, { headers, said: call(1) });
      await from.clock.pass(HEARTBEAT_MS - 1);
      expect(answer.status).toBe(0);
      await from.clock.pass(1);
      expect(answer.text).toBe(version === '2025-06-18' ? ': \n\n' : 'id: 2.0\ndata: \n\n');
      await from.clock.pass(2 * HEARTBEAT_MS);
      expect(answer.text.endsWith(': \n\n: \n\n')).toBe(true);
      await end.send(mcp({ id: 1, result: {} }));
      await from.clock.pass(5 * HEARTBEAT_MS);
      expect(answer.hasEnded).toBe(true);
    }
  });

  test('answers a client that takes one form in that form, and lets the rest go another way', async () => {
    const from = rig();
    const { headers, end } = await begin(from);
    const json = await ask(from, { headers: { ...headers, accept: 'application/json' }, said: call(1) });
    const events = await ask(from, {
      headers: { ...headers, accept: 'text/event-stream;q=0.5, application/json;q=0' },
      said: call(2),
    });
    await end.send(mcp(progress), { relatedTo: 1 });
    await from.clock.pass(5 * HEARTBEAT_MS);
    for (const id of [1, 2]) await end.send(mcp({ id, result: {} }));
    expect([json.said, json.hasEnded]).toEqual([{ id: 1, result: {} }, true]);
    expect(events.events.at(-1)?.said).toEqual({ id: 2, result: {} });
    const listener = await ask(from, { headers, method: 'GET' });
    expect(listener.events.at(-1)?.said).toEqual(progress);
  });

  test('says of its own accord to whoever listens, and keeps it for whoever comes to', async () => {
    const from = rig();
    const { headers, end } = await begin(from);
    const changed = (list: string) => mcp({ method: `notifications/${list}/list_changed` });
    await end.send(changed('tools'));
    const first = await ask(from, { headers, method: 'GET' });
    await end.send(changed('prompts'));
    expect(first.events.flatMap(({ said }) => said?.method ?? [])).toEqual([
      'notifications/tools/list_changed',
      'notifications/prompts/list_changed',
    ]);
    const second = await ask(from, { headers, method: 'GET' });
    expect(first.hasEnded).toBe(true);
    await end.send(changed('resources'));
    expect(second.events.flatMap(({ said }) => said?.method ?? [])).toEqual(['notifications/resources/list_changed']);
  });

  test('goes on with a stream that broke behind the last event that came, of an answer and of its own', async () => {
    const from = rig();
    const { headers, end } = await begin(from);
    const answer = await ask(from, { headers, said: call(1) });
    await end.send(mcp(progress), { relatedTo: 1 });
    answer.stop.abort();
    await end.send(mcp({ method: 'notifications/message', params: {} }), { relatedTo: 1 });
    const mark = answer.events.at(-1)?.id;
    const again = await ask(from, { headers: { ...headers, 'last-event-id': mark }, method: 'GET' });
    expect(again.hasEnded).toBe(false);
    again.stop.abort();
    await end.send(mcp({ id: 1, result: { late: true } }));
    const last = await ask(from, { headers: { ...headers, 'last-event-id': again.events.at(-1)?.id }, method: 'GET' });
    expect(again.events.flatMap(({ said }) => said?.method ?? [])).toEqual(['notifications/message']);
    expect(last.events.at(-1)?.said).toEqual({ id: 1, result: { late: true } });
    expect(last.hasEnded).toBe(true);
  });

  test.each(['', 'x', '1', '-1.0', '0.99', '1.0; x', '00.1', '0.1e3'])('knows no event %j', async (mark) => {
    const from = rig();
    const { headers } = await begin(from);
    const answer = await ask(from, { headers: { ...headers, 'last-event-id': mark }, method: 'GET' });
    expect(answer).toMatchObject({ status: 400, hasEnded: true });
  });

  test('keeps no more than its bound for streams that broke, and says what it lost', async () => {
    const from = rig({ sessions: { resumeBytes: 2_000 } });
    const { headers, end } = await begin(from);
    const listener = await ask(from, { headers, method: 'GET' });
    await end.send(mcp({ method: 'notifications/message', params: {} }));
    const early = listener.events.at(-1)?.id;
    listener.stop.abort();
    for (let at = 0; at < 4; at += 1)
      await end.send(mcp({ method: 'notifications/message', params: { data: 'x'.repeat(400) } }));
    const lost = await ask(from, { headers: { ...headers, 'last-event-id': early }, method: 'GET' });
    expect(lost.status).toBe(400);
    const without = await ask(from, { headers, method: 'GET' });
    expect(without.events.filter(({ said }) => said !== undefined)).toHaveLength(2);
  });

  test('is there for its owner and its server alone', async () => {
    const from = rig();
    const { headers, reader } = await begin(from);
    for (const other of [{ owner: 'user/b' }, { server: 'files' }, { headers: { 'mcp-session-id': 'x'.repeat(32) } }]) {
      for (const method of ['POST', 'GET', 'DELETE']) {
        const request = { headers, method, ...(method === 'POST' && { said: call(1) }), ...other };
        const answer = await ask(from, request);
        expect([answer.status, answer.said]).toMatchObject([404, { error: { message: 'session is not known' } }]);
      }
    }
    await ask(from, { headers, said: { method: 'notifications/initialized' } });
    expect(await reader.said()).toEqual({ method: 'notifications/initialized' });
  });

  test('ends when the client says so, and is not known any more', async () => {
    const from = rig();
    const { headers, reader, end } = await begin(from);
    const waiting = await ask(from, { headers, said: call(1) });
    const listener = await ask(from, { headers, method: 'GET' });
    await end.send(mcp({ id: 'q', method: 'roots/list' }));
    expect(await ask(from, { headers, method: 'DELETE' })).toMatchObject({ status: 204, hasEnded: true });
    expect((await reader.rest()).slice(-2)).toEqual([
      { kind: 'lost', id: 'q', reason: 'gone' },
      { kind: 'ended', reason: 'closed' },
    ]);
    expect(listener.hasEnded).toBe(true);
    expect([waiting.status, waiting.said]).toMatchObject([404, { id: 1, error: { message: 'session has ended' } }]);
    expect(await ask(from, { headers, said: call(2) })).toMatchObject({ status: 404 });
    expect(from.sessions.size).toBe(0);
  });

  test('is none where the handshake fails', async () => {
    const from = rig();
    const answer = await ask(from, { said: initialize() });
    const [session] = from.begun;
    await session?.end.send(mcp({ id: 'init', error: { code: -32_602, message: 'no' } }));
    expect(answer.said).toMatchObject({ error: { code: -32_602 } });
    expect(from.sessions.size).toBe(0);
  });

  test('refuses a revision that is not the one of the session, and requests without an id of a session', async () => {
    const from = rig();
    const { headers } = await begin(from);
    const other = await ask(from, { headers: { ...headers, 'mcp-protocol-version': '2025-06-18' }, said: call(1) });
    const none = await ask(from, { said: call(1) });
    const two = await ask(from, { headers: { 'mcp-session-id': [headers['mcp-session-id'], 'x'] }, said: call(1) });
    expect([other, none, two].map(({ status }) => status)).toEqual([400, 400, 400]);
    expect(none.said).toMatchObject({ id: 1, error: { code: -32_600 } });
  });

  test('takes as many requests at a time as it may, each under an id of its own, and drops answers to nothing', async () => {
    const from = rig();
    const { headers, reader, end } = await begin(from);
    for (const id of [1, '1', 3]) expect((await ask(from, { headers, said: call(id) })).status).toBe(0);
    expect(await ask(from, { headers, said: call(4) })).toMatchObject({ status: 429 });
    await end.send(mcp({ id: 3, result: {} }));
    expect(await ask(from, { headers, said: call(1) })).toMatchObject({ status: 429 });
    expect(await ask(from, { headers, said: { id: 'never-asked', result: {} } })).toMatchObject({ status: 202 });
    expect(await ask(from, { headers, said: { method: 'notifications/last' } })).toMatchObject({ status: 202 });
    const seen = [await reader.said(), await reader.said(), await reader.said(), await reader.said()];
    expect(seen.map(({ id, method }) => id ?? method)).toEqual([1, '1', 3, 'notifications/last']);
  });

  test('takes in no more than is read', async () => {
    const from = rig({ limits: { maxMessageBytes: 200 } });
    const { headers, reader } = await begin(from);
    const note = { method: 'notifications/x', params: { data: 'x'.repeat(120) } };
    const answers = [played(from.sessions, { headers, said: note }), played(from.sessions, { headers, said: note })];
    await Promise.all(answers.map(({ taken }) => taken));
    const third = played(from.sessions, { headers, said: note });
    await from.clock.pass(0);
    expect(third.answer.status).toBe(0);
    await reader.said();
    await third.taken;
    expect(third.answer.status).toBe(202);
  });

  test('waits for a client that reads slowly', async () => {
    const from = rig();
    const { headers, end } = await begin(from);
    const answer = await ask(from, { headers, said: call(1) });
    let read: () => void = () => undefined;
    answer.room = new Promise((resolve) => {
      read = resolve;
    });
    let isSent = false;
    const sent = end.send(mcp(progress), { relatedTo: 1 }).then(() => {
      isSent = true;
    });
    await from.clock.pass(0);
    expect(isSent).toBe(false);
    read();
    await sent;
  });
});

describe('ClientSessions request by request', () => {
  test('gives requests of one client one session, whatever their ids, and each its own answer', async () => {
    const from = rig();
    const answers = [
      await ask(from, { headers: MODERN, said: list(1) }),
      await ask(from, { headers: MODERN, said: list(1) }),
    ];
    const [session, ...others] = from.begun;
    expect(others).toEqual([]);
    expect(session?.about).toEqual({ server: 'notes', owner: 'user/a', asked: '2026-07-28' });
    const ids = [await session?.reader.said(), await session?.reader.said()].map((said) => said?.id as string);
    expect(new Set(ids).size).toBe(2);
    for (const [at, id] of [...ids.entries()].reverse()) await session?.end.send(mcp({ id, result: { at } }));
    expect(answers.map(({ said, headers }) => [said, 'mcp-session-id' in headers])).toEqual([
      [{ id: 1, result: { at: 0 } }, false],
      [{ id: 1, result: { at: 1 } }, false],
    ]);
  });

  test('keeps clients apart that say something else of themselves, or have another owner or server', async () => {
    const from = rig();
    await ask(from, { headers: MODERN, said: list(1) });
    await ask(from, {
      headers: MODERN,
      said: list(1, { 'io.modelcontextprotocol/clientInfo': { name: 'd', version: '1' } }),
    });
    await ask(from, {
      headers: MODERN,
      said: list(1, { 'io.modelcontextprotocol/clientCapabilities': { roots: {} } }),
    });
    await ask(from, { headers: MODERN, said: list(1), owner: 'user/b' });
    await ask(from, { headers: MODERN, said: list(1), server: 'files' });
    expect(from.begun).toHaveLength(5);
  });

  test('tells what comes before an answer in its stream, and has no other way to a client', async () => {
    const from = rig();
    const answer = await ask(from, { headers: MODERN, said: list(1) });
    const session = from.begun[0];
    const { id } = (await session?.reader.said()) ?? {};
    await session?.end.send(mcp(progress), { relatedTo: id as string });
    await session?.end.send(mcp(progress));
    await session?.end.send(mcp({ id: 'q', method: 'roots/list' }));
    expect(await session?.reader.next()).toEqual({ kind: 'lost', id: 'q', reason: 'refused' });
    await session?.end.send(mcp({ id, result: {} }));
    expect(answer.events).toEqual([
      { id: undefined, said: progress },
      { id: undefined, said: { id: 1, result: {} } },
    ]);
  });

  test('says to which subscription a message belongs by the id that the client gave it', async () => {
    const from = rig();
    const headers = { ...MODERN, 'mcp-method': 'subscriptions/listen' };
    const answer = await ask(from, {
      headers,
      said: { id: 'own', method: 'subscriptions/listen', params: { _meta: META } },
    });
    const session = from.begun[0];
    const { id } = (await session?.reader.said()) ?? {};
    const _meta = { é: 1, 'io.modelcontextprotocol/subscriptionId': id };
    await session?.end.send(mcp({ method: 'notifications/x', params: { _meta } }), { relatedTo: id as string });
    await session?.end.send(mcp({ id, result: { _meta } }));
    const own = { é: 1, 'io.modelcontextprotocol/subscriptionId': 'own' };
    expect(answer.events.map(({ said }) => said)).toEqual([
      { method: 'notifications/x', params: { _meta: own } },
      { id: 'own', result: { _meta: own } },
    ]);
  });

  test('refuses a header that is absent, or says something else of an argument than the body, once the tool is known', async () => {
    const from = rig();
    await ask(from, { headers: MODERN, said: list(1) });
    const session = from.begun[0];
    const { id } = (await session?.reader.said()) ?? {};
    const inputSchema = { type: 'object', properties: { region: { type: 'string', 'x-mcp-header': 'Region' } } };
    await session?.end.send(mcp({ id, result: { tools: [{ name: 'search', inputSchema }] } }));
    const said = call(2, { name: 'search', arguments: { region: 'eu' }, _meta: META });
    const headers = { ...MODERN, 'mcp-method': 'tools/call', 'mcp-name': 'search' };
    const other = await ask(from, { headers: { ...headers, 'mcp-param-region': 'us' }, said });
    expect([other.status, other.said]).toMatchObject([400, { id: 2, error: { code: -32_020 } }]);
    const absent = await ask(from, { headers, said });
    expect([absent.status, absent.said]).toMatchObject([400, { id: 2, error: { code: -32_020 } }]);
    const same = await ask(from, { headers: { ...headers, 'mcp-param-region': 'eu' }, said });
    expect(same.status).toBe(0);
  });

  test('takes a request back whose client is gone', async () => {
    const from = rig();
    const answer = await ask(from, { headers: MODERN, said: list(1) });
    const session = from.begun[0];
    const { id } = (await session?.reader.said()) ?? {};
    answer.stop.abort();
    expect(await session?.reader.said()).toMatchObject({
      method: 'notifications/cancelled',
      params: { requestId: id },
    });
    await session?.end.send(mcp({ id, result: {} }));
    expect(answer.text).toBe('');
  });

  test.each([
    [-32_601, 404],
    [-32_020, 400],
    [-32_021, 400],
    [-32_022, 400],
    [-32_602, 200],
    [-32_603, 200],
  ])('answers an error %d with status %d', async (code, status) => {
    const from = rig();
    const answer = await ask(from, { headers: MODERN, said: list(1) });
    const session = from.begun[0];
    const { id } = (await session?.reader.said()) ?? {};
    await session?.end.send(mcp({ id, error: { code, message: '' } }));
    expect(answer.status).toBe(status);
  });

  test.each<[string, Request, number]>([
    ['no version in the header', { headers: { 'mcp-method': 'tools/list' }, said: list(1) }, -32_020],
    [
      'another version in the header',
      { headers: { ...MODERN, 'mcp-protocol-version': '2025-11-25' }, said: list(1) },
      -32_020,
    ],
    [
      'two versions in the header',
      { headers: { ...MODERN, 'mcp-protocol-version': '2026-07-28, 2025-11-25' }, said: list(1) },
      -32_020,
    ],
    ['no method in the header', { headers: { 'mcp-protocol-version': '2026-07-28' }, said: list(1) }, -32_020],
    ['another method in the header', { headers: { ...MODERN, 'mcp-method': 'ping' }, said: list(1) }, -32_020],
    ['a name in the header that the body has not', { headers: { ...MODERN, 'mcp-name': 'x' }, said: list(1) }, -32_020],
    [
      'another name in the header',
      {
        headers: { ...MODERN, 'mcp-method': 'tools/call', 'mcp-name': 'safe' },
        said: call(1, { name: 'unsafe', _meta: META }),
      },
      -32_020,
    ],
    [
      'a name in the header in a coding that does not hold',
      {
        headers: { ...MODERN, 'mcp-method': 'tools/call', 'mcp-name': '=?base64?!?=' },
        said: call(1, { name: 'x', _meta: META }),
      },
      -32_020,
    ],
    ['no envelope', { headers: MODERN, said: { id: 1, method: 'tools/list' } }, -32_602],
    [
      'no capabilities',
      { headers: MODERN, said: list(1, { 'io.modelcontextprotocol/clientCapabilities': undefined }) },
      -32_602,
    ],
    [
      'a revision that nobody speaks',
      {
        headers: { ...MODERN, 'mcp-protocol-version': '2099-01-01' },
        said: list(1, { 'io.modelcontextprotocol/protocolVersion': '2099-01-01' }),
      },
      -32_022,
    ],
    ['an answer', { headers: MODERN, said: { id: 1, result: {} } }, -32_600],
  ])('refuses a request with %s', async (_what, request, code) => {
    const from = rig();
    const answer = await ask(from, request);
    expect([answer.status, answer.said]).toMatchObject([400, { error: { code } }]);
    expect(from.begun).toEqual([]);
  });

  test('says which revisions are spoken where the one of a request is not', async () => {
    const from = rig({ revisions: ['2025-11-25'] });
    const data = { supported: ['2025-11-25'], requested: '2026-07-28' };
    expect((await ask(from, { headers: MODERN, said: list(1) })).said).toMatchObject({
      id: 1,
      error: { code: -32_022, data },
    });
    const modern = rig({ revisions: ['2026-07-28'] });
    expect((await ask(modern, { said: initialize() })).said).toMatchObject({ error: { code: -32_022 } });
  });

  test('has nothing to listen to, and nothing to end', async () => {
    for (const method of ['GET', 'DELETE']) {
      const answer = await ask(rig(), { method, headers: MODERN });
      expect([answer.status, answer.headers.allow]).toEqual([405, 'POST']);
    }
    expect(await ask(rig(), { headers: MODERN, said: { method: 'notifications/x' } })).toMatchObject({ status: 202 });
  });
});

describe('ClientSessions and whoever else comes', () => {
  test.each<[string, Request, number]>([
    ['an unknown server', { server: 'constructor', said: initialize() }, 404],
    ['a method of HTTP that is none', { method: 'PUT', said: initialize() }, 405],
    ['a page of another origin', { headers: { origin: 'https://evil.example' }, said: initialize() }, 403],
    ['two origins', { headers: { origin: ['https://app.example', 'https://evil.example'] }, said: initialize() }, 403],
    ['a form of a page', { headers: { 'content-type': 'text/plain' }, said: initialize() }, 415],
    ['another charset', { headers: { 'content-type': 'application/json; charset=utf-16' }, said: initialize() }, 415],
    ['a coding', { headers: { 'content-encoding': 'gzip' }, said: initialize() }, 415],
    ['two codings', { headers: { 'content-encoding': ['identity', 'gzip'] }, said: initialize() }, 415],
    ['no form that it takes', { headers: { accept: 'text/html' }, said: initialize() }, 406],
    ['no body', { body: new Uint8Array(0) }, 400],
    ['a batch', { body: Buffer.from('[]') }, 400],
    ['a body that breaks off', { body: breaking() }, 400],
    ['a body beyond the bound', { body: Buffer.alloc(2_001, ' ') }, 413],
    ['a body beyond the bound, in pieces', { body: pieces(1_000, 1_001) }, 413],
  ])('refuses %s', async (_what, request, status) => {
    const from = rig();
    const answer = await ask(from, request);
    expect([answer.status, answer.hasEnded]).toEqual([status, true]);
    expect(answer.said).toMatchObject({ error: { code: expect.any(Number), message: expect.any(String) } });
    expect(from.begun).toEqual([]);
  });

  test('takes a page of an origin that may, and a body as large as the bound', async () => {
    const said = JSON.stringify({ jsonrpc: '2.0', ...initialize() });
    const body = Buffer.from(said.padEnd(2_000));
    const from = rig();
    await ask(from, { headers: { origin: 'https://App.example' }, body });
    expect(from.begun).toHaveLength(1);
  });

  test('never repeats what stands in a body that it refuses', async () => {
    const answer = await ask(rig(), { body: Buffer.from('{"jsonrpc":"2.0","secret-of-the-client":') });
    expect(answer.text).not.toContain('secret-of-the-client');
  });

  test.each([
    ['127.0.0.1', true],
    ['localhost:8787', true],
    ['LOCALHOST', true],
    ['[::1]:8787', true],
    ['evil.example', false],
    ['localhost.evil.example', false],
    ['evil.example@localhost', false],
    ['localhost/x', false],
    ['', false],
    [undefined, false],
  ])('is addressed by its names alone: %j', async (host, isTaken) => {
    const from = rig({ more: { allowedHosts: ['127.0.0.1', 'localhost', '::1'] } });
    const answer = await ask(from, { headers: { host }, said: initialize() });
    expect([answer.status, from.begun.length]).toEqual(isTaken ? [0, 1] : [403, 0]);
  });

  test('has as many sessions of one owner as it may; the one that was idle longest gives way, none that is busy', async () => {
    const from = rig({ sessions: { maxPerPrincipal: 2 } });
    const [first, second] = [await begin(from), await begin(from)];
    await from.clock.pass(10);
    await ask(from, { headers: first.headers, said: { method: 'notifications/x' } });
    const third = await begin(from);
    expect((await ask(from, { headers: second.headers, said: call(1) })).status).toBe(404);
    await ask(from, { headers: first.headers, said: call(1) });
    await ask(from, { headers: third.headers, method: 'GET' });
    expect((await ask(from, { said: initialize() })).status).toBe(429);
    expect((await ask(from, { headers: MODERN, said: list(1) })).status).toBe(429);
    await begin(from, { owner: 'user/b' });
    expect(from.sessions.size).toBe(3);
  });

  test('has as many sessions in all as it may, and takes none of another owner for a new one', async () => {
    const from = rig({ sessions: { maxSessions: 2, maxPerPrincipal: 2 } });
    await begin(from, { owner: 'user/a' });
    await begin(from, { owner: 'user/b' });
    expect((await ask(from, { owner: 'user/c', said: initialize() })).status).toBe(429);
    await begin(from, { owner: 'user/b' });
    expect(from.sessions.size).toBe(2);
  });

  test('ends a session that is idle for its time, and none that is used, listened to or asked', async () => {
    const from = rig();
    const [idle, used, listening, asking] = [
      await begin(from),
      await begin(from),
      await begin(from),
      await begin(from),
    ];
    const listener = await ask(from, { headers: listening.headers, method: 'GET' });
    await ask(from, { headers: asking.headers, said: call(1) });
    await from.clock.pass(IDLE_MS - 1);
    await ask(from, { headers: used.headers, said: { method: 'notifications/x' } });
    await from.clock.pass(1);
    expect(await idle.reader.rest()).toEqual([{ kind: 'ended', reason: 'closed' }]);
    expect(from.sessions.size).toBe(3);
    await from.clock.pass(IDLE_MS);
    expect(from.sessions.size).toBe(2);
    listener.stop.abort();
    await asking.end.send(mcp({ id: 1, result: {} }));
    await from.clock.pass(2 * IDLE_MS);
    expect([from.sessions.size, from.clock.pending]).toEqual([0, 0]);
  });

  test('close() ends all sessions, and takes no more', async () => {
    const from = rig();
    const { reader } = await begin(from);
    await ask(from, { headers: MODERN, said: list(1) });
    await from.sessions.close();
    expect(await reader.rest()).toEqual([{ kind: 'ended', reason: 'closed' }]);
    expect((await ask(from, { said: initialize() })).status).toBe(503);
    expect([from.sessions.size, from.clock.pending]).toEqual([0, 0]);
  });

  test('bounds a flood of handshakes', async () => {
    const from = rig();
    const statuses: number[] = [];
    for (let at = 0; at < 200; at += 1)
      statuses.push((await ask(from, { owner: `user/${at % 3}`, said: initialize() })).status);
    expect(from.sessions.size).toBe(6);
    expect(statuses.filter((status) => status === 429)).toHaveLength(194);
  });
});

async function* breaking(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('{"jsonrpc"');
  throw new Error('aborted');
}

async function* pieces(...sizes: number[]): AsyncGenerator<Uint8Array> {
  for (const size of sizes) yield Buffer.alloc(size, ' ');
}
