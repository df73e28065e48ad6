import OpenAI from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { TEST_KEY, type TestGateway, testGateway } from './testing/test-gateway.ts';

let gateway: TestGateway;
let client: OpenAI;

beforeAll(async () => {
  gateway = await testGateway();
  client = new OpenAI({ baseURL: gateway.baseURL, apiKey: TEST_KEY, maxRetries: 0 });
});
afterAll(() => gateway.end());

const demo = (script: object) => ({ headers: { 'x-demo-answer': JSON.stringify(script) } });
const user = (content: string) => [{ role: 'user' as const, content }];
const CARD = '4111 1111 1111 1111';

async function collected(stream: AsyncIterable<OpenAI.ChatCompletionChunk>): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
  return text;
}

describe('the official client, with only its base URL and key changed', () => {
  it('gets plain answers, as JSON and as a stream', async () => {
    const answer = await client.chat.completions.create({ model: 'demo', messages: user('hello') });
    expect(answer.choices[0]?.message.content).toBe('demo: hello');
    const stream = await client.chat.completions.create({ model: 'demo', messages: user('hello there'), stream: true });
    expect(await collected(stream)).toBe('demo: hello there');
  });

  it('gets usage in a stream, several choices, and log-probabilities', async () => {
    const stream = await client.chat.completions.create({
      model: 'demo',
      messages: user('hi'),
      stream: true,
      stream_options: { include_usage: true },
    });
    let usage: unknown;
    for await (const chunk of stream) usage = chunk.usage ?? usage;
    expect(usage).toMatchObject({ prompt_tokens: expect.any(Number) });
    const many = await client.chat.completions.create({ model: 'demo', messages: user('hi'), n: 3, logprobs: true });
    expect(many.choices).toHaveLength(3);
    expect(many.choices[2]?.logprobs?.content?.map(({ token }) => token).join('')).toBe('demo: hi');
  });

  it('gets tool calls, whole and streamed', async () => {
    const tools = [
      {
        type: 'function' as const,
        function: { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
      },
    ];
    const request = { model: 'demo', messages: user('weather?'), tools, tool_choice: 'required' as const };
    const answer = await client.chat.completions.create(request);
    expect(answer.choices[0]?.message.tool_calls?.[0]).toMatchObject({
      function: { name: 'get_weather', arguments: '{"city":"demo"}' },
    });
    const final = await client.chat.completions.stream(request).finalChatCompletion();
    expect(final.choices[0]?.message.tool_calls?.[0]).toMatchObject({ function: { name: 'get_weather' } });
    expect(gateway.newest().map(({ kind }) => kind)).toEqual(['opened', 'decided', 'closed']);
  });

  it('gets structured output by `.parse()`, and a refusal that it understands', async () => {
    const format = zodResponseFormat(z.object({ city: z.string(), degrees: z.number() }), 'weather');
    const request = { model: 'demo', messages: user('weather?'), response_format: format };
    const parsed = await client.chat.completions.parse(request);
    expect(parsed.choices[0]?.message.parsed).toEqual({ city: 'demo', degrees: 1 });
  });

  it('gets the provider error as it is: status, body, headers', async () => {
    const error = {
      status: 429,
      message: 'slow down',
      type: 'rate_limit',
      code: 'rate',
      headers: { 'retry-after': '7' },
    };
    const failure = await client.chat.completions
      .create({ model: 'demo', messages: user('hi') }, demo({ error }))
      .catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(OpenAI.RateLimitError);
    expect(failure).toMatchObject({ status: 429, code: 'rate', requestID: 'req_demo' });
    expect((failure as InstanceType<typeof OpenAI.APIError>).headers?.get('retry-after')).toBe('7');
  });

  it('may send images: what they show is not inspected, and the receipt says so', async () => {
    const url =
      'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=';
    const content = [
      { type: 'text' as const, text: 'what is this?' },
      { type: 'image_url' as const, image_url: { url } },
    ];
    const messages = [{ role: 'user' as const, content }];
    const { data, response } = await client.chat.completions.create({ model: 'demo', messages }).withResponse();
    expect(data.choices[0]?.message.content).toBe('demo: what is this?');
    expect(response.headers.get('x-sallyport-receipt')).toBe('100%; unseen image=1');
    expect(response.headers.get('x-sallyport-decision')).toBe('flag');
  });

  it('times out as it was told to, and the exchange is recorded as given up', async () => {
    const slow = client.chat.completions.create(
      { model: 'demo', messages: user('hi') },
      { ...demo({ text: 'late', firstDelayMs: 30_000 }), timeout: 200 },
    );
    await expect(slow).rejects.toThrow(OpenAI.APIConnectionTimeoutError);
    await expect.poll(() => gateway.newest().at(-1)).toMatchObject({ kind: 'closed', outcome: 'client-aborted' });
  });

  it('lists models and finds one', async () => {
    const models = await client.models.list();
    expect(models.data.map(({ id }) => id)).toContain('demo');
    expect((await client.models.retrieve('demo')).id).toBe('demo');
  });

  it('gets a clear error for a wrong key', async () => {
    const stranger = new OpenAI({ baseURL: gateway.baseURL, apiKey: 'not-a-key', maxRetries: 0 });
    await expect(stranger.chat.completions.create({ model: 'demo', messages: user('hi') })).rejects.toMatchObject({
      status: 401,
    });
  });

  it('sees an error, never a clean end, when the provider dies in mid-stream', async () => {
    const stream = await client.chat.completions.create(
      { model: 'demo', messages: user('hi'), stream: true },
      demo({ text: 'a long answer that will not end', dieAfterChunks: 4 }),
    );
    await expect(collected(stream)).rejects.toThrow();
    expect(gateway.newest().at(-1)).toMatchObject({ kind: 'closed', outcome: 'upstream-failed' });
  });
});

describe('what is redacted', () => {
  it('never reaches the provider, and comes back to the one who sent it', async () => {
    const text = `My card is ${CARD}, keep it.`;
    const answer = await client.chat.completions.create({ model: 'demo', messages: user(text) }).withResponse();
    expect(answer.data.choices[0]?.message.content).toBe(`demo: ${text}`);
    expect(answer.response.headers.get('x-sallyport-decision')).toBe('redact');
    const stream = await client.chat.completions.create({ model: 'demo', messages: user(text), stream: true });
    expect(await collected(stream)).toBe(`demo: ${text}`);
    const [opened, closed] = gateway.newest();
    expect(opened).toMatchObject({ redacted: { 'payment-card': 1 } });
    expect(closed).toMatchObject({ restored: 1 });
    expect(JSON.stringify(gateway.newest())).not.toContain('1111');
  });

  it('is taken out of an answer at every chunking of its stream', async () => {
    const text = `The card on file is ${CARD}, valid until May.`;
    for (const chunkChars of [1, 2, 3, 7, 100]) {
      const stream = await client.chat.completions.create(
        { model: 'demo', messages: user('which card?'), stream: true },
        demo({ text, chunkChars }),
      );
      expect(await collected(stream)).toBe('The card on file is [PAYMENT_CARD_1], valid until May.');
    }
    const whole = await client.chat.completions.create(
      { model: 'demo', messages: user('which card?') },
      demo({ text }),
    );
    expect(whole.choices[0]?.message.content).toBe('The card on file is [PAYMENT_CARD_1], valid until May.');
  });

  it('stays a placeholder inside a URL, whatever the model makes of it', async () => {
    const stream = await client.chat.completions.create(
      { model: 'demo', messages: user(`card ${CARD}`), stream: true },
      demo({ text: 'Look at https://example.com/[PAYMENT_CARD_1] please' }),
    );
    expect(await collected(stream)).not.toContain('1111');
  });

  it('cannot be fetched by typing a placeholder', async () => {
    const messages = user(`card ${CARD}, and what is [PAYMENT_CARD_1]?`);
    const answer = await client.chat.completions.create({ model: 'demo', messages });
    expect(answer.choices[0]?.message.content).toBe(`demo: ${messages[0]?.content}`);
  });
});
