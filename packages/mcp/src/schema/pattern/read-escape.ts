import type { PatternCursor } from './pattern-cursor.ts';
import categories from './unicode-categories.json' with { type: 'json' };

/** What one escape stands for. `inside` is RE2's text for a set, to be put between brackets. */
export type Escape =
  | { readonly kind: 'point'; readonly point: number }
  | { readonly kind: 'set'; readonly inside: string; readonly isLarge: boolean }
  | { readonly kind: 'edge'; readonly source: string };

const CONTROLS: ReadonlyMap<string, number> = new Map([
  ['t', 0x09],
  ['n', 0x0a],
  ['v', 0x0b],
  ['f', 0x0c],
  ['r', 0x0d],
]);

/** White space and line ends of ECMA-262 (`WhiteSpace`, `LineTerminator`), of which RE2's `\s` knows five. */
const SPACES = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
] as const;
const LAST_POINT = 0x10ffff;

const SETS: ReadonlyMap<string, string> = new Map([
  ['d', '0-9'],
  ['D', '\\D'],
  ['w', '0-9A-Z_a-z'],
  ['W', '\\W'],
  ['s', SPACES.map(([from, to]) => rangeSource(from, to)).join('')],
  ['S', betweenSpaces()],
]);

const CATEGORIES: ReadonlyMap<string, string> = new Map([
  ...Object.entries(categories),
  ...Object.values(categories).map((short): [string, string] => [short, short]),
]);

const HEX = /x([0-9A-Fa-f]{2})/y;
const UNIT = /u([0-9A-Fa-f]{4})/y;
const TRAIL = /\\u([dD][c-fC-F][0-9A-Fa-f]{2})/y;
const BRACED = /u\{([0-9A-Fa-f]{1,6})\}/y;
const CONTROL = /c([A-Za-z])/y;
const NUL = /0(?![0-9])/y;
const PROPERTY = /([pP])\{(?:([A-Za-z_]{1,32})=)?([A-Za-z_]{1,64})\}/y;
/** What may be escaped to stand for itself: in every dialect of expressions that is known the same. */
const ITSELF = /[!-/:-@[-`{-~]/y;

/** Reads what follows a backslash; `undefined` where RE2 can't say it, or two dialects say two things. */
export function readEscape(cursor: PatternCursor): Escape | undefined {
  const hex = cursor.match(HEX) ?? cursor.match(BRACED);
  if (hex !== undefined) return pointOf(Number.parseInt(hex[1] ?? '', 16));
  const unit = cursor.match(UNIT);
  if (unit !== undefined) return unitOf(cursor, Number.parseInt(unit[1] ?? '', 16));
  const control = cursor.match(CONTROL);
  if (control !== undefined) return pointOf((control[1] ?? '').charCodeAt(0) % 32);
  if (cursor.match(NUL) !== undefined) return pointOf(0);
  const property = cursor.match(PROPERTY);
  if (property !== undefined) return propertyOf(property);
  const itself = cursor.match(ITSELF);
  if (itself !== undefined) return pointOf(itself[0].charCodeAt(0));
  const letter = cursor.take();
  if (letter === 'b' || letter === 'B') return { kind: 'edge', source: `\\${letter}` };
  const inside = SETS.get(letter);
  if (inside !== undefined) return { kind: 'set', inside, isLarge: false };
  const point = CONTROLS.get(letter);
  return point === undefined ? undefined : pointOf(point);
}

/** A code point as RE2 reads it, whatever stands around it. */
export function pointSource(point: number): string {
  return `\\x{${point.toString(16)}}`;
}

export function rangeSource(from: number, to: number): string {
  return `${pointSource(from)}-${pointSource(to)}`;
}

function pointOf(point: number): Escape | undefined {
  const isSurrogate = point >= 0xd800 && point <= 0xdfff;
  return point > LAST_POINT || isSurrogate ? undefined : { kind: 'point', point };
}

function unitOf(cursor: PatternCursor, unit: number): Escape | undefined {
  if (unit < 0xd800 || unit > 0xdbff) return pointOf(unit);
  const trail = cursor.match(TRAIL);
  if (trail === undefined) return undefined;
  return pointOf(0x10000 + ((unit - 0xd800) << 10) + (Number.parseInt(trail[1] ?? '', 16) - 0xdc00));
}

function propertyOf([, letter = '', name, value = '']: RegExpExecArray): Escape | undefined {
  const asCategory = name === undefined || name === 'General_Category' || name === 'gc';
  const asScript = name === 'Script' || name === 'sc';
  const known = asCategory ? CATEGORIES.get(value) : asScript && !CATEGORIES.has(value) ? value : undefined;
  return known === undefined ? undefined : { kind: 'set', inside: `\\${letter}{${known}}`, isLarge: true };
}

function betweenSpaces(): string {
  let from = 0;
  let source = '';
  for (const [first, last] of SPACES) {
    source += rangeSource(from, first - 1);
    from = last + 1;
  }
  return source + rangeSource(from, LAST_POINT);
}
