import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type GenerateContentResponse, GoogleGenAI } from '@google/genai';
import { isFault, type ParsedRequest, type Refusal, type Reply } from '@sallyport/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gemini } from './adapter.ts';
import { geminiDemo } from './demo.ts';

/** The official SDK is the judge of what this adapter writes. The server answers each request as the test says. */
const LIMITS = { maxDepth: 32, maxBodyBytes: 1_000_000 };
const REFUSAL: Refusal = { exchange: 'x1', effect: 'block', message: 'Blocked by policy.', form: 'refusal' };
const PARAMS = { model: 'm', contents: 'hello' };
const SSE = { 'content-type': 'text/event-stream' };

interface Asked {
  readonly request: ParsedRequest;
  readonly target: string;
  readonly body: Uint8Array;
}

let server: Server;
let client: GoogleGenAI;
let reply: (asked: Asked) => Reply;
let shown: string | undefined;

beforeAll(async () => {
  server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk) => chunks.push(chunk));
    incoming.on('end', () => {
      const target = incoming.url ?? '';
      const [path = '', query = ''] = target.split('?');
      const head = { method: incoming.method ?? '', path, query, headers: incoming.headers };
      shown = gemini.credential(head);
      const answer = answerTo(head, target, Buffer.concat(chunks));
      outgoing.writeHead(answer.status, answer.headers).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  client = new GoogleGenAI({ apiKey: 'gateway-key', httpOptions: { baseUrl: `http://127.0.0.1:${port}` } });
});

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
});

function answerTo(head: Parameters<typeof gemini.match>[0], target: string, body: Uint8Array): Reply {
  const endpoint = gemini.match(head);
  if (endpoint === undefined) return gemini.fault('UNKNOWN_PATH', 'x1');
  if (endpoint.kind === 'models') {
    return endpoint.model === undefined ? gemini.models(['a', 'b']) : gemini.model(endpoint.model);
  }
  const request = gemini.request(body, endpoint, LIMITS);
  return isFault(request) ? gemini.fault(request.fault, 'x1') : reply({ request, target, body });
}

/** Lets the first `release` events of an answer out, then refuses; the rest of it was seen and is held. */
function refuseAfter(bytes: Uint8Array, release: number, refusal = REFUSAL): void {
  reply = ({ request }) => {
    const codec = gemini.answer(request, { status: 200, contentType: 'text/event-stream' }, LIMITS);
    const events = codec.push(bytes);
    if (isFault(events)) throw new Error(events.fault);
    const out = events.slice(0, release).map(({ raw }) => raw);
    return { status: 200, headers: SSE, body: Buffer.concat([...out, codec.refuse(refusal, events.slice(release))]) };
  };
}

const stream = (name: string) => readFileSync(new URL(`./fixtures/answers/${name}.sse`, import.meta.url));

async function collected(parts: AsyncIterable<GenerateContentResponse>) {
  let text = '';
  let last: GenerateContentResponse | undefined;
  for await (const part of parts) {
    text += (part.candidates?.[0]?.content?.parts ?? []).map((each) => each.text ?? '').join('');
    last = part;
  }
  return { text, reason: last?.candidates?.[0]?.finishReason, usage: last?.usageMetadata };
}

describe('refuse(), read by @google/genai', () => {
  test('is an answer that ended for safety, with the refusal as its text', async () => {
    reply = ({ request }) => gemini.refuse(REFUSAL, request);
    const answer = await client.models.generateContent(PARAMS);
    expect(answer.text).toBe('Blocked by policy.');
    expect(answer.candidates?.[0]?.finishReason).toBe('SAFETY');
    expect(answer.modelVersion).toBe('m');
    expect(shown).toBe('gateway-key');
  });

  test('is a stream that ends likewise', async () => {
    reply = ({ request }) => gemini.refuse(REFUSAL, request);
    const said = await collected(await client.models.generateContentStream(PARAMS));
    expect(said).toMatchObject({ text: 'Blocked by policy.', reason: 'SAFETY' });
  });

  test('is JSON that can be parsed when JSON was asked for', async () => {
    reply = ({ request }) => gemini.refuse(REFUSAL, request);
    const config = { responseMimeType: 'application/json', responseJsonSchema: { type: 'object' } };
    const { text } = await client.models.generateContent({ ...PARAMS, config });
    expect(JSON.parse(text ?? '')).toEqual({ refusal: 'Blocked by policy.' });
  });

  test('is as many candidates as were asked for', async () => {
    reply = ({ request }) => gemini.refuse(REFUSAL, request);
    const { candidates = [] } = await client.models.generateContent({ ...PARAMS, config: { candidateCount: 3 } });
    expect(candidates.map(({ index, finishReason }) => [index, finishReason])).toEqual([
      [0, 'SAFETY'],
      [1, 'SAFETY'],
      [2, 'SAFETY'],
    ]);
  });

  test('is an error when the route says so, and always where nothing is generated', async () => {
    reply = ({ request }) => gemini.refuse({ ...REFUSAL, form: 'error' }, request);
    const error = { status: 400, message: expect.stringContaining('Blocked by policy. (exchange x1)') };
    await expect(client.models.generateContent(PARAMS)).rejects.toMatchObject(error);
    await expect(client.models.generateContentStream(PARAMS)).rejects.toMatchObject(error);
    reply = ({ request }) => gemini.refuse(REFUSAL, request);
    await expect(client.models.embedContent(PARAMS)).rejects.toMatchObject(error);
    await expect(client.models.countTokens(PARAMS)).rejects.toMatchObject(error);
  });

  test('ends a stream after any of its events', async () => {
    for (const name of ['text', 'agent', 'partial-args', 'code', 'grounded', 'filtered', 'blocked']) {
      const bytes = stream(name);
      const count = bytes.toString().split('\r\n\r\n').length - 1;
      for (let release = 0; release <= count; release += 1) {
        refuseAfter(bytes, release);
        const said = await collected(await client.models.generateContentStream(PARAMS));
        expect(said.text, `${name} ${release}`).toMatch(/Blocked by policy\.$/);
        expect(said.reason).toBe('SAFETY');
      }
    }
  });

  test('begins a paragraph behind text that is out, and none behind what is held', async () => {
    refuseAfter(stream('text'), 2);
    expect((await collected(await client.models.generateContentStream(PARAMS))).text).toBe(
      'Once upon \n\nBlocked by policy.',
    );
    refuseAfter(stream('text'), 1);
    expect((await collected(await client.models.generateContentStream(PARAMS))).text).toBe('Blocked by policy.');
  });

  test('is an error that the client throws, in a stream of a route that says so', async () => {
    refuseAfter(stream('text'), 2, { ...REFUSAL, form: 'error' });
    const parts = await client.models.generateContentStream(PARAMS);
    await expect(collected(parts)).rejects.toMatchObject({ status: 400 });
  });
});

describe('fault() and models(), read by @google/genai', () => {
  test('are errors of Google’s form', async () => {
    reply = () => gemini.fault('KEY_INVALID', 'x1');
    await expect(client.models.generateContent(PARAMS)).rejects.toMatchObject({
      status: 401,
      message: expect.stringContaining('"status":"UNAUTHENTICATED"'),
    });
    reply = ({ request }) => {
      const codec = gemini.answer(request, { status: 200, contentType: 'text/event-stream' }, LIMITS);
      return { status: 200, headers: SSE, body: codec.fault('UPSTREAM_BROKEN') };
    };
    const parts = await client.models.generateContentStream(PARAMS);
    await expect(collected(parts)).rejects.toMatchObject({ status: 502 });
  });

  test('are a list of names, and one of them', async () => {
    const names: (string | undefined)[] = [];
    for await (const { name } of await client.models.list()) names.push(name);
    expect(names).toEqual(['models/a', 'models/b']);
    expect((await client.models.get({ model: 'a' })).name).toBe('models/a');
  });
});

describe('the demo, read by @google/genai', () => {
  const answer = {
    text: 'It is mild in Ulm.',
    reasoning: 'hm',
    toolCalls: [{ name: 'get_weather', arguments: '{"city":"Ulm"}' }],
  };
  const say = (said: object) => {
    reply = ({ target, body }) => {
      const turn = geminiDemo.read({ method: 'POST', path: target, body });
      if (turn === undefined) throw new Error('no turn');
      return {
        status: 200,
        headers: { 'content-type': turn.contentType },
        body: Buffer.concat([...turn.render(said)]),
      };
    };
  };

  test('says text, thoughts and calls, whole and in a stream', async () => {
    say(answer);
    const whole = await client.models.generateContent(PARAMS);
    expect(whole.text).toBe(answer.text);
    expect(whole.functionCalls).toEqual([{ id: 'demo-call-0', name: 'get_weather', args: { city: 'Ulm' } }]);
    expect(whole.candidates?.[0]?.content?.parts?.[0]).toEqual({ text: 'hm', thought: true });
    const said = await collected(await client.models.generateContentStream(PARAMS));
    expect(said).toMatchObject({ text: `hm${answer.text}`, reason: 'STOP', usage: whole.usageMetadata });
  });

  test('gives vectors and numbers of tokens', async () => {
    say({});
    const { embeddings = [] } = await client.models.embedContent({ model: 'm', contents: ['one', 'two'] });
    expect(embeddings.map(({ values }) => values?.length)).toEqual([4, 4]);
    expect((await client.models.countTokens({ model: 'm', contents: 'four' })).totalTokens).toBe(1);
  });
});
