import { describe, expect, it } from 'vitest';
import { answerEvents, answerPieces } from './answers.mjs';

/** @param {string} event */
const dataOf = (event) => JSON.parse(event.slice('data: '.length));

describe('answerPieces()', () => {
  it('gives as many pieces as asked for, of some four characters each, and no text twice', () => {
    const answers = Array.from({ length: 20 }, (_, seed) => answerPieces(seed, 500));
    for (const pieces of answers) {
      expect(pieces).toHaveLength(500);
      expect(pieces.join('').length / pieces.length).toBeGreaterThan(3);
      expect(pieces.join('').length / pieces.length).toBeLessThan(7);
    }
    expect(new Set(answers.map((pieces) => pieces.join(''))).size).toBe(20);
  });

  it('says no sentence twice in one answer', () => {
    const sentences = answerPieces(3, 2_000)
      .join('')
      .match(/[^.?]{40,}[.?]/g);
    expect(sentences?.length).toBeGreaterThan(50);
    expect(new Set(sentences).size).toBe(sentences?.length);
  });
});

describe('answerEvents()', () => {
  it('carries every piece in a chunk of its own, between the role and the usage', () => {
    const events = answerEvents(7, 200);
    const chunks = events.slice(0, -1).map(dataOf);
    expect(events.at(-1)).toBe('data: [DONE]\n\n');
    expect(chunks[0].choices[0].delta).toEqual({ role: 'assistant', content: '', refusal: null });
    expect(chunks.slice(1, 201).map(({ choices }) => choices[0].delta.content)).toEqual(answerPieces(7, 200));
    expect(chunks.at(-2).choices[0].finish_reason).toBe('stop');
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 200 } });
  });
});
