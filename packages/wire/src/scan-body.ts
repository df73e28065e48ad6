import { Buffer, isUtf8 } from 'node:buffer';
import { type ErrorCode, type Fault, isFault } from '@sallyport/core';
import { bufferOf, decodeUtf8, JSON_NODES_MAX, parseJson } from './parse-json.ts';

/** Half-open range of bytes. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** A JSON object's bytes, cut where its named members, and the elements of its named arrays, begin and end. */
export interface ScannedBody {
  /** One byte is one character: offsets in it are byte offsets in the body. */
  readonly latin1: string;
  /**
   * Byte ranges of the elements of each named array that the object holds, and of each named member's one value. What
   * stands inside a named object goes by its path, such as `toolConfig/tools`.
   */
  readonly elements: ReadonlyMap<string, readonly ByteRange[]>;
  /**
   * What remains when those values are emptied (`[]`, `{}` or `""` stands in their place), in order; concatenated it is
   * JSON exactly when the original's frame is.
   */
  readonly rest: readonly ByteRange[];
}

/** What is cut out of an object. */
export interface ObjectRules {
  /** Members whose elements are cut out when they are arrays. */
  readonly arrays: readonly string[];
  /**
   * Members whose value is cut out whole, quotes or brackets included, when it is a string, an object, or an array that
   * `arrays` does not name. What is neither stays in the rest.
   */
  readonly members: readonly string[];
  /** Members that are looked into when they are objects, each by rules of its own. */
  readonly inside?: ReadonlyMap<string, ObjectRules>;
}

/** The rules of the body itself. */
export interface ScanRules extends ObjectRules {
  /** Containers within containers. */
  readonly maxDepth: number;
  /**
   * Strings, names of members, containers and cut elements in all, at least 1, default `JSON_NODES_MAX`. Numbers, `true`,
   * `false` and `null` inside a value that is not cut are left to whoever parses it.
   */
  readonly maxNodes?: number | undefined;
}

/**
 * Finds the elements of named arrays, and named members, at the top or inside named objects, without decoding anything.
 *
 * INVARIANT: when every element is one valid JSON value and the rest is a valid JSON object, then the body is valid JSON and
 * every JSON parser sees the same elements: objects, arrays and strings end where they end whatever follows, and what is
 * neither ends at a separator that the scan itself demands. A member cut out whole is one element, and never of that last
 * kind. So an element whose bytes were validated before needs no second look.
 *
 * Refused here: what is not UTF-8 (`BODY_NOT_UTF8`), a byte order mark, an end in mid-value (`BODY_TRUNCATED`), more than one
 * value, nesting or nodes beyond the limits, a body that is valid JSON but no object (`BODY_SHAPE`).
 * Cost: O(n); strings are jumped over natively, about 0.3 ns a byte for long ones.
 */
export function scanBody(body: Uint8Array, rules: ScanRules): ScannedBody | Fault {
  if (!isUtf8(body)) return { fault: 'BODY_NOT_UTF8' };
  const latin1 = bufferOf(body).toString('latin1');
  const scan = new Scan(latin1, rules);
  if (scan.run()) return { latin1, elements: scan.elements, rest: scan.rest };
  if (scan.beyond !== undefined) return { fault: scan.beyond, at: String(scan.at) };
  return explain(body, rules, scan.at);
}

/** The scan only knows that it cannot go on: the parser says why. */
function explain(body: Uint8Array, { maxDepth, maxNodes }: ScanRules, at: number): Fault {
  const text = decodeUtf8(body);
  if (typeof text !== 'string') return text;
  const node = parseJson(text, { maxDepth, maxNodes, strict: true });
  if (isFault(node)) return node;
  return node.kind !== 'object' ? { fault: 'BODY_SHAPE' } : { fault: 'BODY_NOT_JSON', at: String(at) };
}

class Scan {
  readonly #text: string;
  readonly #rules: ScanRules;
  readonly elements = new Map<string, readonly ByteRange[]>();
  readonly rest: ByteRange[] = [];
  /** Where the part of the rest at hand begins. */
  #from = 0;
  readonly #nodes: Nodes;
  at = 0;
  beyond: ErrorCode | undefined;

  constructor(text: string, rules: ScanRules) {
    this.#text = text;
    this.#rules = rules;
    this.#nodes = { left: (rules.maxNodes ?? JSON_NODES_MAX) - 1 };
  }

  run(): boolean {
    const text = this.#text;
    this.at = skipSpace(text, 0);
    if (text.charCodeAt(this.at) !== 0x7b || !this.#object(this.#rules, '', 1)) return false;
    this.at = skipSpace(text, this.at);
    this.rest.push({ start: this.#from, end: text.length });
    return this.at === text.length;
  }

  /** Stands on `{`; leaves behind `}`. @param depth containers around the object's members, itself included */
  #object(rules: ObjectRules, path: string, depth: number): boolean {
    const text = this.#text;
    this.at = skipSpace(text, this.at + 1);
    if (text.charCodeAt(this.at) !== 0x7d) {
      for (;;) {
        const name = this.#key();
        if (name === undefined || !this.#member(name, { rules, path, depth })) return false;
        this.at = skipSpace(text, this.at);
        const c = text.charCodeAt(this.at);
        if (c === 0x7d) break;
        if (c !== 0x2c) return false;
        this.at = skipSpace(text, this.at + 1);
      }
    }
    this.at += 1;
    return true;
  }

  /** Stands on a member's value; leaves behind it. */
  #member(name: string, { rules, path, depth }: Holder): boolean {
    const start = this.at;
    const c = this.#text.charCodeAt(start);
    const inside = c === 0x7b ? rules.inside?.get(name) : undefined;
    if (inside !== undefined) {
      if (depth >= this.#rules.maxDepth) this.beyond = 'BODY_TOO_DEEP';
      return this.beyond === undefined && this.#count() && this.#object(inside, `${path}${name}/`, depth + 1);
    }
    if (c === 0x5b && rules.arrays.includes(name)) {
      if (!this.#count()) return false;
      this.#cut(start);
      const ranges = this.#items(depth + 1);
      if (ranges === undefined) return false;
      this.#from = this.at - 1;
      this.elements.set(path + name, ranges);
      return true;
    }
    if (!this.#skip(depth)) return false;
    if (opens(c) && rules.members.includes(name)) {
      this.elements.set(path + name, [{ start, end: this.at }]);
      this.#cut(start);
      this.#from = this.at - 1;
    }
    return true;
  }

  /** Ends the part of the rest at hand behind the opening of what is cut out. */
  #cut(start: number): void {
    this.rest.push({ start: this.#from, end: start + 1 });
  }

  /** Reads a key and its colon; stands before the value. */
  #key(): string | undefined {
    const text = this.#text;
    if (text.charCodeAt(this.at) !== 0x22) return undefined;
    const end = skipString(text, this.at);
    if (end < 0 || !this.#count()) return undefined;
    const name = keyName(text, { start: this.at, end });
    this.at = skipSpace(text, end);
    if (text.charCodeAt(this.at) !== 0x3a) return undefined;
    this.at = skipSpace(text, this.at + 1);
    return name;
  }

  /** Stands on `[`; leaves behind `]`. @param depth containers around its elements */
  #items(depth: number): readonly ByteRange[] | undefined {
    const text = this.#text;
    const ranges: ByteRange[] = [];
    this.at = skipSpace(text, this.at + 1);
    if (text.charCodeAt(this.at) === 0x5d) {
      this.at += 1;
      return ranges;
    }
    for (;;) {
      const start = this.at;
      if (!this.#skip(depth)) return undefined;
      ranges.push({ start, end: this.at });
      this.at = skipSpace(text, this.at);
      const c = text.charCodeAt(this.at);
      if (c !== 0x2c && c !== 0x5d) return undefined;
      this.at += 1;
      if (c === 0x5d) return ranges;
      this.at = skipSpace(text, this.at);
    }
  }

  #skip(depth: number): boolean {
    const end = skipValue(this.#text, this.at, { maxDepth: this.#rules.maxDepth - depth, nodes: this.#nodes });
    if (end > this.at) {
      this.at = end;
      return true;
    }
    if (end === TOO_DEEP) this.beyond = 'BODY_TOO_DEEP';
    if (end === TOO_MANY) this.beyond = 'BODY_TOO_MANY_VALUES';
    return false;
  }

  #count(): boolean {
    this.#nodes.left -= 1;
    if (this.#nodes.left < 0) this.beyond = 'BODY_TOO_MANY_VALUES';
    return this.#nodes.left >= 0;
  }
}

/** The object that a member stands in. */
interface Holder {
  readonly rules: ObjectRules;
  readonly path: string;
  readonly depth: number;
}

/** A string, an object or an array begins here: what ends by itself. */
function opens(c: number): boolean {
  return c === 0x22 || c === 0x7b || c === 0x5b;
}

const TOO_DEEP = -2;
const TOO_MANY = -3;

/** How many nodes a text may yet have. */
interface Nodes {
  left: number;
}

interface SkipBounds {
  readonly maxDepth: number;
  readonly nodes: Nodes;
}

/**
 * Where the value at `at` ends if it is one; -1 when the text ends first, -2 when it is nested deeper than `maxDepth`, -3 when
 * it has more nodes than are left: itself, and the strings and containers in it.
 */
function skipValue(text: string, at: number, { maxDepth, nodes }: SkipBounds): number {
  const c = text.charCodeAt(at);
  if (c !== 0x7b && c !== 0x5b) {
    nodes.left -= 1;
    if (nodes.left < 0) return TOO_MANY;
    return c === 0x22 ? skipString(text, at) : skipPrimitive(text, at);
  }
  const { length } = text;
  let { left } = nodes;
  let depth = 0;
  let i = at;
  while (i < length) {
    const d = text.charCodeAt(i);
    if (d === 0x22) {
      left -= 1;
      i = left < 0 ? TOO_MANY : skipString(text, i);
      if (i < 0) return i;
      continue;
    }
    if (d === 0x7b || d === 0x5b) {
      left -= 1;
      if (left < 0) return TOO_MANY;
      depth += 1;
      if (depth > maxDepth) return TOO_DEEP;
    } else if (d === 0x7d || d === 0x5d) {
      depth -= 1;
      if (depth === 0) {
        nodes.left = left;
        return i + 1;
      }
    }
    i += 1;
  }
  return -1;
}

/** Characters of a string that are looked at one by one before the native search takes over: most strings are short. */
const NEAR_CHARS = 24;

/** Stands on the opening quote; answers the offset behind the closing one, or -1. Linear, whatever the escapes. */
function skipString(text: string, at: number): number {
  let i = at + 1;
  for (;;) {
    const near = Math.min(i + NEAR_CHARS, text.length);
    while (i < near) {
      const c = text.charCodeAt(i);
      if (c === 0x22) return i + 1;
      i += c === 0x5c ? 2 : 1;
    }
    const quote = text.indexOf('"', i);
    if (quote < 0) return -1;
    let slash = quote - 1;
    while (slash >= i && text.charCodeAt(slash) === 0x5c) slash -= 1;
    if ((quote - slash) % 2 === 1) return quote + 1;
    i = quote + 1;
  }
}

function skipPrimitive(text: string, at: number): number {
  let i = at;
  for (;;) {
    const c = text.charCodeAt(i);
    if (c === 0x2c || c === 0x5d || c === 0x7d || c === 0x3a || c === 0x22 || c <= 0x20 || Number.isNaN(c)) return i;
    i += 1;
  }
}

function skipSpace(text: string, at: number): number {
  let i = at;
  let c = text.charCodeAt(i);
  while (c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09) c = text.charCodeAt(++i);
  return i;
}

/** A key as bytes, unescaped when it holds escapes: `"mess\u0061ges"` is `messages` to every parser. */
function keyName(text: string, range: ByteRange): string {
  const name = text.slice(range.start + 1, range.end - 1);
  if (!name.includes('\\')) return name;
  try {
    return JSON.parse(`"${name}"`);
  } catch {
    return name;
  }
}

/** What was scanned before, within bounds, is only walked again. */
const ANYTHING: SkipBounds = {
  maxDepth: Number.POSITIVE_INFINITY,
  nodes: { left: Number.POSITIVE_INFINITY },
};

/**
 * Looks up a member of the object at `range` without decoding anything. What stands there need not be valid JSON: for
 * valid JSON without repeated keys the answer is the right one.
 * @returns the byte offset at which the member's value begins, or -1
 */
export function scanMember(latin1: string, range: ByteRange, name: string): number {
  let at = skipSpace(latin1, range.start);
  if (latin1.charCodeAt(at) !== 0x7b) return -1;
  at = skipSpace(latin1, at + 1);
  while (at < range.end && latin1.charCodeAt(at) === 0x22) {
    const keyEnd = skipString(latin1, at);
    if (keyEnd < 0) return -1;
    const found = keyName(latin1, { start: at, end: keyEnd }) === name;
    const start = skipSpace(latin1, skipSpace(latin1, keyEnd) + 1);
    if (found) return start < range.end ? start : -1;
    const end = skipValue(latin1, start, ANYTHING);
    if (end <= start) return -1;
    at = skipSpace(latin1, end);
    if (latin1.charCodeAt(at) !== 0x2c) return -1;
    at = skipSpace(latin1, at + 1);
  }
  return -1;
}

/** The string whose literal begins at a byte offset, or `undefined` when none does. */
export function scanString(latin1: string, at: number): string | undefined {
  const end = latin1.charCodeAt(at) === 0x22 ? skipString(latin1, at) : -1;
  if (end < 0) return undefined;
  try {
    return JSON.parse(Buffer.from(latin1.slice(at, end), 'latin1').toString('utf8'));
  } catch {
    return undefined;
  }
}
