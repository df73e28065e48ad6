import { afterEach, describe, expect, test, vi } from 'vitest';
import { type McpHttpConfig, Secret } from '../../config/index.ts';
import { answerJson, beginEvents, type LocalHttp, localHttp, type Play } from '../../testing/local-http.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { EndReader, mcp, transportParts } from '../../testing/mcp-ends.ts';
import type { UpstreamAuthorization } from './http-line.ts';
import { HttpServerEnd } from './http-server-end.ts';
import type { TransportParts } from './transport-parts.ts';

const LIMITS = {
  maxMessageBytes: 10_000,
  maxPending: 4,
  silenceMs: 60_000,
  startMs: 5_000,
  maxUnreadable: 0,
  maxMemoryBytes: 1,
};

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

interface Opened {
  readonly limits?: Partial<McpHttpConfig['limits']>;
  readonly parts?: Partial<TransportParts>;
  readonly more?: Partial<McpHttpConfig>;
  readonly authorization?: UpstreamAuthorization;
}

async function open(play: Play, { limits, parts, more, authorization }: Opened = {}) {
  const http: LocalHttp = await localHttp(play);
  const config: McpHttpConfig = {
    name: 'played',
    transport: 'http',
    url: http.url,
    headers: {},
    ca: undefined,
    revisions: ['2025-11-25'],
    approvalHoldMs: 0,
    detectors: {},
    limits: { ...LIMITS, ...limits },
    ...more,
  };
  const end = new HttpServerEnd(config, transportParts(parts), authorization);
  closing.push(() => end.close(), http.close);
  return { end, http, reader: new EndReader(end) };
}

const initialize = mcp({ id: 'init', method: 'initialize', params: { protocolVersion: '2025-11-25' } });
const initialized = mcp({ method: 'notifications/initialized' });
const call = (id: string | number, params: object = {}) => mcp({ id, method: 'tools/call', params });
const modern = (id: string | number, params: object = {}) =>
  call(id, { ...params, _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' } });

/** A server with a session that answers calls as `play` does. */
const withSession =
  (play: Play): Play =>
  (request, response, raw) => {
    if (request.body?.method === 'initialize') {
      response.setHeader('mcp-session-id', 'session-1');
      answerJson(response, { id: request.body.id, result: { protocolVersion: '2025-11-25' } });
    } else if (request.method === 'DELETE') response.writeHead(204).end();
    else if (request.method === 'POST' && request.body?.id === undefined) response.writeHead(202).end();
    else return play(request, response, raw);
  };

async function openSession(play: Play, more: Opened = {}) {
  const opened = await open(withSession(play), more);
  await opened.end.send(initialize);
  await opened.reader.said();
  return opened;
}

describe('HttpServerEnd with a session', () => {
  test('keeps to what the handshake settled, and lets the session go when it closes', async () => {
    const { end, http, reader } = await openSession(({ method, body }, response) => {
      if (method === 'GET') response.writeHead(405).end();
      else answerJson(response, { id: body?.id, result: { ok: true } });
    });
    await end.send(initialized);
    await end.send(call(1));
    expect(await reader.said()).toEqual({ id: 1, result: { ok: true } });
    await end.close();
    expect(await reader.rest()).toEqual([{ kind: 'ended', reason: 'closed' }]);
    const told = http.requests.map(({ method, headers, body }) => [
      method,
      body?.method,
      headers['mcp-session-id'],
      headers['mcp-protocol-version'],
    ]);
    expect(told[0]).toEqual(['POST', 'initialize', undefined, undefined]);
    expect(told[1]).toEqual(['POST', 'notifications/initialized', 'session-1', '2025-11-25']);
    expect(told).toContainEqual(['GET', undefined, 'session-1', '2025-11-25']);
    expect(told).toContainEqual(['POST', 'tools/call', 'session-1', '2025-11-25']);
    expect(told.at(-1)).toEqual(['DELETE', undefined, 'session-1', '2025-11-25']);
  });

  test('reads what comes before an answer in its stream, and answers to questions in it go on their own', async () => {
    let finish: () => void = () => undefined;
    const { end, http, reader } = await openSession(({ body }, response) => {
      if (body?.method !== 'tools/call') return void response.writeHead(202).end();
      const say = beginEvents(response);
      say({ method: 'notifications/progress', params: { progressToken: 1, progress: 1 } });
      say({ id: 'q', method: 'elicitation/create', params: {} });
      finish = () => {
        say({ id: 1, result: { done: true } });
        response.end();
      };
    });
    await end.send(call(1));
    expect(await reader.said()).toMatchObject({ method: 'notifications/progress' });
    expect(await reader.said()).toMatchObject({ id: 'q', method: 'elicitation/create' });
    await end.send(mcp({ id: 'q', result: { action: 'decline' } }));
    finish();
    expect(await reader.said()).toEqual({ id: 1, result: { done: true } });
    expect(http.requests.at(-1)?.body).toMatchObject({ id: 'q', result: { action: 'decline' } });
  });

  test('reads the stream of the server itself, and goes on where it broke', async () => {
    const clock = new ManualClock();
    const asked: (string | undefined)[] = [];
    const { end, reader } = await openSession(
      ({ method, headers }, response) => {
        if (method !== 'GET') return;
        asked.push(headers['last-event-id'] as string | undefined);
        const say = beginEvents(response);
        say({ method: `notifications/number${asked.length}` }, `e${asked.length}`);
        if (asked.length < 3) response.end();
      },
      { parts: { clock } },
    );
    await end.send(initialized);
    for (const number of [1, 2, 3]) {
      const said = reader.said();
      await vi.waitFor(async () => {
        await clock.pass(500);
        expect(asked).toHaveLength(number);
      });
      expect(await said).toEqual({ method: `notifications/number${number}` });
    }
    expect(asked).toEqual([undefined, 'e1', 'e2']);
  });

  test('goes on with a stream that broke before its answer, where it has marks, and loses the request where not', async () => {
    const clock = new ManualClock();
    const { end, http, reader } = await openSession(
      ({ method, headers, body }, response) => {
        const say = beginEvents(response);
        if (method === 'GET') say({ id: 1, result: { resumed: headers['last-event-id'] } });
        else say({ method: 'notifications/message', params: {} }, body?.id === 1 ? 'mark' : undefined);
        response.end();
      },
      { parts: { clock } },
    );
    await end.send(call(1));
    await reader.said();
    const said = reader.said();
    await vi.waitFor(async () => {
      await clock.pass(500);
      expect(http.requests.some(({ method }) => method === 'GET')).toBe(true);
    });
    expect(await said).toEqual({ id: 1, result: { resumed: 'mark' } });
    await end.send(call(2));
    await reader.said();
    expect(await reader.next()).toEqual({ kind: 'lost', id: 2, reason: 'gone' });
  });

  test('ends when the server knows the session no more', async () => {
    const { end, reader } = await openSession((_request, response) => {
      answerJson(response, { id: null, error: { code: -32_001, message: 'Session not found' } }, 404);
    });
    await end.send(call(1));
    expect(await reader.rest()).toEqual([
      { kind: 'lost', id: 1, reason: 'gone' },
      { kind: 'ended', reason: 'gone' },
    ]);
    await end.send(call(2));
  });

  test('tells the server that a request is taken back, and reads no further', async () => {
    let hasClosed = false;
    const { end, http } = await openSession((_request, response) => {
      beginEvents(response)({ method: 'notifications/message', params: {} });
      response.on('close', () => {
        hasClosed = true;
      });
    });
    await end.send(call(1));
    await vi.waitFor(() => expect(http.requests).toHaveLength(2));
    await end.send(mcp({ method: 'notifications/cancelled', params: { requestId: 1 } }));
    await vi.waitFor(() => expect(hasClosed).toBe(true));
    expect(http.requests.at(-1)?.body).toMatchObject({ method: 'notifications/cancelled' });
  });

  test('never takes another id for its session than the one of the handshake', async () => {
    const { end, http, reader } = await openSession(({ body }, response) => {
      response.setHeader('mcp-session-id', 'fixated');
      answerJson(response, { id: body?.id, result: {} });
    });
    for (const id of [1, 2]) {
      await end.send(call(id));
      await reader.said();
    }
    expect(http.requests.slice(1).map(({ headers }) => headers['mcp-session-id'])).toEqual(['session-1', 'session-1']);
  });
});

describe('HttpServerEnd request by request', () => {
  test('says in headers what the body says, whatever stands in it', async () => {
    const { end, http, reader } = await open(({ body }, response) =>
      answerJson(response, { id: body?.id, result: {} }),
    );
    for (const [id, name] of ['add', 'ä\r\nx-evil: 1', ' padded ', '=?base64?YQ==?='].entries()) {
      await end.send(modern(id, { name }));
      await reader.said();
    }
    await end.send(mcp({ method: 'notifications/x' }));
    expect(http.requests.map(({ headers }) => [headers['mcp-method'], headers['mcp-name'], headers['x-evil']])).toEqual(
      [
        ['tools/call', 'add', undefined],
        ['tools/call', '=?base64?w6QNCngtZXZpbDogMQ==?=', undefined],
        ['tools/call', '=?base64?IHBhZGRlZCA=?=', undefined],
        ['tools/call', '=?base64?PT9iYXNlNjQ/WVE9PT89?=', undefined],
        ['notifications/x', undefined, undefined],
      ],
    );
    expect(new Set(http.requests.map(({ headers }) => headers['mcp-protocol-version']))).toEqual(
      new Set(['2026-07-28']),
    );
    expect(http.requests.some(({ headers }) => 'mcp-session-id' in headers)).toBe(false);
  });

  test('takes a request back by the end of its stream alone', async () => {
    let hasClosed = false;
    const { end, http } = await open((_request, response) => {
      beginEvents(response);
      response.on('close', () => {
        hasClosed = true;
      });
      response.flushHeaders();
    });
    await end.send(modern(1));
    await vi.waitFor(() => expect(http.requests).toHaveLength(1));
    await end.send(mcp({ method: 'notifications/cancelled', params: { requestId: 1 } }));
    await vi.waitFor(() => expect(hasClosed).toBe(true));
    expect(http.requests).toHaveLength(1);
  });

  test('hands on an error whatever its status, under the id of the request', async () => {
    const { end, reader } = await open(({ body }, response) => {
      const id = body?.id === 1 ? 1 : null;
      answerJson(response, { id, error: { code: -32_601, message: 'no such method' } }, body?.id === 1 ? 404 : 400);
    });
    await end.send(modern(1));
    expect(await reader.said()).toMatchObject({ id: 1, error: { code: -32_601 } });
    await end.send(modern(2));
    expect(await reader.said()).toMatchObject({ id: 2, error: { code: -32_601 } });
  });
});

describe('HttpServerEnd and a hostile server', () => {
  test.each<[string, Play, string]>([
    [
      'a redirect',
      (_request, response) => void response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end(),
      'refused',
    ],
    [
      'an answer that is not JSON',
      (_request, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<a>'),
      'unreadable',
    ],
    ['an answer without a type', (_request, response) => void response.writeHead(200).end('{}'), 'unreadable'],
    ['JSON that is no message', (_request, response) => answerJson(response, { result: 1, error: 2 }), 'unreadable'],
    [
      'a batch',
      (_request, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('[]'),
      'unreadable',
    ],
    ['an answer under another id', (_request, response) => answerJson(response, { id: 99, result: {} }), 'unreadable'],
    [
      'a request in place of an answer',
      (_request, response) => answerJson(response, { id: 1, method: 'ping' }),
      'unreadable',
    ],
    [
      'a result with a status of failure',
      (_request, response) => answerJson(response, { id: 1, result: {} }, 500),
      'gone',
    ],
    ['no answer to a request', (_request, response) => void response.writeHead(202).end(), 'refused'],
    ['a failure', (_request, response) => void response.writeHead(503).end('down'), 'gone'],
    [
      'a refusal',
      (_request, response) => answerJson(response, { id: 1, error: { code: 1, message: 'who?' } }, 401),
      'refused',
    ],
    [
      'a coding nobody asked for',
      (_request, response) =>
        void response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end('x'),
      'unreadable',
    ],
    [
      'an answer beyond the bound',
      (_request, response) => answerJson(response, { id: 1, result: { a: 'x'.repeat(10_000) } }),
      'too-large',
    ],
    ['an endless answer', (_request, response) => endless(response, 'application/json', 'x'), 'too-large'],
    ['an event without end', (_request, response) => endless(response, 'text/event-stream', 'data: x'), 'too-large'],
    ['an event that is no message', (_request, response) => beginEvents(response)({ method: 1 }), 'unreadable'],
    [
      'a stream that is cut',
      (_request, response) => {
        beginEvents(response)({ method: 'notifications/a' });
        setImmediate(() => response.destroy());
      },
      'gone',
    ],
    ['a connection that is cut', (_request, response) => void response.destroy(), 'gone'],
  ])('loses a request to %s', async (_what, play, reason) => {
    const { end, reader } = await open(play);
    await end.send(call(1));
    let told = await reader.next();
    while (told?.kind === 'message') told = await reader.next();
    expect(told).toEqual({ kind: 'lost', id: 1, reason });
  });

  test('takes an answer as large as the bound', async () => {
    const empty = JSON.stringify({ jsonrpc: '2.0', id: 1, result: { a: '' } }).length;
    const { end, reader } = await open(({ body }, response) =>
      answerJson(response, { id: body?.id, result: { a: 'x'.repeat(LIMITS.maxMessageBytes - empty) } }),
    );
    await end.send(call(1));
    expect((await reader.next())?.kind).toBe('message');
  });

  test('holds no more of unfinished answers than a few messages may be large', async () => {
    const { end, reader } = await open(
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.write('x'.repeat(9_000));
      },
      { limits: { maxPending: 8 } },
    );
    for (let id = 0; id < 5; id += 1) await end.send(call(id));
    expect(await reader.next()).toMatchObject({ kind: 'lost', reason: 'too-large' });
  });

  test('takes no answer from the stream of another request, nor from the one of the server itself', async () => {
    const { end, reader } = await openSession(({ method, body }, response) => {
      const say = beginEvents(response);
      if (method === 'GET') return say({ id: 1, result: { from: 'listening' } });
      if (body?.id === 2) {
        say({ id: 1, result: { from: 'another' } });
        say({ id: 2, result: {} });
      }
    });
    await end.send(initialized);
    await end.send(call(1));
    await end.send(call(2));
    expect(await reader.said()).toEqual({ id: 2, result: {} });
    await end.send(mcp({ method: 'notifications/cancelled', params: { requestId: 1 } }));
  });

  test('loses a request to a stream that never says anything of it, and takes it back', async () => {
    const clock = new ManualClock();
    let hasClosed = false;
    const { end, http, reader } = await openSession(
      (_request, response) => {
        beginEvents(response);
        response.write(': still here\n\n');
        response.on('close', () => {
          hasClosed = true;
        });
      },
      { parts: { clock }, limits: { silenceMs: 1_000 } },
    );
    await end.send(call(1));
    await vi.waitFor(() => expect(http.requests).toHaveLength(2));
    const told = reader.next();
    await clock.pass(1_000);
    expect(await told).toEqual({ kind: 'lost', id: 1, reason: 'silent' });
    await vi.waitFor(() => expect(hasClosed).toBe(true));
    await vi.waitFor(() => expect(http.requests.at(-1)?.body).toMatchObject({ method: 'notifications/cancelled' }));
  });

  test('refuses questions beyond the bound, and requests of ours beyond it', async () => {
    const { end, http, reader } = await open(
      ({ body }, response) => {
        if (body?.method !== 'tools/call') return void response.writeHead(202).end();
        const say = beginEvents(response);
        for (let id = 0; id < 3; id += 1) say({ id, method: 'ping' });
      },
      { limits: { maxPending: 2 } },
    );
    await end.send(call(1));
    expect([await reader.said(), await reader.said()].map(({ id }) => id)).toEqual([0, 1]);
    await vi.waitFor(() => expect(http.requests.at(-1)?.body).toMatchObject({ id: 2, error: { code: -32_600 } }));
    await end.send(call(2));
    await end.send(call(3));
    expect(await reader.next()).toEqual({ kind: 'lost', id: 3, reason: 'refused' });
  });

  test('ends where what the server says of its own accord cannot be read', async () => {
    const { end, reader } = await openSession((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: garbage\n\n');
    });
    await end.send(initialized);
    expect(await reader.rest()).toEqual([{ kind: 'ended', reason: 'unreadable' }]);
  });

  test('tells of a server that is not there as gone', async () => {
    const { end, http, reader } = await open(() => undefined);
    await http.close();
    await end.send(call(1));
    expect(await reader.next()).toEqual({ kind: 'lost', id: 1, reason: 'gone' });
  });
});

describe('HttpServerEnd with an authorization', () => {
  const authorized: Play = ({ headers, body }, response) => {
    if (headers.authorization === 'Bearer good')
      answerJson(response, { id: body?.id, result: { team: headers['x-team'] } });
    else response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end();
  };

  test('shows what it is given with every request, beside the headers of the configuration', async () => {
    const authorization = { headers: async () => ({ authorization: 'Bearer good' }), refused: async () => true };
    const { end, reader } = await open(authorized, { authorization, more: { headers: { 'x-team': new Secret('a') } } });
    await end.send(call(1));
    expect(await reader.said()).toEqual({ id: 1, result: { team: 'a' } });
  });

  test('asks once more when it is told that it is worth it, and once only', async () => {
    const refused: unknown[] = [];
    let token = 'old';
    const authorization = {
      headers: async () => ({ authorization: `Bearer ${token}` }),
      refused: async (told: unknown) => {
        refused.push(told);
        if (refused.length === 1) token = 'good';
        return true;
      },
    };
    const { end, http, reader } = await open(authorized, { authorization });
    await end.send(call(1));
    expect(await reader.said()).toMatchObject({ id: 1 });
    expect(refused).toEqual([
      { status: 401, wwwAuthenticate: 'Bearer error="invalid_token"', shown: { authorization: 'Bearer old' } },
    ]);
    token = 'bad';
    await end.send(call(2));
    expect(await reader.next()).toEqual({ kind: 'lost', id: 2, reason: 'refused' });
    expect(http.requests).toHaveLength(4);
  });

  test('loses a request as refused where there is nothing to show', async () => {
    const authorization = { headers: () => Promise.reject(new Error('no consent')), refused: async () => false };
    const { end, http, reader } = await open(authorized, { authorization });
    await end.send(call(1));
    expect(await reader.next()).toEqual({ kind: 'lost', id: 1, reason: 'refused' });
    expect(http.requests).toEqual([]);
  });
});

function endless(response: Parameters<Play>[1], type: string, text: string): void {
  response.writeHead(200, { 'content-type': type });
  const more = () => {
    if (!response.destroyed) response.write(text.repeat(1_000), () => setImmediate(more));
  };
  more();
}
