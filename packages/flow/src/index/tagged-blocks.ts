import type { Span } from '@sallyport/core';

const TAG = /<(\/?)([a-z][\w-]{0,31})(?: [^<>\n]{0,256})?>/gi;
/** Behind a tag that stands alone on its line. */
const LINE_END = /[ \t]*\n/y;

interface Tag extends Span {
  readonly name: string;
  readonly closes: boolean;
  readonly bare: boolean;
}

/**
 * Stretches between a tag and its end, the outermost; a tag alone on its line that never ends reaches to the end of the text.
 * Cost: O(length), however many tags never end.
 */
export function taggedBlocks(text: string): readonly Span[] {
  const tags = Array.from(text.matchAll(TAG), ({ 0: whole, 1: slash, 2: name = '', index }): Tag => {
    const closes = slash === '/';
    return { name, closes, bare: whole.length === name.length + 2, start: index, end: index + whole.length };
  });
  const ends = endsOf(tags);
  const blocks: Span[] = [];
  let until = 0;
  for (const tag of tags) {
    if (tag.closes || tag.start < until) continue;
    const end = nextEnd(ends.get(tag.name), tag.end) ?? (opensLine(text, tag) ? text.length : undefined);
    if (end === undefined) continue;
    blocks.push({ start: tag.start, end });
    until = end;
  }
  return blocks;
}

/** Where tags of each name end, ascending, and how far they were used. */
interface Ends {
  readonly places: readonly Span[];
  next: number;
}

function endsOf(tags: readonly Tag[]): ReadonlyMap<string, Ends> {
  const ends = new Map<string, { places: Span[]; next: number }>();
  for (const { name, closes, start, end } of tags) {
    if (!closes) continue;
    const own = ends.get(name);
    if (own === undefined) ends.set(name, { places: [{ start, end }], next: 0 });
    else own.places.push({ start, end });
  }
  return ends;
}

/** The first end behind a place; places are asked for in their order. */
function nextEnd(ends: Ends | undefined, from: number): number | undefined {
  if (ends === undefined) return undefined;
  while ((ends.places[ends.next]?.start ?? Number.POSITIVE_INFINITY) < from) ends.next++;
  return ends.places[ends.next]?.end;
}

function opensLine(text: string, { start, end, bare }: Tag): boolean {
  if (!bare || (start > 0 && text[start - 1] !== '\n')) return false;
  LINE_END.lastIndex = end;
  return LINE_END.test(text);
}
