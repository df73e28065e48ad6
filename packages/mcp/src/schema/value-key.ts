import type { CheckRun } from './check-run.ts';

type Meter = Pick<CheckRun, 'spend' | 'stop'> & { readonly limits: { readonly maxDepth: number } };

/**
 * A text that two JSON values share exactly when JSON Schema calls them equal: numbers by what they are worth, members in any order.
 * @param maxChars where the key grows longer, there is none
 * @returns `undefined` where there is none, or the meter has stopped
 * Cost: O(value), which is spent, and the sorting of members.
 */
export function valueKey(value: unknown, meter: Meter, maxChars = Number.POSITIVE_INFINITY): string | undefined {
  if (typeof value === 'string') {
    return value.length < maxChars && meter.spend(1 + (value.length >>> 4)) ? `"${value}` : undefined;
  }
  const writer = new KeyWriter(meter, maxChars);
  return writer.write(value, 0) ? writer.key() : undefined;
}

class KeyWriter {
  readonly #meter: Meter;
  readonly #parts: string[] = [];
  #charsLeft: number;

  constructor(meter: Meter, maxChars: number) {
    this.#meter = meter;
    this.#charsLeft = maxChars;
  }

  key(): string {
    return this.#parts.join('');
  }

  write(value: unknown, depth: number): boolean {
    if (typeof value === 'string') return this.#text(value);
    if (typeof value !== 'object' || value === null) return this.#put(this.#word(value));
    if (depth >= this.#meter.limits.maxDepth) return this.#meter.stop('maxDepth');
    if (Array.isArray(value)) {
      return this.#put('[') && value.every((item) => this.write(item, depth + 1) && this.#put(',')) && this.#put(']');
    }
    const names = Object.keys(value);
    if (!this.#meter.spend(names.length)) return false;
    const members = value as Record<string, unknown>;
    const writeMember = (name: string) =>
      this.#text(name) && this.#put(':') && this.write(members[name], depth + 1) && this.#put(',');
    return this.#put('{') && names.sort().every(writeMember) && this.#put('}');
  }

  #word(value: unknown): string {
    if (typeof value === 'number') {
      if (!Number.isFinite(value)) this.#meter.stop('maxNumberDigits');
      else if (Number.isInteger(value) && !Number.isSafeInteger(value)) return String(BigInt(value));
    }
    return String(value);
  }

  #text(text: string): boolean {
    return text.length <= this.#charsLeft && this.#meter.spend(text.length >>> 4) && this.#put(JSON.stringify(text));
  }

  #put(part: string): boolean {
    this.#charsLeft -= part.length;
    this.#parts.push(part);
    return this.#charsLeft >= 0 && this.#meter.spend(1);
  }
}
