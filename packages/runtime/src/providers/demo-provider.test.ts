import { Stop } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { DemoProvider } from './demo-provider.ts';

interface Completion {
  readonly model: string;
  readonly choices: readonly { readonly message: { readonly content: string } }[];
}

async function ask(provider: DemoProvider, content: string): Promise<Completion> {
  const answer = await provider.send({
    protocol: 'openai-chat',
    method: 'POST',
    path: '/chat/completions',
    headers: {},
    body: Buffer.from(JSON.stringify({ model: 'm', messages: [{ role: 'user', content }] })),
    signal: new Stop(),
  });
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.body) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as Completion;
}

async function wordsOf(script: object, count: number) {
  const provider = new DemoProvider('demo', JSON.stringify(script));
  const answers: Completion[] = [];
  for (let n = 0; n < count; n += 1) answers.push(await ask(provider, `input ${n % 5}`));
  return answers.map(({ model, choices }) => [model, choices[0]?.message.content] as const);
}

describe('DemoProvider', () => {
  it('answers with one word of its mind, the same ones each time', async () => {
    const script = { minds: [{ weights: 'a' }] };
    const words = await wordsOf(script, 40);
    expect(words.every(([model, word]) => model === 'm' && /^[a-z]+$/.test(word ?? ''))).toBe(true);
    expect(await wordsOf(script, 40)).toEqual(words);
  });

  it('swaps its mind after so many answers, and may say so', async () => {
    const still = await wordsOf({ minds: [{ weights: 'a' }] }, 20);
    const swapped = await wordsOf(
      {
        minds: [
          { weights: 'a', answers: 10 },
          { weights: 'b', model: 'm-2' },
        ],
      },
      20,
    );
    expect(swapped.slice(0, 10)).toEqual(still.slice(0, 10));
    expect(swapped.slice(10).every(([model]) => model === 'm-2')).toBe(true);
    expect(swapped.slice(10).map(([, word]) => word)).not.toEqual(still.slice(10).map(([, word]) => word));
  });

  it('keeps its last mind when it is told of an end', async () => {
    const words = await wordsOf({ minds: [{ weights: 'a', answers: 1, model: 'only' }] }, 3);
    expect(words.map(([model]) => model)).toEqual(['only', 'only', 'only']);
  });

  it('says of a mind that it does not know that the script does not fit', async () => {
    const provider = new DemoProvider('demo', '{"minds": [{"weights": "a", "bits": 5}]}');
    expect(await ask(provider, 'x')).toMatchObject({
      error: { message: 'the demo script does not fit at `minds.0.bits`' },
    });
  });
});
