import { describe, expect, it } from 'vitest';
import { VENDOR_KINDS } from '../providers/vendors.ts';
import { costOf, mostCost, PRICE_ROWS, PriceTable } from './price-table.ts';

const price = { model: 'm', input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75, reasoning: 20 };
const use = (inputTokens: number, outputTokens: number, more: object = {}) => ({ inputTokens, outputTokens, ...more });

describe('costOf()', () => {
  it('prices what was cached, written to a cache and reasoned at their own rates, once', () => {
    expect(costOf(price, use(1_000, 100))).toBe(3_000 + 1_500);
    expect(costOf(price, use(1_000, 100, { cachedTokens: 400, cacheWriteTokens: 100, reasoningTokens: 60 }))).toBe(
      500 * 3 + 400 * 0.3 + 375 + 40 * 15 + 60 * 20,
    );
  });

  it('takes the plain rates where a price names no others', () => {
    const plain = { model: 'm', input: 2, output: 8 };
    expect(costOf(plain, use(10, 10, { cachedTokens: 5, cacheWriteTokens: 5, reasoningTokens: 10 }))).toBe(100);
  });

  it('rounds up to a whole millionth, and not for the dust of decimals', () => {
    expect(costOf({ model: 'm', input: 0.075, output: 0 }, use(1, 0))).toBe(1);
    expect(costOf({ model: 'm', input: 0.1, output: 0.2 }, use(10, 10))).toBe(3);
  });

  it('never counts more of a part than of the whole, whatever a provider says', () => {
    expect(costOf(price, use(10, 0, { cachedTokens: 1e9, cacheWriteTokens: 1e9, reasoningTokens: 5 }))).toBe(3);
    expect(costOf(price, use(10, 0, { cachedTokens: -5, cacheWriteTokens: Number.NaN }))).toBe(30);
  });
});

describe('mostCost()', () => {
  it('is no less than what any course comes to', () => {
    for (const more of [{}, { cachedTokens: 10 }, { cacheWriteTokens: 10 }, { reasoningTokens: 7 }])
      expect(mostCost(price, use(10, 7))).toBeGreaterThanOrEqual(costOf(price, use(10, 7, more)));
  });
});

describe('PriceTable', () => {
  const kinds = new Map([
    ['main', 'openai'],
    ['local', 'ollama'],
    ['demo', 'demo'],
  ]);
  const own = [
    { model: 'gpt-4o', provider: 'other', input: 9, output: 9 },
    { model: 'house-*', input: 1, output: 1 },
    { model: 'gpt-4.1', input: 7, output: 7 },
  ];

  it('takes the first price that fits, those of the configuration before the built-in ones', () => {
    const table = new PriceTable({ own, currency: 'USD', kinds });
    expect(table.of('main', 'gpt-4.1')?.input).toBe(7);
    expect(table.of('main', 'gpt-4o')).toMatchObject({ input: 2.5, unverified: true });
    expect(table.of('local', 'house-7b')?.input).toBe(1);
    expect(table.of('local', 'gpt-4o')).toBeUndefined();
    expect(table.of('main', 'gpt-4o-audio-preview')).toBeUndefined();
    expect(table.of('demo', 'anything')).toMatchObject({ input: 1, output: 2 });
  });

  it('has no built-in price in another currency', () => {
    const table = new PriceTable({ own, currency: 'EUR', kinds });
    expect(table.of('main', 'gpt-4o')).toBeUndefined();
    expect(table.of('main', 'gpt-4.1')?.input).toBe(7);
  });

  it('says of every built-in price where it is from and when, and of all but the made-up one that nobody checked it', () => {
    for (const row of PRICE_ROWS) {
      expect(row.asOf).toMatch(/^\d{4}-\d\d-\d\d$/);
      for (const kind of row.kinds) expect(['demo', ...VENDOR_KINDS]).toContain(kind);
      const isMadeUp = row.kinds.includes('demo');
      expect(row.unverified ?? false).toBe(!isMadeUp);
      if (!isMadeUp) expect(row.source).toMatch(/^https:\/\//);
    }
  });
});
