import { isFault } from '@sallyport/core';
import { parseJson } from '@sallyport/wire';
import { describe, expect, it } from 'vitest';
import { mostOutput } from './most-output.ts';

function said(json: string): number | undefined {
  const node = parseJson(json, { maxDepth: 8, strict: true });
  if (isFault(node)) throw new Error(node.fault);
  return mostOutput(node, ['max_tokens', 'max_completion_tokens']).maxOutputTokens;
}

describe('mostOutput()', () => {
  it('takes the largest, whichever name a provider goes by', () => {
    expect(said('{"max_tokens":1,"max_completion_tokens":9000}')).toBe(9_000);
    expect(said('{"max_tokens":9000,"max_completion_tokens":1}')).toBe(9_000);
  });

  it('takes zero and numbers in strings, and no number that is none of tokens', () => {
    expect(said('{"max_tokens":0}')).toBe(0);
    expect(said('{"max_tokens":"64"}')).toBe(64);
    for (const value of ['null', '-1', '1.5', '1e300', '"many"', '[]', 'true'])
      expect(said(`{"max_tokens":${value}}`)).toBeUndefined();
    expect(said('{}')).toBeUndefined();
  });
});
