import Anthropic from '@anthropic-ai/sdk';
import { loadConfig, type ShownBudget } from '@sallyport/runtime';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway } from './start-gateway.ts';
import { TEST_KEY, type TestGateway, testGateway } from './testing/test-gateway.ts';

const ADMIN_TOKEN = 'admin-token-of-the-test-gateway';
/** What an answer may have, and has, tokens; the prompt adds less than as many again. */
const MAX_TOKENS = 100;

const YAML = `
routes:
  - { name: raced, provider: demo, models: [raced] }
  - { name: dear, provider: demo, models: [dear] }
  - { name: busy, provider: demo, models: [busy] }
  - { name: kept, provider: demo, models: [kept] }
  - { name: limited, provider: demo, models: [limited] }
budgets:
  limits:
    - { name: raced, counts: requests, max: 7, per: day, by: [model], where: { models: [raced] } }
    - { name: dear, counts: cost, max: 0.001, per: month, where: { models: [dear] } }
    - { name: busy, counts: concurrent, max: 2, where: { models: [busy] } }
    - { name: kept, counts: tokens, max: 100000, per: month, where: { models: [kept] } }
    - { name: limited, counts: requests, max: 1, per: hour, where: { models: [limited] } }
`;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await testGateway(YAML, { SALLYPORT_ADMIN_TOKEN: ADMIN_TOKEN });
});
afterAll(() => gateway.end());

const clientOf = (baseURL = gateway.baseURL) => new OpenAI({ baseURL, apiKey: TEST_KEY, maxRetries: 0 });

/** Asks as many times at once, and says which statuses came. */
async function ask(model: string, times: number, script: object = {}): Promise<readonly number[]> {
  const client = clientOf();
  const one = async () => {
    try {
      const headers = { 'x-demo-answer': JSON.stringify({ text: 'word '.repeat(10), ...script }) };
      await client.chat.completions.create(
        { model, max_tokens: MAX_TOKENS, messages: [{ role: 'user', content: 'hello' }] },
        { headers },
      );
      return 200;
    } catch (error) {
      return error instanceof OpenAI.APIError ? Number(error.status) : 0;
    }
  };
  return (await Promise.all(Array.from({ length: times }, one))).sort();
}

async function budgetOf(limit: string, url = gateway.adminUrl): Promise<ShownBudget | undefined> {
  const answer = await fetch(`${url}/api/v1/budgets`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
  const { budgets } = (await answer.json()) as { budgets: readonly ShownBudget[] };
  return budgets.find((each) => each.limit === limit);
}

const count = (statuses: readonly number[], status: number) => statuses.filter((each) => each === status).length;

describe('concurrent requests at the gateway', () => {
  it('never get past a limit on requests together', async () => {
    const statuses = await ask('raced', 40);
    expect([count(statuses, 200), count(statuses, 429)]).toEqual([7, 33]);
    expect(await budgetOf('raced')).toMatchObject({ of: { model: 'raced' }, max: 7, used: 7, reserved: 0 });
  });

  it('never spend more together than a budget has, as long as none uses more than it reserved', async () => {
    const before = await budgetOf('dear');
    expect(before).toMatchObject({ max: 0.001, used: 0 });
    let refused = 0;
    for (let round = 0; round < 4; round += 1) {
      const statuses = await ask('dear', 20);
      refused += count(statuses, 429);
      const { used = 1, reserved = 1 } = (await budgetOf('dear')) ?? {};
      expect(reserved).toBe(0);
      expect(used).toBeLessThanOrEqual(0.001);
    }
    expect(refused).toBeGreaterThan(0);
    expect((await budgetOf('dear'))?.used).toBeGreaterThan(0.0005);
  });

  it('take turns where only so many may be under way, also when clients go away', async () => {
    const slow = { firstDelayMs: 300 };
    const statuses = await ask('busy', 6, slow);
    expect([count(statuses, 200), count(statuses, 429)]).toEqual([2, 4]);
    const aborted = new AbortController();
    const leaving = clientOf().chat.completions.create(
      { model: 'busy', messages: [{ role: 'user', content: 'hello' }] },
      { signal: aborted.signal, headers: { 'x-demo-answer': JSON.stringify({ firstDelayMs: 60_000 }) } },
    );
    await expect.poll(async () => (await budgetOf('busy'))?.reserved).toBe(1);
    aborted.abort();
    await expect(leaving).rejects.toThrow();
    await expect.poll(async () => (await budgetOf('busy'))?.reserved).toBe(0);
  });
});

describe('what a client is told of a limit', () => {
  it('is what its SDK knows: OpenAI, with the time to wait', async () => {
    await ask('limited', 1);
    const error = await clientOf()
      .chat.completions.create({ model: 'limited', messages: [{ role: 'user', content: 'hello' }] })
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(OpenAI.RateLimitError);
    if (!(error instanceof OpenAI.RateLimitError)) return;
    expect(error.code).toBe('rate_limit_exceeded');
    expect(Number(error.headers.get('retry-after'))).toBeGreaterThan(3_000);
    expect(error.headers.get('x-ratelimit-remaining-requests')).toBe('0');
  });

  it('is what its SDK knows: Anthropic', async () => {
    const client = new Anthropic({ baseURL: gateway.dataUrl, apiKey: TEST_KEY, maxRetries: 0 });
    const error = await client.messages
      .create({ model: 'limited', max_tokens: 10, messages: [{ role: 'user', content: 'hello' }] })
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(Anthropic.RateLimitError);
    if (!(error instanceof Anthropic.RateLimitError)) return;
    expect(error.headers.get('anthropic-ratelimit-requests-limit')).toBe('1');
    expect(Date.parse(error.headers.get('anthropic-ratelimit-requests-reset') ?? '')).toBeGreaterThan(Date.now());
  });

  it('is counted in the metrics, with what was spent', async () => {
    const text = await (await fetch(`${gateway.dataUrl}/metrics`)).text();
    expect(text).toMatch(/^sallyport_budget_refusals_total\{limit="limited",unit="requests",mode="hard"\} [1-9]/m);
    expect(text).toMatch(/^sallyport_cost_total\{provider="demo",model="dear",currency="USD"\} 0\.000\d/m);
  });
});

describe('a gateway that starts again', () => {
  it('goes on with the budgets of the month', async () => {
    const first = await testGateway(YAML, { SALLYPORT_ADMIN_TOKEN: ADMIN_TOKEN });
    try {
      await clientOf(first.baseURL).chat.completions.create({
        model: 'kept',
        messages: [{ role: 'user', content: 'hello' }],
      });
      const before = await budgetOf('kept', first.adminUrl);
      expect(before?.used).toBeGreaterThan(0);
      await first.stop(1_000);
      const loaded = loadConfig({
        path: `${first.data}/sallyport.yaml`,
        env: { SALLYPORT_KEYS: `test:${TEST_KEY}`, SALLYPORT_ADMIN_TOKEN: ADMIN_TOKEN },
        options: { data: `${first.data}/store`, port: 0, adminPort: 0, logLevel: 'silent' },
      });
      if ('problems' in loaded) throw new Error('the configuration is not valid');
      const again = await startGateway(loaded.config);
      try {
        expect(await budgetOf('kept', again.adminUrl)).toEqual(before);
      } finally {
        await again.stop(0);
      }
    } finally {
      await first.end();
    }
  });
});
