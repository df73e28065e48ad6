import type { PatternCursor } from './pattern-cursor.ts';
import { type Escape, pointSource, rangeSource, readEscape } from './read-escape.ts';

/** A class in RE2's words. `weight` counts as so many instructions: a set of Unicode, of which there are `sets`, is hundreds of ranges. */
export interface ClassSource {
  readonly source: string;
  readonly weight: number;
  readonly sets: number;
}

/** What a set of Unicode weighs. */
export const SET_WEIGHT = 16;
const RANGES_PER_WEIGHT = 32;
const EVERY = rangeSource(0, 0x10ffff);

type Item = Exclude<Escape, { kind: 'edge' }>;

/** Reads a class whose opening bracket was taken; `undefined` where it is none, or RE2 can't say it. */
export function readClass(cursor: PatternCursor): ClassSource | undefined {
  const isNegated = cursor.takes('^');
  let inside = '';
  let parts = 0;
  let sets = 0;
  while (!cursor.takes(']')) {
    const item = readItem(cursor);
    if (item === undefined) return undefined;
    const range = rangeFrom(cursor, item);
    if (range === undefined) return undefined;
    inside += range;
    parts += 1;
    if (item.kind === 'set' && item.isLarge) sets += 1;
  }
  const weight = 1 + sets * SET_WEIGHT + Math.floor(parts / RANGES_PER_WEIGHT);
  // ECMA-262 has classes of nothing, `[]`, and of everything, `[^]`.
  if (inside === '') return { source: isNegated ? `[${EVERY}]` : `[^${EVERY}]`, weight, sets };
  return { source: `[${isNegated ? '^' : ''}${inside}]`, weight, sets };
}

function readItem(cursor: PatternCursor): Item | undefined {
  if (cursor.takes('\\')) {
    const escaped = readEscape(cursor);
    if (escaped?.kind !== 'edge') return escaped;
    return escaped.source === '\\b' ? { kind: 'point', point: 0x08 } : undefined;
  }
  const point = cursor.take().codePointAt(0);
  return point === undefined || (point >= 0xd800 && point <= 0xdfff) ? undefined : { kind: 'point', point };
}

/** The item, and what it is the beginning of a range to. A dash next to a set stands for itself. */
function rangeFrom(cursor: PatternCursor, item: Item): string | undefined {
  if (item.kind === 'set') return item.inside;
  if (cursor.match(/-(?!\]|\\[dDwWsSpP])/y) === undefined) return pointSource(item.point);
  const last = readItem(cursor);
  if (last?.kind !== 'point' || last.point < item.point) return undefined;
  return rangeSource(item.point, last.point);
}
