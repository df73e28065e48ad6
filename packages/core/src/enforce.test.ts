import { describe, expect, it } from 'vitest';
import { merge } from './enforce.ts';

describe('merge()', () => {
  it('makes one edit of overlapping ones, the first in front', () => {
    const cuts = [
      { start: 5, end: 9, text: '[B]' },
      { start: 0, end: 6, text: '[A]' },
      { start: 20, end: 22, text: '[C]' },
    ];
    expect(merge(cuts)).toEqual([
      { start: 0, end: 9, text: '[A]' },
      { start: 20, end: 22, text: '[C]' },
    ]);
  });

  it('prefers the longer of two that begin together, and drops an insertion inside a cut', () => {
    const cuts = [
      { start: 0, end: 3, text: 'short' },
      { start: 0, end: 8, text: 'long' },
    ];
    expect(
      merge(cuts, [
        { start: 4, end: 4, text: '=' },
        { start: 8, end: 8, text: '=' },
      ]),
    ).toEqual([
      { start: 0, end: 8, text: 'long' },
      { start: 8, end: 8, text: '=' },
    ]);
  });
});
