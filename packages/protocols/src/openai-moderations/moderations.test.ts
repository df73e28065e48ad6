import { Buffer } from 'node:buffer';
import { isFault, type ParsedRequest, type WireEvent } from '@sallyport/core';
import { describe, expect, test } from 'vitest';
import table from '../openai/signals.json' with { type: 'json' };
import { openaiModerations } from './adapter.ts';

const LIMITS = { maxDepth: 16, maxBodyBytes: 10_000_000 };
const ENDPOINT = { kind: 'exchange', operation: 'moderations', method: 'POST', upstreamPath: '/moderations' } as const;
const request = (body: object) => openaiModerations.request(Buffer.from(JSON.stringify(body)), ENDPOINT, LIMITS);

function parsed(body: object): ParsedRequest {
  const got = request(body);
  if (isFault(got)) throw new Error(`${got.fault} at ${got.at}`);
  return got;
}

function read(answer: unknown): WireEvent {
  const head = { status: 200, contentType: 'application/json' };
  const codec = openaiModerations.answer(parsed({ input: 'x' }), head, LIMITS);
  codec.push(Buffer.from(JSON.stringify(answer)));
  const events = codec.end();
  if (isFault(events) || events[0] === undefined) throw new Error('no event');
  return events[0];
}

const CATEGORIES = Object.keys(table.moderation);
const resultOf = (flagged: readonly string[]) => ({
  flagged: flagged.length > 0,
  categories: Object.fromEntries(CATEGORIES.map((name) => [name, flagged.includes(name)])),
  category_scores: Object.fromEntries(CATEGORIES.map((name) => [name, flagged.includes(name) ? 0.9 : 0.01])),
  category_applied_input_types: Object.fromEntries(CATEGORIES.map((name) => [name, ['text', 'image']])),
});

describe('a request for a moderation', () => {
  test('may leave its model to the provider, and may not misname it', () => {
    expect(parsed({ input: 'x' }).facts.model).toBe('');
    expect(parsed({ input: 'x', model: 'omni-moderation-latest' }).facts.model).toBe('omni-moderation-latest');
    for (const model of ['', 5, null, 'a\nb', 'm'.repeat(257)]) {
      expect(request({ input: 'x', model })).toEqual({ fault: 'BODY_SHAPE', at: '/model' });
    }
  });

  test('shows its texts at the checkpoint `input`', () => {
    const content = parsed({ input: ['one', { type: 'text', text: 'two' }] }).slices[0]?.open();
    if (content === undefined || isFault(content)) throw new Error('no content');
    expect(content.segments.map(({ point, text }) => [point, text])).toEqual([
      ['input', 'one'],
      ['input', 'two'],
    ]);
  });

  test('holds no tokens', () => {
    expect(parsed({ input: [1, 2] }).slices[0]?.open()).toEqual({ fault: 'BODY_SHAPE', at: '/input/0' });
    expect(request({ model: 'm' })).toEqual({ fault: 'BODY_SHAPE', at: '/input' });
  });
});

describe('an answer of a moderation', () => {
  test('has a signal for each flagged category, in the words of the house', () => {
    const { signals } = read({
      id: 'modr-1',
      model: 'm',
      results: [resultOf(['sexual/minors']), resultOf(['illicit'])],
    });
    expect(signals).toEqual([
      { type: 'minors', score: 0.9, about: 'input' },
      { type: 'illicit', score: 0.9, about: 'input' },
    ]);
    expect(read({ id: 'modr-1', model: 'm', results: [resultOf([])] })).not.toHaveProperty('signals');
  });

  test('may be of thousands of texts: its form alone fills no lanes', () => {
    const { opens } = read({ results: Array.from({ length: 2_000 }, () => resultOf([])) });
    expect(opens).toEqual([]);
  });

  test('has every text that is not of its form in a lane', () => {
    const odd = { category_applied_input_types: { hate: ['text', 'some words'] } };
    const { parts } = read({ results: [odd, { ...resultOf([]), note: 'a note', 'a name': 1 }] });
    expect(parts.map(({ text }) => text)).toEqual(['text', 'some words', 'a note', 'a name']);
  });
});
