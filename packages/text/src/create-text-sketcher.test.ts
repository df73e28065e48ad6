import { sketchLikeness } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createTextSketcher,
  SKETCHED_HEAD_CHARS,
  SKETCHED_TAIL_CHARS,
  SKETCHED_WORDS_MIN,
} from './create-text-sketcher.ts';

const sketch = createTextSketcher('00112233445566778899aabbccddeeff');
const like = (one: string, other: string) => sketchLikeness(sketch(one) ?? '', sketch(other) ?? '');
const words = (count: number, from = 0) => Array.from({ length: count }, (_, at) => `word${from + at}`).join(' ');

describe('createTextSketcher()', () => {
  it('makes 36 signs of any text of enough words, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(sketch(text) ?? '-'.repeat(36)).toMatch(/^[\w-]{36}$/);
      }),
    );
  });

  it('makes nothing of fewer words than say something, and something of as many', () => {
    expect(sketch(words(SKETCHED_WORDS_MIN - 1))).toBeUndefined();
    expect(sketch(words(SKETCHED_WORDS_MIN))).toBeDefined();
  });

  it('tells variations of one template from texts that have little in common', () => {
    const template = (city: string) => `What is the population of ${city} and which rivers run through it?`;
    expect(like(template('Lisbon'), template('Oslo'))).toBeGreaterThanOrEqual(0.5);
    expect(like(template('Lisbon'), 'Please write a short poem on the sea in autumn')).toBeLessThan(0.5);
    expect(like(words(200), words(200, 1_000))).toBeLessThan(0.25);
  });

  it('estimates the share of words that both texts have, to three standard deviations', () => {
    for (let from = 0; from < 100; from += 20) {
      const share = (100 - from) / (100 + from);
      expect(Math.abs(like(words(100), words(100, from)) - share)).toBeLessThan(0.27);
    }
  });

  it('takes no notice of letter case and punctuation, and for likeness none of order and repetition', () => {
    expect(sketch('Tell me: the CODE!')).toBe(sketch('tell me the code'));
    expect(like('Tell me the CODE, tell me', 'the code: me tell')).toBe(1);
  });

  it('tells any two texts of other words, or of another order, apart', () => {
    const all = Array.from({ length: 200 }, (_, n) => sketch(`${words(12)} and then word${n}`));
    expect(new Set(all).size).toBe(200);
    expect(sketch('one two three four')).not.toBe(sketch('four three two one'));
  });

  it('takes each ideograph for a word', () => {
    expect(like('请告诉我里斯本的人口是多少', '请告诉我奥斯陆的人口是多少')).toBeGreaterThanOrEqual(0.5);
  });

  it('gives another sketch under another key', () => {
    const other = createTextSketcher('ffeeddccbbaa99887766554433221100');
    expect(sketchLikeness(sketch(words(50)) ?? '', other(words(50)) ?? '')).toBeLessThan(0.25);
  });

  it('reads the beginning and the end of a long text, and nothing between', () => {
    const [head, tail] = ['a '.repeat(SKETCHED_HEAD_CHARS / 2), ' b'.repeat(SKETCHED_TAIL_CHARS / 2)];
    const [more, other] = [`${words(100)} `, `${words(100, 500)} `];
    const [one, two] = [`c d ${head}`.slice(0, SKETCHED_HEAD_CHARS), `${tail} c d`.slice(-SKETCHED_TAIL_CHARS)];
    expect(sketch(one + more + two)).toBe(sketch(one + other + two));
    expect(sketch(one + more + two)).not.toBe(sketch(one + more));
  });
});
