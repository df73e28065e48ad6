import { describe, expect, it } from 'vitest';
import { MODEL_LIST_MAX, MODEL_LIST_MAX_BYTES, readModelDigests, readModelList } from './model-list.ts';

async function* bytesOf(...pieces: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield Buffer.from(piece);
}

const OPENAI = { list: 'data', id: 'id' };

describe('readModelList()', () => {
  it.each([
    ["OpenAI's form", OPENAI, '{"object":"list","data":[{"id":"gpt-x","owned_by":"o"},{"id":"org/m:free"}]}'],
    [
      "Gemini's form",
      { list: 'models', id: 'name', idPrefix: 'models/' },
      '{"models":[{"name":"models/gpt-x"},{"name":"org/m:free"}]}',
    ],
    ['a bare list', { id: 'id' }, '[{"id":"gpt-x"},{"id":"org/m:free"}]'],
  ])('reads %s', async (_, form, text) => {
    expect(await readModelList(bytesOf(text), form)).toEqual(['gpt-x', 'org/m:free']);
  });

  it('takes nothing but names that a request could hold', async () => {
    const hostile = ['a b', 'a\nb', '', 'x'.repeat(201), 7, null, { id: 'y' }].map((id) => ({ id }));
    const text = JSON.stringify({ data: [...hostile, null, 'text', [], { name: 'other' }, { id: 'x'.repeat(200) }] });
    expect(await readModelList(bytesOf(text), OPENAI)).toEqual(['x'.repeat(200)]);
    for (const none of ['{}', 'null', '[]', '{"data":{"id":"x"}}', '"data"']) {
      expect(await readModelList(bytesOf(none), OPENAI)).toEqual([]);
    }
    expect(await readModelList(bytesOf('{}'), { list: 'constructor', id: 'name' })).toEqual([]);
  });

  it('reads `MODEL_LIST_MAX_BYTES`, and not one more', async () => {
    const text = '{"data":[{"id":"m"}]}';
    const room = ' '.repeat(MODEL_LIST_MAX_BYTES - text.length);
    expect(await readModelList(bytesOf(text, room), OPENAI)).toEqual(['m']);
    await expect(readModelList(bytesOf(text, room, ' '), OPENAI)).rejects.toMatchObject({ code: 'UPSTREAM_TOO_LARGE' });
  });

  it('takes `MODEL_LIST_MAX` names, and no more', async () => {
    const text = JSON.stringify({
      data: Array.from({ length: MODEL_LIST_MAX + 1 }, (_, index) => ({ id: `m${index}` })),
    });
    expect(await readModelList(bytesOf(text), OPENAI)).toHaveLength(MODEL_LIST_MAX);
  });

  it('says so when it is no JSON', async () => {
    await expect(readModelList(bytesOf('<html>'), OPENAI)).rejects.toMatchObject({ code: 'UPSTREAM_GARBAGE' });
  });
});

describe('readModelDigests()', () => {
  it('reads what tells the files of each model from others', async () => {
    const tags = '{"models":[{"name":"llama3:latest","digest":"365c0bd3c000a25d","size":1}]}';
    const ollama = { list: 'models', id: 'name', digest: ['digest'] };
    expect([...(await readModelDigests(bytesOf(tags), ollama))]).toEqual([['llama3:latest', '365c0bd3c000a25d']]);
    const served = '{"data":[{"id":"m","root":"org/model-7b","max_model_len":32768,"created":1}]}';
    const vllm = { ...OPENAI, digest: ['root', 'max_model_len'] };
    expect([...(await readModelDigests(bytesOf(served), vllm))]).toEqual([['m', 'org/model-7b:32768']]);
  });

  it('passes over what is not there, and what is no name', async () => {
    const text = JSON.stringify({
      data: [{ id: 'a' }, { id: 'b', root: '' }, { id: 'c', root: 'say "hello" to me' }, { id: 'd', root: null }],
    });
    expect([...(await readModelDigests(bytesOf(text), { ...OPENAI, digest: ['root'] }))]).toEqual([]);
    expect([...(await readModelDigests(bytesOf(text), OPENAI))]).toEqual([]);
  });
});
