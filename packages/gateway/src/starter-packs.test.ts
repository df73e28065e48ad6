import { STARTER_PACKS } from '@sallyport/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TEST_KEY, type TestGateway, testGateway } from './testing/test-gateway.ts';

describe.each(STARTER_PACKS)('a gateway under the starter pack `%s`', (pack) => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await testGateway(`policies: { pack: ${pack} }\n`, {});
  });
  afterAll(() => gateway.end());

  async function ask(content: string, more: object = {}): Promise<string> {
    const response = await fetch(`${gateway.baseURL}/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'demo', messages: [{ role: 'user', content }], ...more }),
    });
    await response.text();
    return response.headers.get('x-sallyport-decision') ?? '';
  }
  const tools = [
    { type: 'function', function: { name: 'search', description: 'finds pages', parameters: { type: 'object' } } },
  ];

  it('lets ordinary requests pass, whole and as a stream, with tools and without', async () => {
    const asked = await Promise.all([
      ask('How are you?'),
      ask('How are you?', { stream: true }),
      ask('Find it.', { tools }),
    ]);
    expect(asked).toEqual(['allow', 'allow', 'allow']);
    expect(gateway.newest().map((record) => ('effect' in record ? record.effect : 'none'))).toEqual(['allow', 'allow']);
  });

  it('does about a card number what the pack says', async () => {
    const expected = { baseline: 'redact', strict: 'block', 'coding-agent': 'redact' }[pack];
    expect(await ask('Pay with 4111 1111 1111 1111, please.')).toBe(expected);
  });
});
