import type { CheckRun } from './check-run.ts';

type Meter = Pick<CheckRun, 'spend' | 'stop'> & { readonly limits: { readonly maxDepth: number } };

/**
 * JSON values, each once: two are the same exactly when JSON Schema calls them equal, numbers by what they are worth, members in any order.
 * Cost of each question: O(value), which is spent, and the sorting of members. A value longer than all that are in it is not read to its end.
 */
export class ValueSet {
  /** What is no object or array, as it is. */
  readonly #plain = new Set<unknown>();
  /** Keys of the rest. */
  #composite: Set<string> | undefined;
  #longest = 0;
  #chars = 0;

  /** UTF-16 units of texts and keys that were added. */
  get chars(): number {
    return this.#chars;
  }

  /** @returns whether it was not there; `undefined` where the meter has stopped */
  add(value: unknown, meter: Meter): boolean | undefined {
    if (!isComposite(value)) {
      const plain = plainOf(value, meter);
      const before = this.#plain.size;
      if (plain !== undefined) this.#plain.add(plain);
      if (typeof plain === 'string') this.#chars += plain.length;
      return plain === undefined ? undefined : this.#plain.size > before;
    }
    const key = new KeyWriter(meter, Number.POSITIVE_INFINITY).keyOf(value);
    if (key === undefined) return undefined;
    this.#composite ??= new Set();
    const before = this.#composite.size;
    this.#composite.add(key);
    this.#chars += key.length;
    this.#longest = Math.max(this.#longest, key.length);
    return this.#composite.size > before;
  }

  /** @returns `false` also where the meter has stopped */
  has(value: unknown, meter: Meter): boolean {
    if (!isComposite(value)) {
      const plain = plainOf(value, meter);
      return plain !== undefined && this.#plain.has(plain);
    }
    if (this.#composite === undefined) return false;
    const key = new KeyWriter(meter, this.#longest).keyOf(value);
    return key !== undefined && this.#composite.has(key);
  }
}

function isComposite(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** The one form of a value without parts: whole numbers beyond the safe ones are `bigint`, however they came. */
function plainOf(value: unknown, meter: Meter): unknown {
  if (!meter.spend(1 + (typeof value === 'string' ? value.length >>> 4 : 0))) return undefined;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  if (!Number.isFinite(value)) return void meter.stop('maxNumberDigits');
  return Number.isInteger(value) ? BigInt(value) : value;
}

/** Writes a text that equal values share and others don't. */
class KeyWriter {
  readonly #meter: Meter;
  readonly #maxChars: number;
  #key = '';

  constructor(meter: Meter, maxChars: number) {
    this.#meter = meter;
    this.#maxChars = maxChars;
  }

  keyOf(value: object): string | undefined {
    return this.#write(value, 0) ? this.#key : undefined;
  }

  #write(value: unknown, depth: number): boolean {
    if (!isComposite(value)) {
      const plain = plainOf(value, this.#meter);
      return plain !== undefined && this.#put(typeof plain === 'string' ? JSON.stringify(plain) : String(plain));
    }
    if (depth >= this.#meter.limits.maxDepth) return this.#meter.stop('maxDepth');
    if (!this.#meter.spend(1)) return false;
    return Array.isArray(value) ? this.#items(value, depth) : this.#members(value, depth);
  }

  #items(items: readonly unknown[], depth: number): boolean {
    if (!this.#put('[')) return false;
    for (const item of items) if (!this.#write(item, depth + 1) || !this.#put(',')) return false;
    return this.#put(']');
  }

  #members(value: object, depth: number): boolean {
    const names = Object.keys(value);
    if (!this.#put('{') || !this.#meter.spend(names.length)) return false;
    for (const name of names.sort()) {
      const isNamed = this.#meter.spend(name.length >>> 4) && this.#put(JSON.stringify(name)) && this.#put(':');
      if (!isNamed || !this.#write((value as Record<string, unknown>)[name], depth + 1) || !this.#put(','))
        return false;
    }
    return this.#put('}');
  }

  #put(part: string): boolean {
    this.#key += part;
    return this.#key.length <= this.#maxChars;
  }
}
