import type { CallFlow, Owner } from '@sallyport/core';
import { describe, expect, it, test } from 'vitest';
import { CALLS_MAX, CallBook, isNamed, LINK_MAX_MS } from './call-book.ts';

const ANN: Owner = { tenant: 'default', kind: 'user', id: 'ann' };
const BOB: Owner = { ...ANN, id: 'bob' };
const FLOW = {} as CallFlow;

function bookAt(clock: { nowMs: number }) {
  return new CallBook({ nowMs: () => clock.nowMs, fingerprint: (text) => text });
}

function call(owner: Owner, tool: string, given: string) {
  return { owner, tool, arguments: given, flow: FLOW, exchange: 'x1' };
}

describe('take()', () => {
  it('finds a call by its owner, its tool and its arguments, however they are laid out, and once', () => {
    const book = bookAt({ nowMs: 0 });
    book.released(call(ANN, 'mcp__files__read', '{"path":"a","line":1}'));
    expect(book.take(BOB, 'read', '{"path":"a","line":1}')).toBeUndefined();
    expect(book.take(ANN, 'write', '{"path":"a","line":1}')).toBeUndefined();
    expect(book.take(ANN, 'read', '{"path":"b","line":1}')).toBeUndefined();
    expect(book.take(ANN, 'read', '{ "line": 1, "path": "a" }')?.exchange).toBe('x1');
    expect(book.take(ANN, 'read', '{"path":"a","line":1}')).toBeUndefined();
  });

  it('finds the calls of one kind in the order in which they were made', () => {
    const book = bookAt({ nowMs: 0 });
    for (const exchange of ['x1', 'x2']) book.released({ ...call(ANN, 'read', '{}'), exchange });
    expect(book.take(ANN, 'read', '{}')?.exchange).toBe('x1');
    expect(book.take(ANN, 'read', '{}')?.exchange).toBe('x2');
  });

  it('finds no call that was made too long ago', () => {
    const clock = { nowMs: 0 };
    const book = bookAt(clock);
    book.released(call(ANN, 'read', '{}'));
    book.released(call(ANN, 'list', '{}'));
    clock.nowMs = LINK_MAX_MS;
    expect(book.take(ANN, 'read', '{}')?.exchange).toBe('x1');
    clock.nowMs += 1;
    expect(book.take(ANN, 'list', '{}')).toBeUndefined();
  });

  it('forgets the oldest beyond its bound', () => {
    const book = bookAt({ nowMs: 0 });
    for (let at = 0; at <= CALLS_MAX; at += 1) book.released(call(ANN, 'read', `{"at":${at}}`));
    expect(book.take(ANN, 'read', '{"at":0}')).toBeUndefined();
    expect(book.take(ANN, 'read', '{"at":1}')).toBeDefined();
    expect(book.take(ANN, 'read', `{"at":${CALLS_MAX}}`)).toBeDefined();
  });
});

describe('isNamed()', () => {
  test.each([
    ['read', 'read', true],
    ['mcp__files__read', 'read', true],
    ['files.read', 'read', true],
    ['thread', 'read', false],
    ['read', 'files.read', false],
    ['anything', '', false],
  ])('%s is %s: %s', (...[byModel, tool, expected]) => {
    expect(isNamed(byModel, tool)).toBe(expected);
  });
});
