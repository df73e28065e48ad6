import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningGateway, startGateway } from '@sallyport/gateway';
import type { DRILL_PROTOCOLS } from '@sallyport/redteam';
import { loadConfig, openDrillDesk, type ShownBudget } from '@sallyport/runtime';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { capturedTerminal } from '../fixtures/captured-terminal.ts';
import { main } from '../main.ts';

const cwd = mkdtempSync(join(tmpdir(), 'sallyport-sinks-'));
const KEY = 'secret-of-the-key-for-drills';
const TOKEN = 'admin-token-of-the-test';
const ANSWER = JSON.stringify({
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'true-model',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'No.' } }],
  usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 },
});
/** A true provider, as far as the gateway can tell: it counts who calls. */
const provider = { calls: 0, silent: false };
let server: Server;
let gateway: RunningGateway;

beforeAll(async () => {
  server = createServer((request, response) => {
    provider.calls += 1;
    request.resume();
    if (!provider.silent) response.writeHead(200, { 'content-type': 'application/json' }).end(ANSWER);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  mkdirSync(join(cwd, 'policies'), { recursive: true });
  const yaml = `
providers:
  vendor: { kind: openai, baseUrl: 'http://127.0.0.1:${port}/v1', key: { env: VENDOR_KEY } }
  demo: { kind: demo }
routes:
  - { name: paid, models: [true-model], provider: vendor, retry: { tries: 1 }, breaker: { failures: 1 } }
  - { name: rest, provider: demo }
budgets:
  limits:
    - { name: drilled, counts: requests, max: 1000, per: day, where: { models: [true-model] } }
`;
  writeFileSync(join(cwd, 'sallyport.yaml'), yaml);
  const env = { SALLYPORT_KEYS: `drill:${KEY}`, SALLYPORT_ADMIN_TOKEN: TOKEN, VENDOR_KEY: 'vendor-key' };
  const options = { data: 'data', port: 0, adminPort: 0, logLevel: 'silent' } as const;
  const loaded = loadConfig({ path: undefined, env, options, cwd });
  if ('problems' in loaded) throw new Error(loaded.problems.map(({ message }) => message).join('; '));
  gateway = await startGateway(loaded.config);
});
beforeEach(() => Object.assign(provider, { calls: 0, silent: false }));
afterAll(async () => {
  await gateway.stop(0);
  server.closeAllConnections();
  server.close();
  rmSync(cwd, { recursive: true, force: true });
});

async function drill(args: readonly string[], url = gateway.dataUrl) {
  const terminal = capturedTerminal({ cwd, env: { SALLYPORT_KEY: KEY, VENDOR_KEY: 'vendor-key' } });
  const code = await main(['drill', '--url', url, '--model', 'true-model', '--rate', '1000', ...args], terminal);
  return { code, printed: terminal.printed, told: terminal.told };
}

async function requestsTaken(): Promise<number> {
  const answer = await fetch(`${gateway.adminUrl}/api/v1/budgets`, { headers: { authorization: `Bearer ${TOKEN}` } });
  const { budgets } = (await answer.json()) as { budgets: readonly ShownBudget[] };
  return budgets.find(({ limit }) => limit === 'drilled')?.used ?? 0;
}

describe('what a drill does outside of the gateway', () => {
  test('calls no provider, though the route has a true one, takes from no budget, and records say so', async () => {
    const { code, printed, told } = await drill(['--budget', '20', '--json']);
    expect([code, provider.calls, await requestsTaken()]).toEqual([0, 0, 0]);
    const { results, byWay } = JSON.parse(printed);
    expect(results.map(({ outcome }: { outcome: string }) => outcome)).toContain('passed');
    // The provider speaks its own protocols alone: the drill asks in no other.
    expect(byWay.map(({ name }: { name: string }) => name)).toEqual(expect.arrayContaining(['openai-chat']));
    expect(told).toContain('left out: gemini, in which the model is not reached\n');
    for (const { exchange } of results) {
      const closed = gateway.house.exchange(exchange).find(({ kind }) => kind === 'closed');
      expect(closed).toMatchObject({ drill: expect.stringMatching(/^drill-/) });
      expect(closed).not.toHaveProperty('upstream');
    }
  });

  test('with `--live` the provider is called, and budgets count it', async () => {
    const args = ['--live', '--protocol', 'openai-chat', '--family', 'persona-jailbreak', '--budget', '6', '--json'];
    const { code, printed } = await drill(args);
    expect(code).toBe(0);
    expect(provider.calls).toBeGreaterThan(1);
    expect(await requestsTaken()).toBeGreaterThan(1);
    const { attacks } = JSON.parse(printed);
    expect(attacks.count).toBe(0);
  });

  test('a provider that does not answer in time: nothing was measured, which is another exit code than failing', async () => {
    provider.silent = true;
    const { code, told } = await drill(['--live', '--protocol', 'openai-chat', '--timeout', '1', '--budget', '4']);
    expect(code).toBe(3);
    expect(told).toContain('a greeting got no answer: timed out');
  });

  test('a gateway that dies on the way is let alone soon, and what it did not answer is not safe', async () => {
    let answered = 0;
    const dying = createServer((request, response) => {
      request.resume();
      answered += 1;
      if (answered > 5) return request.socket.destroy();
      // What every request is answered with: the greeting's own word, as a gateway would bring it.
      const script = JSON.parse(String(request.headers['x-demo-answer']));
      const choices = [{ message: { content: script.text ?? '' } }];
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ choices }));
    });
    await new Promise<void>((resolve) => dying.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(dying.address() as AddressInfo).port}`;
    const args = ['--protocol', 'openai-chat', '--stream', 'never', '--budget', '60', '--max-success', '1', '--json'];
    const { code, printed, told } = await drill(args, url);
    dying.close();
    expect(code).toBe(3);
    expect(told).toContain('requests have no answer that says anything');
    const { results } = JSON.parse(printed);
    expect(results).toHaveLength(60);
    expect(results.at(-1)).toMatchObject({ outcome: 'unanswered', answer: 'not sent' });
    expect(answered).toBeLessThanOrEqual(5 + 2 * 10);
  });
});

const HI = { role: 'user', content: 'hello' };
const ASKED: Readonly<
  Record<(typeof DRILL_PROTOCOLS)[number] | 'openai-completions' | 'openai-embeddings', readonly [string, object]>
> = {
  'openai-chat': ['/v1/chat/completions', { model: 'demo', messages: [HI] }],
  'openai-responses': ['/v1/responses', { model: 'demo', input: 'hello' }],
  'openai-completions': ['/v1/completions', { model: 'demo', prompt: 'hello' }],
  'openai-embeddings': ['/v1/embeddings', { model: 'demo', input: 'hello' }],
  'anthropic-messages': ['/v1/messages', { model: 'demo', max_tokens: 9, messages: [HI] }],
  gemini: ['/v1beta/models/demo:generateContent', { contents: [{ role: 'user', parts: [{ text: 'hello' }] }] }],
  'bedrock-converse': ['/model/demo/converse', { messages: [{ role: 'user', content: [{ text: 'hello' }] }] }],
  ollama: ['/api/chat', { model: 'demo', stream: false, messages: [HI] }],
};
const OPENAI = { error: { type: 'invalid_request_error', code: 'invalid_badge' } };
const REFUSED: Readonly<Record<string, object>> = {
  'anthropic-messages': { type: 'error', error: { type: 'authentication_error' } },
  gemini: { error: { code: 401, status: 'UNAUTHENTICATED' } },
  'bedrock-converse': { message: expect.stringContaining('badge') },
  ollama: { error: expect.stringContaining('badge') },
};

describe('a badge that is shown', () => {
  test.each(Object.entries(ASKED))(
    'is taken once in %s, and refused in its own words after that',
    async (name, [path, asked]) => {
      const body = JSON.stringify(asked);
      const badge = openDrillDesk(join(cwd, 'data'), { id: 'drill-1', stubbed: true }).badge(KEY, body);
      const show = (shown: string) =>
        fetch(`${gateway.dataUrl}${path}`, {
          method: 'POST',
          headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', 'x-sallyport-drill': shown },
          body,
        });
      expect((await show(badge)).status).toBe(200);
      const late = openDrillDesk(join(cwd, 'data'), { id: 'drill-1', stubbed: true }, () => Date.now() - 61_000);
      for (const refused of [badge, late.badge(KEY, body), badge.replace('stubbed', 'live'), 'v1.drill-1']) {
        const answer = await show(refused);
        expect(answer.status).toBe(401);
        expect(await answer.json()).toMatchObject(REFUSED[name] ?? OPENAI);
      }
    },
  );
});
