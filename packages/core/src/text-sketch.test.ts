import { describe, expect, it } from 'vitest';
import type { SegmentNote } from './detect.ts';
import {
  NEWEST_MAX_CHARS,
  NEWEST_MESSAGES_MAX,
  newestWords,
  sketchLikeness,
  TEXT_SKETCH_CHARS,
} from './text-sketch.ts';
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

  it('is all that was said since the answer before, in many messages and as instructions', () => {
    const before = [message('system', 'be kind'), message('user', 'first'), message('assistant', 'an answer')];
    const asked = [message('user', 'one'), message('system', 'two'), message('user', 'three')];
    expect(newestWords([...before, ...asked])).toBe('one\ntwo\nthree');
  });

  it('leaves out the instructions that lead: they are the same whatever a user asks', () => {
    expect(newestWords([message('system', 'be kind'), message('user', 'one')])).toBe('one');
  });

  it('is what was said before while an agent works on it', () => {
    const asked = [message('user', 'one'), message('user', 'two')];
    const work = [message('assistant', 'a call'), message('tool', 'a result'), message('assistant', 'another')];
    expect(newestWords([...asked, ...work, message('tool', 'a result')])).toBe('one\ntwo');
  });

  it('reads so many messages, and so many characters, at most', () => {
    const many = Array.from({ length: NEWEST_MESSAGES_MAX + 1 }, (_, n) => message('user', `m${n}`));
    expect(newestWords(many)?.split('\n')).toHaveLength(NEWEST_MESSAGES_MAX);
    expect(newestWords(many.slice(1))?.split('\n')).toHaveLength(NEWEST_MESSAGES_MAX);
    const half = 'x'.repeat(NEWEST_MAX_CHARS / 2);
    expect(newestWords([message('user', 'far'), message('user', half), message('user', half)])).toBe(
      `${half}\n${half}`,
    );
    expect(newestWords([message('user', 'far'), message('user', half), message('user', half.slice(1))])).toMatch(
      /^far/,
    );
  });

  it('is nothing where no user speaks, or what they say cannot be read', () => {
    expect(newestWords([message('system', 'be kind')])).toBeUndefined();
    const broken = message('user', 'one');
    const open = () => ({ fault: 'BODY_SHAPE' }) as never;
    expect(newestWords([{ ...broken, slice: { ...broken.slice, open } }])).toBeUndefined();
  });
});
