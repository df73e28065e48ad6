import { Buffer } from 'node:buffer';
import { isFault } from '@sallyport/core';
import { describe, expect, test } from 'vitest';
import { type CompletionRequest, parseRequest } from './parse-request.ts';

const LIMITS = { maxDepth: 16, maxBodyBytes: 10_000_000 };
const request = (body: object, endpoint = {}) =>
  parseRequest(Buffer.from(JSON.stringify({ model: 'm', ...body })), endpoint, LIMITS);

function parsed(body: object): CompletionRequest {
  const got = request(body);
  if (isFault(got)) throw new Error(`${got.fault} at ${got.at}`);
  return got;
}

/** Each text of all slices with its field, and each unseen part with its place. */
function contentOf(body: object) {
  const contents = parsed(body).slices.map((slice) => slice.open());
  return contents.flatMap((content) => {
    if (isFault(content)) return [content.fault];
    const texts = content.segments.map(({ point, origin, text }) => `${point} ${origin.role} ${origin.field}: ${text}`);
    return [...texts, ...content.unseen.map(({ kind, at }) => `${kind} ${at}`)];
  });
}

describe('parseRequest(): texts', () => {
  test('are the prompts, the suffix and every member that nobody knows', () => {
    expect(contentOf({ prompt: 'one', suffix: 'end', stop: ['a stop'], user: 'u', x_note: { why: 'a note' } })).toEqual(
      [
        'input user prompt: one',
        'input user suffix: end',
        'input user stop: a stop',
        'input user user: u',
        'input user why: a note',
      ],
    );
    expect(contentOf({ prompt: ['one', 'two'] })).toEqual(['input user prompt: one', 'input user prompt: two']);
  });

  test('are none where a prompt is in tokens or vectors: those are counted', () => {
    expect(contentOf({ prompt: [464, 2068] })).toEqual(['unknown /prompt']);
    expect(contentOf({ prompt: [[464], 'words', [2068]] })).toEqual([
      'input user prompt: words',
      'unknown /prompt/0',
      'unknown /prompt/2',
    ]);
    expect(contentOf({ prompt: null, prompt_embeds: ['QUJD', 'AA=='] })).toEqual(['unknown /prompt_embeds']);
    for (const embeds of [
      [0.25, -1],
      [[0.123456789012345, 1], [2]],
    ]) {
      expect(contentOf({ prompt: null, prompt_embeds: embeds })).toEqual(['unknown /prompt_embeds']);
    }
    expect(contentOf({ prompt_embeds: 'no vector' })).toEqual(['input user prompt_embeds: no vector']);
  });

  test('are no objects', () => {
    for (const prompt of [{ text: 'a' }, [{ type: 'text', text: 'a' }], [null], [1, 'a']]) {
      expect(contentOf({ prompt })).toContain('BODY_SHAPE');
    }
  });
});

describe('parseRequest(): facts', () => {
  test.each([
    [{ prompt: 'a' }, 1],
    [{ prompt: 'a', n: 3, best_of: 9 }, 3],
    [{ prompt: ['a', 'b'], n: 3 }, 6],
    [{ prompt: [1, 2, 3], n: 2 }, 2],
    [{ prompt: [[1], [2, 3]] }, 2],
    [{ prompt: [] }, 1],
    [{}, 1],
    [{ prompt: 'a', n: 0 }, 1],
    [{ prompt: 'a', n: 1.5 }, 1],
    [{ prompt: 'a', n: 100_000 }, 128],
    [{ prompt: Array.from({ length: 300 }, () => 'a') }, 128],
  ])('%j asks for %i answers', (body, choices) => {
    expect(parsed(body).facts.choices).toBe(choices);
  });

  test('say whether the answer is the prompt alone', () => {
    expect(parsed({ prompt: 'a', echo: true, max_tokens: 0 }).repeatsPrompt).toBe(true);
    expect(parsed({ prompt: 'a', echo: true, max_tokens: 1 }).repeatsPrompt).toBe(false);
    expect(parsed({ prompt: 'a', echo: true }).repeatsPrompt).toBe(false);
    expect(parsed({ prompt: 'a', max_tokens: 0 }).repeatsPrompt).toBe(false);
  });

  test('say whether log-probabilities come: 0 asks for those of the tokens alone', () => {
    expect(parsed({ logprobs: 0 }).logprobs).toBe(true);
    expect(parsed({ logprobs: null }).logprobs).toBe(false);
    expect(parsed({}).logprobs).toBe(false);
  });

  test('take the model from the path where that names it', () => {
    const got = request({ model: undefined, prompt: 'a' }, { model: 'my-gpt' });
    expect(got).toMatchObject({ facts: { model: 'my-gpt' } });
    expect(request({ model: undefined, prompt: 'a' })).toEqual({ fault: 'BODY_SHAPE', at: '/model' });
  });
});

describe('parseRequest(): two readings', () => {
  test('refuses models beside the one that is judged', () => {
    expect(request({ models: ['other'] })).toEqual({ fault: 'FURTHER_MODELS', at: '/models' });
    expect(request({ models: ['m'] })).not.toHaveProperty('fault');
  });

  test.each(['Prompt', 'PROMPT', 'Model', '\u017ftream', 'Suffix'])('refuses a body with `%s`', (name) => {
    expect(request({ prompt: 'a', [name]: 'b' })).toEqual({ fault: 'BODY_SHAPE' });
  });

  test('refuses a prompt that is said twice, and a stream that is no yes or no', () => {
    const twice = Buffer.from('{"model":"m","prompt":"a","prompt":["b"]}');
    expect(parseRequest(twice, {}, LIMITS)).toMatchObject({ fault: 'DUPLICATE_KEY' });
    expect(request({ stream: 'true' })).toEqual({ fault: 'BODY_SHAPE', at: '/stream' });
    expect(request({ stream: 1 })).toEqual({ fault: 'BODY_SHAPE', at: '/stream' });
  });
});
