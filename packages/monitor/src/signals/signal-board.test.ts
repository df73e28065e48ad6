import { describe, expect, it } from 'vitest';
import { ANN, closed, decided, found, opened, reached, START_MS } from '../testing/traffic.ts';
import { NEW_AFTER, SEEN_MAX } from './novelty.ts';
import { OUTLIERS_EVERY_MS } from './outlier-watch.ts';
import { EXAMPLES_MAX } from './series-watch.ts';
import type { Scope, SignalMove } from './signal.ts';
import { SERIES_MAX, SERIES_MAX_BYTES, SignalBoard } from './signal-board.ts';

/** Exchanges, one each 100 ms. */
function feed(board: SignalBoard, count: number, more: (at: number) => Parameters<typeof closed>[1] = () => ({})) {
  const moves: SignalMove[] = [];
  const from = fed.get(board) ?? 0;
  for (let at = from; at < from + count; at += 1) moves.push(...board.take(closed(START_MS + at * 100, more(at))));
  fed.set(board, from + count);
  return moves;
}
const fed = new WeakMap<SignalBoard, number>();

const named = (board: SignalBoard, scope: Scope) =>
  new Map(Array.from(board.series(scope), (series) => [series.name.name, series]));
const scopesOf = (moves: readonly SignalMove[]) => moves.map(({ series, signal }) => `${series.scope} ${signal}`);
/** Scatters evenly by a tenth, the same each time. */
const about = (middle: number, at: number) => middle * (0.9 + 0.2 * (((at * 7_919) % 101) / 100));
const took = (totalMs: number) => ({ total: totalMs, beforeUpstream: 0, upstreamFirstByte: 100, held: 0 });
const MINUTE_MS = 70_000;

describe('SignalBoard', () => {
  it('counts within a window of five minutes and forgets what left it', () => {
    const board = new SignalBoard();
    board.take(closed(START_MS, { redacted: { email: 1 } }));
    board.take(closed(START_MS + MINUTE_MS, { effect: 'block', outcome: 'refused' }));
    board.take(decided(START_MS + MINUTE_MS, 'read_file', { effect: 'ask' }));
    const route = named(board, 'route').get('default');
    const sum = route?.summary(START_MS + MINUTE_MS);
    expect(sum).toMatchObject({ exchanges: 2, calls: 1, stoppedCalls: 1 });
    expect([sum?.hits('redaction'), sum?.hits('block'), sum?.hits('error')]).toEqual([1, 1, 0]);
    expect(sum?.quantile('latency', 0.5)).toBeCloseTo(1_010, -2);
    expect([sum?.mean('output'), sum?.mean('cost')]).toEqual([400, undefined]);
    expect([sum?.names('finish'), sum?.names('tool')]).toEqual([[['stop', 2]], [['read_file', 1]]]);
    expect(route?.summary(START_MS + 10 * MINUTE_MS).exchanges).toBe(0);
  });

  it('says when a level moved, of what, since when, and which exchanges to look at', () => {
    const board = new SignalBoard();
    expect(feed(board, 1_000, (at) => ({ ms: took(about(400, at)) }))).toEqual([]);
    const moves = feed(board, 200, (at) => ({ ms: took(about(1_200, at)) }));
    expect(scopesOf(moves)).toEqual(expect.arrayContaining(['model latency', 'provider latency', 'route latency']));
    const [move] = moves.filter(({ signal }) => signal === 'latency');
    expect(move).toMatchObject({ series: { scope: 'model', name: 'model-a' }, direction: 'up' });
    expect(move?.before).toBeCloseTo(400, -2);
    expect(Math.abs((move?.fromMs ?? 0) - (START_MS + 100_000))).toBeLessThanOrEqual(1_600);
    expect(move?.exchanges).toHaveLength(EXAMPLES_MAX);
  });

  it('says when a share moved, and names exchanges in which it happened', () => {
    const board = new SignalBoard();
    feed(board, 500);
    const moves = feed(board, 100, (at) => (at % 2 === 0 ? { upstreamStatus: 503 } : {}));
    const move = moves.find(({ series, signal }) => series.scope === 'gateway' && signal === 'error');
    expect(move).toMatchObject({ direction: 'up', series: { name: '' } });
    // Every second one, and only these.
    expect(move?.exchanges.every((exchange) => (Number(exchange.slice(3)) / 100) % 2 === 0)).toBe(true);
    expect(scopesOf(moves)).toContain('route error');
  });

  it('says when answers end otherwise, and when other tools are called', () => {
    const board = new SignalBoard();
    feed(board, 600);
    const moves = feed(board, 600, (at) => (at % 3 === 0 ? { answer: { finishReasons: ['length'] } } : {}));
    const finish = moves.find(({ signal }) => signal === 'finish');
    expect(finish?.moved?.map(({ kind }) => kind)).toContain('length');
    const called = (count: number, tool: (at: number) => string) =>
      Array.from({ length: count }, (_, at) => board.take(decided(START_MS + 200_000, tool(at)))).flat();
    called(600, (at) => (at % 2 === 0 ? 'read' : 'list'));
    const others = called(600, (at) => (at % 2 === 0 ? 'read' : 'send'));
    expect(scopesOf(others)).toEqual(expect.arrayContaining(['principal new-tool', 'principal tools']));
  });

  it('says when tools follow each other as they never did', () => {
    const board = new SignalBoard();
    const tools = ['list', 'read', 'read', 'write'];
    const call = (tool: string) => board.take(decided(START_MS, tool));
    for (let at = 0; at < 2_000; at += 1) expect(call(tools[at % 4] ?? '')).toEqual([]);
    // As often, and in another order.
    const moves = Array.from({ length: 60 }, (_, at) => call(['write', 'read', 'list', 'read'][at % 4] ?? '')).flat();
    expect(scopesOf(moves)).toContain('principal transitions');
    expect(moves[0]?.after).toBeGreaterThan(moves[0]?.before ?? 0);
  });

  it('says what is new, once, and only where much was seen', () => {
    const board = new SignalBoard();
    const found1 = (type: string) => board.take(opened(START_MS, { decisions: [found('personal-data', type)] }));
    for (let at = 0; at < 2 * NEW_AFTER; at += 1) expect(found1('email')).toEqual([]);
    expect(found1('iban')).toMatchObject([
      { signal: 'new-personal-data', series: { scope: 'route' }, moved: [{ kind: 'iban/input' }] },
    ]);
    expect(found1('iban')).toEqual([]);
    const read = (id: string) => board.take(opened(START_MS, { decisions: [reached(id)] }));
    // That much else was seen says nothing of this.
    for (let at = 0; at < NEW_AFTER; at += 1) expect(read('wiki')).toEqual([]);
    expect(read('crm')).toMatchObject([
      { signal: 'new-destination', series: { scope: 'principal' }, moved: [{ kind: 'crm' }] },
    ]);
    const flood = Array.from({ length: 3 * SEEN_MAX }, (_, at) => found1(`type-${at}`)).flat();
    expect(flood).toHaveLength(SEEN_MAX - 2);
  });

  const odd = {
    effect: 'block',
    releasedChars: 9_000,
    decisions: [found('provider', 'provider-refusal')],
  } as const;

  it('says which principal is unlike all others, once', () => {
    const board = new SignalBoard();
    const round = (fromMs: number, odd: Parameters<typeof closed>[1]) => {
      const moves: SignalMove[] = [];
      for (let at = 0; at < OUTLIERS_EVERY_MS / 200; at += 1) {
        const id = `user-${at % 40}`;
        const principal = { ...ANN, id };
        moves.push(...board.take(closed(fromMs + at * 200, { principal, ...(id === 'user-7' && odd) })));
      }
      return moves.filter(({ signal }) => signal === 'outlier');
    };
    expect(round(START_MS, {})).toEqual([]);
    expect(round(START_MS + OUTLIERS_EVERY_MS, {})).toEqual([]);
    round(START_MS + 2 * OUTLIERS_EVERY_MS, odd);
    const [move, ...more] = round(START_MS + 3 * OUTLIERS_EVERY_MS, odd);
    expect(more).toEqual([]);
    expect(move).toMatchObject({ series: { name: 'default/user/user-7' }, direction: 'up' });
    expect(round(START_MS + 4 * OUTLIERS_EVERY_MS, odd)).toEqual([]);
  });

  it('compares no principal with those that have no series of their own', () => {
    const board = new SignalBoard({ series: { principal: 60 } });
    const moves: SignalMove[] = [];
    for (let at = 0; at < (4 * OUTLIERS_EVERY_MS) / 200; at += 1) {
      const ask = (id: string, more: Parameters<typeof closed>[1] = {}) =>
        moves.push(...board.take(closed(START_MS + at * 200, { principal: { ...ANN, id }, ...more })));
      ask(`user-${at % 40}`);
      // A flood of names, which together are unlike anybody.
      for (let n = 0; at * 200 > OUTLIERS_EVERY_MS && n < 5; n += 1) ask(`flood-${at}-${n}`, odd);
    }
    expect(
      named(board, 'principal')
        .get('other')
        ?.summary(START_MS + 4 * OUTLIERS_EVERY_MS).exchanges,
    ).toBeGreaterThan(2_000);
    expect(moves.filter(({ signal }) => signal === 'outlier')).toEqual([]);
  });

  it('holds so many series of a scope, and one more makes the least used one part of `other`', () => {
    const board = new SignalBoard({ series: { model: 3 } });
    const ask = (model: string, times = 1) => {
      for (let time = 0; time < times; time += 1) {
        const request = { protocol: 'p', route: 'r', model, stream: false, tools: [], messages: 1, bodyBytes: 1 };
        board.take(closed(START_MS, { request }));
      }
    };
    for (const [model, times] of [
      ['a', 5],
      ['b', 2],
      ['c', 9],
    ] as const) {
      ask(model, times);
    }
    expect([...named(board, 'model').keys()]).toEqual(['a', 'b', 'c']);
    ask('d');
    expect([...named(board, 'model').keys()].sort()).toEqual(['a', 'c', 'd', 'other']);
    for (let at = 0; at < 100; at += 1) ask(`flood-${at}`);
    const models = named(board, 'model');
    expect([...models.keys()]).toEqual(expect.arrayContaining(['a', 'c', 'other']));
    const total = [...models.values()].reduce((sum, series) => sum + series.summary(START_MS).exchanges, 0);
    expect(total).toBe(5 + 2 + 9 + 1 + 100);
    ask('other');
    expect(named(board, 'model').get('other')?.seen).toBe(1);
  });

  it('holds so many bytes', () => {
    const board = new SignalBoard({ maxBytes: 70_000 });
    for (let at = 0; at < 200; at += 1) {
      board.take(closed(START_MS, { principal: { ...ANN, id: `user-${at}` } }));
      expect(board.bytes).toBeLessThanOrEqual(70_000);
    }
    expect(board.size).toBeGreaterThan(10);
    expect(board.size).toBeLessThan(100);
  });

  it('has 10,000 series and 64 MiB at most', () => {
    expect(Object.values(SERIES_MAX).reduce((sum, max) => sum + max)).toBe(10_000);
    expect(SERIES_MAX_BYTES).toBe(67_108_864);
  });

  it('takes no record whose time is none', () => {
    expect(new SignalBoard().take({ ...closed(START_MS), at: 'yesterday' })).toEqual([]);
  });
});
