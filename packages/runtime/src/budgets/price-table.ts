import { BoundedCache, fitsPattern, type TokenUse } from '@sallyport/core';
import type { PriceConfig } from '../config/index.ts';
import table from './prices.json' with { type: 'json' };

/** What a million tokens cost, in the currency; so a token costs as many millionths of it. */
export interface Price {
  /** The pattern that fits. */
  readonly model: string;
  readonly input: number;
  readonly output: number;
  readonly cacheRead?: number | undefined;
  readonly cacheWrite?: number | undefined;
  readonly reasoning?: number | undefined;
  /** Tokens that are reserved for an answer whose request sets no limit. */
  readonly outputTokens?: number | undefined;
  readonly unverified?: boolean | undefined;
}

/** One row of `prices.json`: what its source said on a day. */
interface PriceRow extends Price {
  readonly kinds: readonly string[];
  readonly source: string;
  /** RFC 3339 date. */
  readonly asOf: string;
}

export const PRICE_ROWS: readonly PriceRow[] = table.rows;
/** The currency of the built-in prices. */
export const PRICE_CURRENCY = table.currency;

/** Models whose price is remembered; clients choose their names. */
const REMEMBERED = { maxEntries: 10_000, maxWeight: 10_000 };

export interface PriceTableParts {
  /** From the configuration: they go first. */
  readonly own: readonly PriceConfig[];
  readonly currency: string;
  /** Kind of each provider, by its name. */
  readonly kinds: ReadonlyMap<string, string>;
}

/** Prices by provider and model. */
export class PriceTable {
  private readonly parts: PriceTableParts;
  private readonly builtIn: readonly PriceRow[];
  private readonly known = new BoundedCache<{ readonly price: Price | undefined }>(REMEMBERED);

  constructor(parts: PriceTableParts) {
    this.parts = parts;
    this.builtIn = parts.currency === PRICE_CURRENCY ? PRICE_ROWS : [];
  }

  of(provider: string, model: string): Price | undefined {
    const key = `${provider} ${model}`;
    const known = this.known.get(key);
    if (known !== undefined) return known.price;
    const { own, kinds } = this.parts;
    const kind = kinds.get(provider) ?? '';
    const price =
      own.find((row) => (row.provider ?? provider) === provider && fitsPattern(row.model, model)) ??
      this.builtIn.find((row) => row.kinds.includes(kind) && fitsPattern(row.model, model));
    this.known.set(key, { price }, 1);
    return price;
  }
}

/** The cost of tokens in millionths of the currency, rounded up to a whole one. */
export function costOf(price: Price, use: TokenUse): number {
  const { input, output, cacheRead = input, cacheWrite = input, reasoning = output } = price;
  const cached = Math.min(whole(use.cachedTokens), use.inputTokens);
  const written = Math.min(whole(use.cacheWriteTokens), use.inputTokens - cached);
  const thought = Math.min(whole(use.reasoningTokens), use.outputTokens);
  const micros =
    (use.inputTokens - cached - written) * input +
    cached * cacheRead +
    written * cacheWrite +
    (use.outputTokens - thought) * output +
    thought * reasoning;
  // A millionth of a millionth is what the sum of such products may be off by.
  return Math.ceil(micros - 1e-6);
}

/** What an estimate costs at most, whatever comes of the cache. */
export function mostCost(price: Price, use: Pick<TokenUse, 'inputTokens' | 'outputTokens'>): number {
  const { input, output, cacheRead = input, cacheWrite = input, reasoning = output } = price;
  const dearest = {
    model: price.model,
    input: Math.max(input, cacheRead, cacheWrite),
    output: Math.max(output, reasoning),
  };
  return costOf(dearest, use);
}

function whole(tokens = 0): number {
  return Number.isFinite(tokens) && tokens > 0 ? Math.floor(tokens) : 0;
}
