import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isFault, type ParsedRequest, type Refusal, type Reply } from '@sallyport/core';
import OpenAI, { APIError } from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { openaiResponses } from './adapter.ts';
import { openaiResponsesDemo } from './demo.ts';
import { asked, endpointAt, eventsOf, LIMITS, SSE } from './testing/answers.ts';

/** The official SDK is the judge of what this adapter writes. The server answers each request as the test says. */
const REFUSAL: Refusal = { exchange: 'x1', effect: 'block', message: 'Blocked by policy.', form: 'refusal' };
const PARAMS = { model: 'm', input: 'hello' };
const FORMAT = { text: { format: zodTextFormat(z.object({ city: z.string() }), 'reply') } };
const HEADERS = { 'content-type': 'text/event-stream; charset=utf-8' };

interface Call {
  readonly request: ParsedRequest;
  readonly method: string;
  readonly path: string;
  readonly body: Uint8Array;
}

let server: Server;
let client: OpenAI;
let reply: (call: Call) => Reply;

beforeAll(async () => {
  server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk) => chunks.push(chunk));
    incoming.on('end', () => {
      const { method = '', url = '' } = incoming;
      const [path = '', query] = url.split('?');
      const endpoint = endpointAt(method, path, query === undefined ? '' : `?${query}`);
      const body = Buffer.concat(chunks);
      const request = openaiResponses.request(body, endpoint, LIMITS);
      if (isFault(request)) throw new Error(`${request.fault} at ${request.at}`);
      const answer = reply({ request, method, path: endpoint.upstreamPath, body });
      outgoing.writeHead(answer.status, answer.headers).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  client = new OpenAI({ baseURL: `http://127.0.0.1:${port}/v1`, apiKey: 'k', maxRetries: 0 });
});

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
});

const refusing = (refusal = REFUSAL) => {
  reply = ({ request }) => openaiResponses.refuse(refusal, request);
};
const stream = (name: string) => readFileSync(new URL(`./fixtures/answers/${name}.sse`, import.meta.url));

/** Lets the first events of an answer out, then refuses; the rest of it was seen and is held. */
function refuseAfter(bytes: Uint8Array, released: number): void {
  reply = ({ request }) => {
    const codec = openaiResponses.answer(request, SSE, LIMITS);
    const events = eventsOf(codec, bytes);
    const out = events.slice(0, released).map(({ raw }) => raw);
    const body = Buffer.concat([...out, codec.refuse(REFUSAL, events.slice(released))]);
    return { status: 200, headers: HEADERS, body };
  };
}

const refusalIn = (output: readonly OpenAI.Responses.ResponseOutputItem[]) =>
  output.flatMap((item) => (item.type === 'message' ? item.content : [])).findLast(({ type }) => type === 'refusal');

describe('refuse(), read by the openai SDK', () => {
  test('is a response that is incomplete because of a filter', async () => {
    refusing();
    const response = await client.responses.create(PARAMS);
    expect(response).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'content_filter' },
      output_text: '',
    });
    expect(refusalIn(response.output)).toMatchObject({ refusal: 'Blocked by policy.' });
  });

  test('is a refusal that `.parse()` takes when the request asked for a schema', async () => {
    refusing();
    const response = await client.responses.parse({ ...PARAMS, ...FORMAT });
    expect(response.output_parsed).toBeNull();
    expect(refusalIn(response.output)).toMatchObject({ refusal: 'Blocked by policy.' });
  });

  test.each([{}, FORMAT])('is a stream that `.stream()` takes to its end, structured or not', async (more) => {
    refusing();
    const run = client.responses.stream({ ...PARAMS, ...more });
    const deltas: string[] = [];
    run.on('response.refusal.delta', ({ delta }) => deltas.push(delta));
    const final = await run.finalResponse();
    expect(deltas).toEqual(['Blocked by policy.']);
    expect(final.status).toBe('incomplete');
    expect(refusalIn(final.output)).toMatchObject({ refusal: 'Blocked by policy.' });
  });

  test('is an error when the route says so', async () => {
    refusing({ ...REFUSAL, form: 'error', effect: 'ask' });
    await expect(client.responses.create(PARAMS)).rejects.toMatchObject({ status: 400, code: 'approval_required' });
  });
});

describe('refuse() in mid-stream, read by the openai SDK', () => {
  test.each([
    'text',
    'calls',
    'reasoning',
    'server-calls',
    'search',
    'logprobs',
    'shell',
    'computer',
    'media',
    'refusal',
    'incomplete',
  ])('ends the stream `%s` after any event', async (name) => {
    const all =
      stream(name)
        .toString()
        .split(/\r?\n\r?\n/).length - 1;
    // The SDK knows no event that it has no type for.
    const known = name === 'media' ? 5 : all - 1;
    for (let released = 0; released <= known; released += 1) {
      refuseAfter(stream(name), released);
      const final = await client.responses.stream(PARAMS).finalResponse();
      expect(final).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'content_filter' } });
      expect(refusalIn(final.output)).toMatchObject({ refusal: 'Blocked by policy.' });
    }
  });

  test('ends a stream of structured output after any event, so that its helper finds the refusal', async () => {
    const request = asked({ stream: true, ...FORMAT });
    const turn = openaiResponsesDemo.read({ method: 'POST', path: '/responses', body: request.body });
    const bytes = Buffer.concat([...(turn?.render({ text: '{"city":"Bern"}', chunkChars: 3 }) ?? [])]);
    const total = bytes.toString().split('\n\n').length - 1;
    for (let released = 0; released < total; released += 1) {
      refuseAfter(bytes, released);
      const final = await client.responses.stream({ ...PARAMS, ...FORMAT }).finalResponse();
      expect(final.status).toBe('incomplete');
      expect(refusalIn(final.output)).toMatchObject({ refusal: 'Blocked by policy.' });
    }
  });

  test('lets the text stand that the client has', async () => {
    refuseAfter(stream('text'), 8);
    const run = client.responses.stream(PARAMS);
    let said = '';
    run.on('response.output_text.delta', ({ delta }) => {
      said += delta;
    });
    expect((await run.finalResponse()).output_text).toBe(said);
    expect(said).toBe('Good morning! The va');
  });

  test('is an error that the SDK throws when the provider broke off', async () => {
    reply = ({ request }) => {
      const codec = openaiResponses.answer(request, SSE, LIMITS);
      const events = eventsOf(codec, stream('text'));
      const out = events.slice(0, 5).map(({ raw }) => raw);
      return { status: 200, headers: HEADERS, body: Buffer.concat([...out, codec.fault('UPSTREAM_BROKEN')]) };
    };
    const failure = await client.responses
      .stream(PARAMS)
      .finalResponse()
      .catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(APIError);
    expect(failure).toMatchObject({ code: 'upstream_broken' });
  });
});

describe('fault(), read by the openai SDK', () => {
  test.each([
    ['KEY_INVALID', 401],
    ['ACCESS_DENIED', 403],
    ['UNKNOWN_MODEL', 404],
  ] as const)('is the error of %s', async (code, status) => {
    reply = () => openaiResponses.fault(code, 'x1');
    await expect(client.responses.create(PARAMS)).rejects.toMatchObject({ status });
  });
});

describe('the demo provider, read by the openai SDK', () => {
  const answer = {
    text: 'Hello there.',
    reasoning: 'They greet.',
    toolCalls: [
      { name: 'look', arguments: '{"at":"it"}' },
      { name: 'robot', arguments: 'move it' },
    ],
  };
  const speaking = (said = answer) => {
    reply = ({ method, path, body }) => {
      const turn = openaiResponsesDemo.read({ method, path, body });
      if (turn === undefined) throw new Error(`the demo does not know ${path}`);
      const chunks = [...turn.render(said)];
      return { status: 200, headers: { 'content-type': turn.contentType }, body: Buffer.concat(chunks) };
    };
  };
  const tools = [
    { type: 'function' as const, name: 'look', parameters: {}, strict: false },
    { type: 'custom' as const, name: 'robot' },
  ];

  test('says the same whole and in a stream', async () => {
    speaking();
    const whole = await client.responses.create({ ...PARAMS, tools, instructions: 'Be brief.' });
    const { output, output_text: text } = await client.responses
      .stream({ ...PARAMS, tools, instructions: 'Be brief.' })
      .finalResponse();
    expect(text).toBe('Hello there.');
    expect(output.map(({ type }) => type)).toEqual(['reasoning', 'message', 'function_call', 'custom_tool_call']);
    expect(whole.output.map(({ type }) => type)).toEqual(output.map(({ type }) => type));
    expect(whole).toMatchObject({ output_text: text, instructions: 'Be brief.', status: 'completed' });
  });

  test('fits a schema, and repeats its tokens where they are asked for', async () => {
    speaking({ ...answer, text: '{"city":"demo"}' });
    const parsed = await client.responses.parse({ ...PARAMS, ...FORMAT, include: ['message.output_text.logprobs'] });
    expect(parsed.output_parsed).toEqual({ city: 'demo' });
    const [message] = parsed.output.filter((item) => item.type === 'message');
    const [part] = message?.content ?? [];
    expect(part?.type === 'output_text' && part.logprobs?.map(({ token }) => token).join('')).toBe('{"city":"demo"}');
  });

  test('has whatever it is asked for by its id', async () => {
    speaking();
    expect(await client.responses.retrieve('resp_1')).toMatchObject({ id: 'resp_1', output_text: 'Hello there.' });
    expect(await client.responses.cancel('resp_1')).toMatchObject({ id: 'resp_1' });
    expect((await client.responses.inputItems.list('resp_1')).data).toEqual([]);
    const resumed = client.responses.stream({ response_id: 'resp_1' });
    expect((await resumed.finalResponse()).output_text).toBe('Hello there.');
    const { id } = await client.conversations.create({ metadata: { topic: 'lunch' } });
    expect(id).toMatch(/^conv_/);
    expect(
      (await client.conversations.items.create(id, { items: [{ role: 'user', content: 'hi' }] })).data,
    ).toHaveLength(1);
    expect(await client.conversations.delete(id)).toMatchObject({ deleted: true });
    expect((await client.responses.inputTokens.count(PARAMS)).input_tokens).toBe(2);
    await client.responses.delete('resp_1');
  });
});
