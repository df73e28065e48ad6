import { itemPath, type LeafReader, memberPath, type RawLeaf } from './raw-leaf.ts';

const OPENERS = new Set(['{', '[', '(']);
const CLOSERS: Readonly<Record<string, string>> = { '{': '}', '[': ']', '(': ')' };
const SPACE = /\s/;
/** A word, a number or a call such as `datetime.date(2024, 5, 1)`: everything up to what separates. */
const BARE = /[^\s,:{}[\]()'"][^,:{}[\]()'"\n]*/y;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', '0': '\0' };

/**
 * Reads JSON and what prints like it: Python's dictionaries, lists and tuples, JavaScript's object literals. Everything up to
 * the end of the text must be one such value. Names of members are leaves too: maps are often keyed by data.
 * Cost: O(length).
 */
export const literalLeaves: LeafReader = (text, bounds) => {
  const reader = new LiteralReader(text, bounds);
  return reader.document();
};

class LiteralReader {
  readonly #text: string;
  readonly #maxLeaves: number;
  readonly #maxDepth: number;
  readonly #leaves: RawLeaf[] = [];
  #at = 0;

  constructor(text: string, { maxLeaves, maxDepth }: { readonly maxLeaves: number; readonly maxDepth: number }) {
    this.#text = text;
    this.#maxLeaves = maxLeaves;
    this.#maxDepth = maxDepth;
  }

  document(): readonly RawLeaf[] | undefined {
    this.#space();
    if (!OPENERS.has(this.#text[this.#at] ?? '')) return undefined;
    if (!this.#value('', 0)) return undefined;
    this.#space();
    return this.#at === this.#text.length && this.#leaves.length <= this.#maxLeaves ? this.#leaves : undefined;
  }

  #value(path: string, depth: number): boolean {
    this.#space();
    const char = this.#text[this.#at] ?? '';
    if (OPENERS.has(char)) return depth < this.#maxDepth && this.#container(path, depth, char);
    const start = this.#at;
    const value = this.#scalar();
    return value !== undefined && this.#add({ path, value, start });
  }

  #container(path: string, depth: number, opener: string): boolean {
    const closer = CLOSERS[opener] ?? '';
    this.#at++;
    for (let index = 0; ; index++) {
      this.#space();
      if (this.#take(closer)) return true;
      const entered = opener === '{' ? this.#member(path, depth, index) : this.#value(itemPath(path, index), depth + 1);
      if (!entered) return false;
      this.#space();
      if (!this.#take(',') && this.#text[this.#at] !== closer) return false;
    }
  }

  /** A member of a map, or of a set, which looks the same up to the colon. */
  #member(path: string, depth: number, index: number): boolean {
    const start = this.#at;
    if (OPENERS.has(this.#text[start] ?? '')) return this.#value(itemPath(path, index), depth + 1);
    const name = this.#scalar();
    if (name === undefined) return false;
    this.#space();
    if (!this.#take(':')) return this.#add({ path: itemPath(path, index), value: name, start });
    const inner = memberPath(path, name);
    return this.#add({ path: `${inner}#name`, value: name, start }) && this.#value(inner, depth + 1);
  }

  #scalar(): string | undefined {
    const quote = this.#text[this.#at];
    if (quote === '"' || quote === "'") return this.#string(quote);
    BARE.lastIndex = this.#at;
    const bare = BARE.exec(this.#text)?.[0];
    if (bare === undefined) return undefined;
    this.#at += bare.length;
    return bare.trimEnd();
  }

  #string(quote: string): string | undefined {
    let value = '';
    for (let at = this.#at + 1; at < this.#text.length; at++) {
      const char = this.#text[at] as string;
      if (char === quote) {
        this.#at = at + 1;
        return value;
      }
      if (char !== '\\') {
        value += char;
        continue;
      }
      at++;
      const next = this.#text[at] ?? '';
      const width = next === 'u' ? 4 : next === 'x' ? 2 : 0;
      const code = width === 0 ? Number.NaN : Number.parseInt(this.#text.slice(at + 1, at + 1 + width), 16);
      if (Number.isNaN(code)) value += ESCAPES[next] ?? next;
      else {
        value += String.fromCharCode(code);
        at += width;
      }
    }
    return undefined;
  }

  #add(leaf: RawLeaf): boolean {
    this.#leaves.push(leaf);
    return this.#leaves.length <= this.#maxLeaves;
  }

  #space(): void {
    while (this.#at < this.#text.length && SPACE.test(this.#text[this.#at] as string)) this.#at++;
  }

  #take(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }
}
