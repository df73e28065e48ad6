import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TEST_KEY, type TestGateway, testGateway } from './testing/test-gateway.ts';

const POLICIES = `
@id("spot") @effect("flag") @spotlight("datamark")
forbid (principal, action == Action::"tool-result", resource);
`;
const MARKED = /some(\p{Co})words/u;

let folder: string;
let upstream: Server;
let gateway: TestGateway;
let client: OpenAI;
/** Bodies that the provider got. */
const seen: string[] = [];

/** A provider whose model repeats the result of a tool, word for word as it got it. */
function repeats(body: string): string {
  const { messages } = JSON.parse(body) as { messages: { role: string; content: string }[] };
  const content = messages.findLast(({ role }) => role === 'tool')?.content ?? 'nothing';
  const choice = (delta: object, finish_reason: string | null) =>
    `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', model: 'm', choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
  return `${choice({ role: 'assistant', content: '' }, null)}${[...content].map((char) => choice({ content: char }, null)).join('')}${choice({}, 'stop')}data: [DONE]\n\n`;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-policies-'));
  for (const set of ['access', 'guard']) mkdirSync(join(folder, set));
  writeFileSync(join(folder, 'guard', 'spot.cedar'), POLICIES);
  upstream = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      seen.push(body);
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(repeats(body));
    });
  });
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const { port } = upstream.address() as AddressInfo;
  const yaml = [
    `policies: { folder: ${folder} }\n`,
    'providers:\n',
    `  played: { kind: openai, baseUrl: 'http://127.0.0.1:${port}/v1', key: { env: PLAYED_KEY } }\n`,
    '  demo: { kind: demo }\n',
    'routes:\n',
    '  - { name: played, models: [m], provider: played }\n',
    '  - { name: demo, models: ["*"], provider: demo }\n',
  ].join('');
  gateway = await testGateway(yaml, { PLAYED_KEY: 'k' });
  client = new OpenAI({ baseURL: gateway.baseURL, apiKey: TEST_KEY, maxRetries: 0 });
});
afterAll(async () => {
  await gateway.end();
  upstream.closeAllConnections();
  await new Promise((resolve) => upstream.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

describe('results of tools through the gateway', () => {
  it('reach the model marked, and come back in a stream as they were', async () => {
    const stream = client.chat.completions.stream({
      model: 'm',
      messages: [
        { role: 'user', content: 'go' },
        {
          role: 'assistant',
          tool_calls: [{ id: 't', type: 'function', function: { name: 'get', arguments: '{}' } }],
        },
        { role: 'tool', tool_call_id: 't', content: 'some words\n  and a line' },
      ],
    });
    const text = (await stream.finalMessage()).content ?? '';
    const { messages } = JSON.parse(seen.at(-1) ?? '');
    expect(messages[2].content).toMatch(MARKED);
    expect(text.endsWith('some words\n  and a line')).toBe(true);
    expect(text).not.toMatch(/\p{Co}/u);
    expect(JSON.stringify(gateway.newest())).not.toContain('a line');
  });
});

describe('tools through the gateway', () => {
  it('are pinned for each protocol, and a change is told in either', async () => {
    const claude = new Anthropic({ baseURL: gateway.dataUrl, apiKey: TEST_KEY, maxRetries: 0 });
    const decisions: (string | null)[] = [];
    for (const description of ['gets the weather', 'gets the weather of tomorrow']) {
      const chat = await client.chat.completions
        .create({
          model: 'demo-model',
          messages: [{ role: 'user', content: 'hi' }],
          tools: [{ type: 'function', function: { name: 'get_weather', description } }],
        })
        .withResponse();
      const message = await claude.messages
        .create({
          model: 'demo-model',
          max_tokens: 16,
          messages: [{ role: 'user', content: 'hi' }],
          tools: [{ name: 'get_weather', description, input_schema: { type: 'object' } }],
        })
        .withResponse();
      for (const { response } of [chat, message]) decisions.push(response.headers.get('x-sallyport-decision'));
    }
    expect(decisions).toEqual(['allow', 'allow', 'flag', 'flag']);
    expect(gateway.newest()[0]).toMatchObject({ kind: 'opened', receipt: { lines: expect.anything() } });
  });
});
