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

/** Exchange, id and trace of calls that are alike. */
const CALLS = [
  ['x1', 'call_0', 'a'],
  ['x2', 'call_0', 'b'],
  ['x3', 'toolu_01A09q90qw90lq917835lq9', 'b'],
  ['x4', 'c3', 'b'],
  ['x5', undefined, undefined],
] as const;

describe('take()', () => {
  it('finds a call by its owner, its tool and its arguments, however they are laid out, and once', () => {
    const book = bookAt({ nowMs: 0 });
    book.released(call(ANN, 'mcp__files__read', '{"path":"a","line":1}'));
    expect(book.take(BOB, { tool: 'read', given: '{"path":"a","line":1}' })).toBeUndefined();
    expect(book.take(ANN, { tool: 'write', given: '{"path":"a","line":1}' })).toBeUndefined();
    expect(book.take(ANN, { tool: 'read', given: '{"path":"b","line":1}' })).toBeUndefined();
    expect(book.take(ANN, { tool: 'read', given: '{ "line": 1, "path": "a" }' })?.call.exchange).toBe('x1');
    expect(book.take(ANN, { tool: 'read', given: '{"path":"a","line":1}' })).toBeUndefined();
  });

  it('finds the calls of one kind in the order in which they were made', () => {
    const book = bookAt({ nowMs: 0 });
    for (const exchange of ['x1', 'x2']) book.released({ ...call(ANN, 'read', '{}'), exchange });
    expect(book.take(ANN, { tool: 'read', given: '{}' })?.call.exchange).toBe('x1');
    expect(book.take(ANN, { tool: 'read', given: '{}' })?.call.exchange).toBe('x2');
  });

  it('finds no call that was made too long ago', () => {
    const clock = { nowMs: 0 };
    const book = bookAt(clock);
    book.released(call(ANN, 'read', '{}'));
    book.released(call(ANN, 'list', '{}'));
    clock.nowMs = LINK_MAX_MS;
    expect(book.take(ANN, { tool: 'read', given: '{}' })?.call.exchange).toBe('x1');
    clock.nowMs += 1;
    expect(book.take(ANN, { tool: 'list', given: '{}' })).toBeUndefined();
  });

  it('finds of several that are alike the one whose id it has, else one of its trace, else the oldest', () => {
    const book = bookAt({ nowMs: 0 });
    for (const [exchange, id, trace] of CALLS) book.released({ ...call(ANN, 'read', '{}'), exchange, id, trace });
    const take = (claim: object) => book.take(ANN, { tool: 'read', given: '{}', ...claim });
    expect(take({ id: 'toolu_01A09q90qw90lq917835lq9', trace: 'a' })?.call.exchange).toBe('x3');
    expect(take({ id: 'toolu_never0seen1by2anybody3', trace: 'b' })?.call.exchange).toBe('x2');
    expect(take({ id: 'c3', trace: 'a' })?.call.exchange).toBe('x4');
    expect(take({ trace: 'unknown' })?.call.exchange).toBe('x1');
    expect(take({ trace: 'b' })?.call.exchange).toBe('x5');
    expect(take({})).toBeUndefined();
  });

  it.each([
    ['other arguments', { given: '{"path":"b"}' }],
    ['another tool', { tool: 'remove' }],
  ])('says of a call with the id of a call and %s that it is another one, once', (_what, other) => {
    const book = bookAt({ nowMs: 0 });
    const id = 'call_a1B2c3D4e5F6g7H8i9';
    book.released({ ...call(ANN, 'read', '{"path":"a"}'), id });
    const claimed = { tool: 'read', given: '{ "path": "a" }', id };
    expect(book.take(BOB, { ...claimed, ...other })).toBeUndefined();
    expect(book.take(ANN, { ...claimed, ...other })).toMatchObject({ call: { exchange: 'x1' }, isChanged: true });
    expect(book.take(ANN, claimed)).toBeUndefined();
    book.released({ ...call(ANN, 'read', '{"path":"a"}'), id });
    expect(book.take(ANN, claimed)).toMatchObject({ isChanged: false });
  });

  it('takes no id for a name that may be of several calls, by its form or because it was given twice', () => {
    const book = bookAt({ nowMs: 0 });
    const twice = 'call_a1B2c3D4e5F6g7H8i9';
    for (const id of ['call_0', twice, twice]) book.released({ ...call(ANN, 'read', '{"path":"a"}'), id });
    for (const id of ['call_0', twice]) expect(book.take(ANN, { tool: 'read', given: '{}', id })).toBeUndefined();
    expect(book.take(ANN, { tool: 'read', given: '{"path":"a"}', id: twice })).toMatchObject({ isChanged: false });
    book.released({ ...call(ANN, 'read', '{"path":"b"}'), id: twice });
    expect(book.take(ANN, { tool: 'read', given: '{}', id: twice })).toBeUndefined();
  });

  it('takes the id of a call that was made too long ago for none', () => {
    const clock = { nowMs: 0 };
    const book = bookAt(clock);
    const id = 'call_a1B2c3D4e5F6g7H8i9';
    book.released({ ...call(ANN, 'read', '{"path":"a"}'), id });
    clock.nowMs = LINK_MAX_MS + 1;
    expect(book.take(ANN, { tool: 'read', given: '{}', id })).toBeUndefined();
  });

  it('forgets the oldest beyond its bound', () => {
    const book = bookAt({ nowMs: 0 });
    for (let at = 0; at <= CALLS_MAX; at += 1) book.released(call(ANN, 'read', `{"at":${at}}`));
    expect(book.take(ANN, { tool: 'read', given: '{"at":0}' })).toBeUndefined();
    expect(book.take(ANN, { tool: 'read', given: '{"at":1}' })).toBeDefined();
    expect(book.take(ANN, { tool: 'read', given: `{"at":${CALLS_MAX}}` })).toBeDefined();
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
