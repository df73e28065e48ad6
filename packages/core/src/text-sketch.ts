import type { DetectedSlice, SegmentNote } from './detect.ts';
import { isFault } from './errors.ts';

/** Places of a sketch, a sign each: what texts are made of in so many signs, so that two can be told to be alike. */
export const TEXT_SKETCH_PLACES = 32;
/** Signs of a sketch: behind the places stand those by which a text is told from another one of nearly the same words. */
export const TEXT_SKETCH_CHARS = 36;
/** The sign of a place to which no word fell. */
const NONE = 45;

/**
 * How alike the texts of two sketches of one key are: about the share of their words that both have.
 * @returns 0..1, to 0.08 (one standard deviation); 0 where one of them is no sketch
 */
export function sketchLikeness(one: string, other: string): number {
  if (one.length !== TEXT_SKETCH_CHARS || other.length !== TEXT_SKETCH_CHARS) return 0;
  let either = 0;
  let both = 0;
  for (let at = 0; at < TEXT_SKETCH_PLACES; at += 1) {
    const a = one.charCodeAt(at);
    const b = other.charCodeAt(at);
    if (a === NONE && b === NONE) continue;
    either += 1;
    if (a === b) both += 1;
  }
  return either === 0 ? 0 : both / either;
}

/** What the user said last in a request; undefined where nothing can be read. Cost: as much as opening the slice that it stands in. */
export function newestWords(slices: readonly Pick<DetectedSlice, 'segments' | 'slice'>[]): string | undefined {
  const newest = slices.findLast(({ segments }) => segments.some(isSaid));
  const content = newest?.slice.open();
  if (content === undefined || isFault(content)) return undefined;
  return content.segments
    .filter(isSaid)
    .map(({ text }) => text)
    .join('\n');
}

function isSaid({ point, origin }: Pick<SegmentNote, 'point' | 'origin'>): boolean {
  return point === 'input' && origin.role === 'user';
}
