import { isFault, PROVIDER_SIGNALS } from '@sallyport/core';
import { type JsonNode, parseJson } from '@sallyport/wire';
import { describe, expect, test } from 'vitest';
import table from './signals.json' with { type: 'json' };
import { filterSignals, moderationSignals } from './signals.ts';

function node(value: unknown): JsonNode {
  const parsed = parseJson(JSON.stringify(value), { maxDepth: 16, strict: true });
  if (isFault(parsed)) throw new Error(parsed.fault);
  return parsed;
}

describe('moderationSignals()', () => {
  test('gives each flagged category its score, and nothing for the others', () => {
    const results = [
      {
        flagged: true,
        categories: { hate: false, 'sexual/minors': true, violence: true, 'brand-new': true },
        category_scores: { hate: 0.4, 'sexual/minors': 0.93, violence: 7 },
      },
    ];
    expect(moderationSignals(node(results), 'input')).toEqual([
      { type: 'minors', score: 0.93, about: 'input' },
      { type: 'violence', score: 1, about: 'input' },
      { type: 'other', score: 1, about: 'input' },
    ]);
  });

  test('reads nothing into what has another shape', () => {
    for (const odd of [null, {}, [1], [{ categories: [] }], 'x'])
      expect(moderationSignals(node(odd), 'output')).toEqual([]);
    expect(moderationSignals(undefined, 'output')).toEqual([]);
  });
});

describe('filterSignals()', () => {
  test('grades severities, detections and what was filtered', () => {
    const results = {
      hate: { filtered: false, severity: 'safe' },
      self_harm: { filtered: false, severity: 'medium' },
      violence: { filtered: true, severity: 'high' },
      jailbreak: { detected: true, filtered: false },
      protected_material_code: { detected: false, filtered: false },
      constructor: { filtered: true },
      sexual: { severity: 'unheard-of' },
      error: { code: 'content_filter_error', message: 'not run' },
    };
    expect(filterSignals(node(results), 'output')).toEqual([
      { type: 'self-harm', score: 0.6, about: 'output' },
      { type: 'violence', score: 1, about: 'output' },
      { type: 'jailbreak', score: 0.9, about: 'output' },
      { type: 'other', score: 1, about: 'output' },
      { type: 'sexual', score: 0.9, about: 'output' },
    ]);
  });
});

test('the table speaks the vocabulary of the house', () => {
  for (const word of [...Object.values(table.moderation), ...Object.values(table.azure)]) {
    expect(PROVIDER_SIGNALS).toContain(word);
  }
});
