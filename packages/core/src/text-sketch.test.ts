import { describe, expect, it } from 'vitest';
import type { SegmentNote } from './detect.ts';
import { newestWords, sketchLikeness, TEXT_SKETCH_CHARS } from './text-sketch.ts';
import type { Role } from './vocabulary.ts';

const of = (signs: string) => signs.padEnd(TEXT_SKETCH_CHARS, '-');

describe('sketchLikeness()', () => {
  it('is the share of places that are the same, among those that either has', () => {
    expect(sketchLikeness(of('ABCD'), of('ABCD'))).toBe(1);
    expect(sketchLikeness(of('ABCD'), of('ABxy'))).toBe(0.5);
    expect(sketchLikeness(of('AB'), of('ABCD'))).toBe(0.5);
    expect(sketchLikeness(of('AB'), of('xy'))).toBe(0);
  });

  it('is nothing of what is no sketch, and of two that are empty', () => {
    expect(sketchLikeness('A', 'A')).toBe(0);
    expect(sketchLikeness(of(''), of(''))).toBe(0);
  });
});

function message(role: Role, ...texts: readonly string[]) {
  const segments = texts.map((text, at) => ({
    point: 'input' as const,
    origin: { role, field: 'content' },
    text,
    at: { slice: 0, start: at, end: at },
  }));
  const slice = {
    kind: 'message' as const,
    member: 'messages',
    bytes: new Uint8Array(),
    open: () => ({ segments, unseen: [] }) as never,
  };
  const notes = segments.map(
    ({ point, origin }): SegmentNote => ({
      point,
      origin,
      chars: 1,
      placed: false,
      fixed: false,
      isName: false,
    }),
  );
  return { slice, segments: notes };
}

describe('newestWords()', () => {
  it('is what the user said last, in all of its parts', () => {
    const slices = [message('user', 'first'), message('assistant', 'an answer'), message('user', 'one', 'two')];
    expect(newestWords([...slices, message('tool', 'a result')])).toBe('one\ntwo');
  });

  it('is nothing where no user speaks, or what they say cannot be read', () => {
    expect(newestWords([message('system', 'be kind')])).toBeUndefined();
    const broken = message('user', 'one');
    const open = () => ({ fault: 'BODY_SHAPE' }) as never;
    expect(newestWords([{ ...broken, slice: { ...broken.slice, open } }])).toBeUndefined();
  });
});
