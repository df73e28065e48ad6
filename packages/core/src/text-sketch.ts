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

/** Messages that are read for what was said last, and characters of them, at most: the newest. */
export const NEWEST_MESSAGES_MAX = 64;
export const NEWEST_MAX_CHARS = 16_384;

type Said = Pick<DetectedSlice, 'segments' | 'slice'>;

/**
 * What was said last in a request, in one message or in many: all that users, and instructions behind what they said first, say back to the answer before.
 * Instructions that lead are the application's. Undefined where nothing can be read. Cost: as much as opening the slices that it stands in.
 */
export function newestWords(slices: readonly Said[]): string | undefined {
  const texts: string[] = [];
  let chars = 0;
  for (const { slice } of newestSaid(slices)) {
    const content = slice.open();
    if (content === undefined || isFault(content)) break;
    const said = content.segments.filter(isSaid).map(({ text }) => text);
    texts.unshift(...said);
    chars += said.reduce((sum, { length }) => sum + length, 0);
    if (chars >= NEWEST_MAX_CHARS) break;
  }
  return texts.length === 0 ? undefined : texts.join('\n');
}

/** Newest first. */
function newestSaid(slices: readonly Said[]): readonly Said[] {
  const first = slices.findIndex(({ segments }) => segments.some(isUsers));
  const found: Said[] = [];
  for (let at = slices.length - 1; first >= 0 && at >= first && found.length < NEWEST_MESSAGES_MAX; at -= 1) {
    const each = slices[at] as Said;
    if (each.segments.some(isSaid)) found.push(each);
    else if (found.length > 0 && each.segments.some(({ origin }) => origin.role === 'assistant')) break;
  }
  return found;
}

function isUsers({ point, origin }: Pick<SegmentNote, 'point' | 'origin'>): boolean {
  return point === 'input' && origin.role === 'user';
}

function isSaid({ point, origin }: Pick<SegmentNote, 'point' | 'origin'>): boolean {
  return point === 'input' && (origin.role === 'user' || origin.role === 'system');
}
