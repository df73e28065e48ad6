import { Buffer, isUtf8 } from 'node:buffer';
import type { ErrorCode, Fault } from '@sallyport/core';
import type { JsonArray, JsonMember, JsonNode, JsonNumber, JsonObject, JsonString } from './json-node.ts';

export interface JsonRules {
  /** Containers within containers, 1..2000: `[]` is one deep. The parser recurses. */
  readonly maxDepth: number;
  /**
   * `true` refuses what two parsers could read differently: keys repeated within one object (compared after unescaping)
   * and lone surrogates. `false` takes whatever `JSON.parse` takes and keeps every member.
   */
  readonly strict: boolean;
  /**
   * Leaves the items of arrays out that hold numbers and nothing else: an embedding has thousands, and nobody reads one. They
   * are checked all the same, and don't count as nodes. `short` does so only where each number has fewer than
   * `LONG_NUMBER_CHARS`, so that a number that could be somebody's is never left out. Cost: about 60 ns a number, no memory.
   */
  readonly skipVectors?: 'all' | 'short' | undefined;
  /** Values and names of members, at least 1, default `JSON_NODES_MAX`: each takes some 100 bytes of memory, however short it is. */
  readonly maxNodes?: number | undefined;
}

/** Values and names that one JSON text may hold where nothing else is said: some 100 MB of memory. */
export const JSON_NODES_MAX = 1_000_000;
/** Characters from which a number may be a card or an account; clocks in milliseconds have thirteen. */
export const LONG_NUMBER_CHARS = 12;

/** Members up to which keys are compared pairwise; above, a set is made. */
const PAIRWISE_KEYS_MAX = 8;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const LONE_SURROGATE = /\p{Surrogate}/u;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Parses exactly one JSON value and keeps where each part of it stood.
 * INVARIANT: with `strict: false` it accepts what `JSON.parse` accepts, within the depth, and nothing else.
 * @returns the value, or a fault whose `at` is the byte offset in the text's UTF-8 form
 * Cost: O(n), about 5 ns a character.
 */
export function parseJson(text: string, rules: JsonRules): JsonNode | Fault {
  const reader = new Reader(text, rules);
  const node = reader.document();
  if (node !== undefined) return node;
  return { fault: reader.fault, at: String(Buffer.byteLength(text.slice(0, reader.at))) };
}

/** Bytes to text: refuses what is not UTF-8, and a byte order mark, which `JSON.parse` refuses too. */
export function decodeUtf8(bytes: Uint8Array): string | Fault {
  if (!isUtf8(bytes)) return { fault: 'BODY_NOT_UTF8' };
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return { fault: 'BODY_NOT_JSON', at: '0' };
  return bufferOf(bytes).toString('utf8');
}

/** The same bytes as a Buffer: no copy. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A recursive-descent reader; each method answers `undefined` once `fault` is set. Depth is bounded by the rules. */
class Reader {
  readonly #text: string;
  readonly #rules: JsonRules;
  #depth = 0;
  #nodesLeft: number;
  at = 0;
  fault: ErrorCode = 'BODY_NOT_JSON';

  constructor(text: string, rules: JsonRules) {
    this.#text = text;
    this.#rules = rules;
    this.#nodesLeft = rules.maxNodes ?? JSON_NODES_MAX;
  }

  document(): JsonNode | undefined {
    this.#space();
    if (this.at >= this.#text.length) return this.#fail('BODY_NOT_JSON');
    const node = this.#value();
    if (node === undefined) return undefined;
    this.#space();
    return this.at < this.#text.length ? this.#fail('TRAILING_VALUE') : node;
  }

  #fail(code: ErrorCode): undefined {
    this.fault = code;
    return undefined;
  }

  /** A character that cannot stand here, or the end of the text where something must follow. */
  #unexpected(): undefined {
    return this.#fail(this.at >= this.#text.length ? 'BODY_TRUNCATED' : 'BODY_NOT_JSON');
  }

  #space(): void {
    const text = this.#text;
    let at = this.at;
    let c = text.charCodeAt(at);
    while (c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09) c = text.charCodeAt(++at);
    this.at = at;
  }

  #value(): JsonNode | undefined {
    if (!this.#count()) return undefined;
    switch (this.#text.charCodeAt(this.at)) {
      case QUOTE:
        return this.#string();
      case 0x7b:
        return this.#object();
      case 0x5b:
        return this.#array();
      case 0x74:
        return this.#word('true', true);
      case 0x66:
        return this.#word('false', false);
      case 0x6e:
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  /** One node more, if there may be one. */
  #count(): boolean {
    this.#nodesLeft -= 1;
    if (this.#nodesLeft >= 0) return true;
    this.#fail('BODY_TOO_MANY_VALUES');
    return false;
  }

  #word(word: string, value: boolean | null): JsonNode | undefined {
    const start = this.at;
    if (!this.#text.startsWith(word, start)) {
      const cutShort = start + word.length > this.#text.length && word.startsWith(this.#text.slice(start));
      return this.#fail(cutShort ? 'BODY_TRUNCATED' : 'BODY_NOT_JSON');
    }
    this.at = start + word.length;
    return { kind: 'word', start, end: this.at, value };
  }

  #number(): JsonNumber | undefined {
    const start = this.at;
    NUMBER.lastIndex = start;
    if (!NUMBER.test(this.#text)) {
      return this.#text.charCodeAt(start) === 0x2d && start + 1 === this.#text.length
        ? this.#fail('BODY_TRUNCATED')
        : this.#unexpected();
    }
    this.at = NUMBER.lastIndex;
    return { kind: 'number', start, end: this.at, value: Number(this.#text.slice(start, this.at)) };
  }

  #string(): JsonString | undefined {
    const text = this.#text;
    const start = this.at;
    let escaped = false;
    let at = start + 1;
    let near = at + NEAR_CHARS;
    for (;;) {
      if (at >= near) {
        at = nextSpecial(text, at);
        near = at + NEAR_CHARS;
      }
      const c = text.charCodeAt(at);
      if (c === QUOTE) break;
      if (c === BACKSLASH) {
        escaped = true;
        at += 2;
      } else if (c >= 0x20) {
        at += 1;
      } else {
        this.at = at;
        return this.#unexpected();
      }
    }
    this.at = at + 1;
    const value = escaped ? this.#unescape(start) : text.slice(start + 1, at);
    return value === undefined ? undefined : { kind: 'string', start, end: this.at, value };
  }

  #unescape(start: number): string | undefined {
    const literal = this.#text.slice(start, this.at);
    let value: string;
    try {
      value = JSON.parse(literal);
    } catch {
      this.at = start;
      return this.#fail('BODY_NOT_JSON');
    }
    // Valid UTF-8 holds no surrogates: only an escape can bring one in.
    if (this.#rules.strict && literal.includes('\\u') && LONE_SURROGATE.test(value)) {
      this.at = start;
      return this.#fail('LONE_SURROGATE');
    }
    return value;
  }

  #enter(): boolean {
    this.#depth += 1;
    if (this.#depth > this.#rules.maxDepth) {
      this.#fail('BODY_TOO_DEEP');
      return false;
    }
    this.at += 1;
    this.#space();
    return true;
  }

  #array(): JsonArray | undefined {
    const start = this.at;
    if (!this.#enter()) return undefined;
    const items: JsonNode[] = [];
    if (this.#rules.skipVectors !== undefined && this.#skipNumbers(this.#rules.skipVectors === 'short')) {
      this.at += 1;
      this.#depth -= 1;
      return { kind: 'array', start, end: this.at, items, vector: true };
    }
    if (this.#text.charCodeAt(this.at) !== 0x5d) {
      for (;;) {
        const item = this.#value();
        if (item === undefined) return undefined;
        items.push(item);
        const more = this.#separator(0x5d);
        if (more === undefined) return undefined;
        if (!more) break;
      }
    }
    this.at += 1;
    this.#depth -= 1;
    return { kind: 'array', start, end: this.at, items };
  }

  /** Goes to the closing bracket when nothing but numbers, and at least one, stands before it; otherwise stays where it is. */
  #skipNumbers(short: boolean): boolean {
    const text = this.#text;
    const start = this.at;
    for (;;) {
      NUMBER.lastIndex = this.at;
      if (!NUMBER.test(text)) break;
      if (short && NUMBER.lastIndex - this.at >= LONG_NUMBER_CHARS) break;
      this.at = NUMBER.lastIndex;
      this.#space();
      const c = text.charCodeAt(this.at);
      if (c === 0x5d) return true;
      if (c !== 0x2c) break;
      this.at += 1;
      this.#space();
    }
    this.at = start;
    return false;
  }

  #object(): JsonObject | undefined {
    const start = this.at;
    if (!this.#enter()) return undefined;
    const members: JsonMember[] = [];
    let seen: Set<string> | undefined;
    if (this.#text.charCodeAt(this.at) !== 0x7d) {
      for (;;) {
        const member = this.#member();
        if (member === undefined) return undefined;
        if (this.#rules.strict) {
          if (members.length === PAIRWISE_KEYS_MAX) seen = new Set(members.map((each) => each.key.value));
          if (repeats(members, seen, member.key.value)) {
            this.at = member.key.start;
            return this.#fail('DUPLICATE_KEY');
          }
          seen?.add(member.key.value);
        }
        members.push(member);
        const more = this.#separator(0x7d);
        if (more === undefined) return undefined;
        if (!more) break;
      }
    }
    this.at += 1;
    this.#depth -= 1;
    return { kind: 'object', start, end: this.at, members };
  }

  #member(): JsonMember | undefined {
    if (this.#text.charCodeAt(this.at) !== QUOTE) return this.#unexpected();
    const key = this.#count() ? this.#string() : undefined;
    if (key === undefined) return undefined;
    this.#space();
    if (this.#text.charCodeAt(this.at) !== 0x3a) return this.#unexpected();
    this.at += 1;
    this.#space();
    const value = this.#value();
    return value === undefined ? undefined : { key, value };
  }

  /** After an item: `true` stands before the next one, `false` at the closing bracket. */
  #separator(closing: number): boolean | undefined {
    this.#space();
    const c = this.#text.charCodeAt(this.at);
    if (c === closing) return false;
    if (c !== 0x2c) return this.#unexpected();
    this.at += 1;
    this.#space();
    return true;
  }
}

/** Characters of a string that are looked at one by one before the native search takes over: most strings are short. */
const NEAR_CHARS = 24;
/** What does not stand for itself in a string: its end, an escape, a control character. */
const SPECIAL = /[^ !#-[\]-\uffff]/g;

/** Offset of the next character that does not stand for itself; the text's length when there is none. */
function nextSpecial(text: string, from: number): number {
  SPECIAL.lastIndex = from;
  return SPECIAL.test(text) ? SPECIAL.lastIndex - 1 : Math.max(from, text.length);
}

function repeats(members: readonly JsonMember[], seen: Set<string> | undefined, key: string): boolean {
  if (seen !== undefined) return seen.has(key);
  for (const member of members) if (member.key.value === key) return true;
  return false;
}
