import type { AuditRecord, ClosedRecord, DecidedRecord } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import type { LiveEvent } from './live-event.ts';
import { RISK_REMEMBERED_MS, RISKY_SESSIONS_MAX, SessionsAtRisk } from './sessions-at-risk.ts';
import { FINDINGS_BURST, FINDINGS_PER_SECOND, MOVES_BURST, WatchRoom } from './watch-room.ts';

const RECEIPT = { lines: [], unseen: [], segments: 0, inspectedChars: 0, uninspectedChars: 0 };
const ANN = { kind: 'user', id: 'ann', tenant: 'acme', groups: [] } as const;
const LOOP: Partial<ClosedRecord> = {
  budgets: [{ limit: 'session-repeated-calls', unit: 'repeated-calls', window: 'session', mode: 'hard' }],
};

function rig(monitor = {}, full = { is: false }) {
  const clock = new ManualClock();
  const records: AuditRecord[] = [];
  const reported: string[] = [];
  let turns: (() => void)[] = [];
  let ids = 0;
  const room = new WatchRoom({
    monitor: { enabled: true, tailRecords: 100, liveEvents: 1_000, batch: [], canaries: [], digests: [], ...monitor },
    recorder: {
      append: async (record) => {
        if (full.is) throw new Error('the disk is full');
        records.push(record);
        room.observe(record);
      },
    },
    newId: () => {
      ids += 1;
      return `sig-${ids}`;
    },
    iso: () => new Date(clock.dateMs()).toISOString(),
    nowMs: clock.nowMs,
    dateMs: clock.dateMs,
    defer: (run) => turns.push(run),
    report: ({ code }) => reported.push(code),
  });
  const settle = () => {
    while (turns.length > 0) {
      const due = turns;
      turns = [];
      for (const run of due) run();
    }
  };
  const at = () => new Date(clock.dateMs()).toISOString();
  let exchanges = 0;
  const base = () => {
    exchanges += 1;
    return { v: 1, exchange: `ex-${exchanges}`, at: at(), principal: ANN } as const;
  };
  const closed = (more: Partial<ClosedRecord> = {}): ClosedRecord => ({
    ...base(),
    kind: 'closed',
    request: { protocol: 'p', route: 'r', model: 'm', stream: false, tools: [], messages: 1, bodyBytes: 1 },
    outcome: 'completed',
    status: 200,
    decisions: [],
    receipt: RECEIPT,
    effect: 'allow',
    redacted: {},
    restored: 0,
    answer: { finishReasons: ['stop'] },
    releasedChars: 10,
    ms: { total: 100, beforeUpstream: 1, upstreamFirstByte: 2, held: 0 },
    ...more,
  });
  const decided = (more: Partial<DecidedRecord> = {}): DecidedRecord => ({
    ...base(),
    kind: 'decided',
    tool: 'read_file',
    decisions: [],
    effect: 'allow',
    ...more,
  });
  return { room, clock, records, reported, settle, closed, decided };
}

describe('WatchRoom', () => {
  it('shows the busiest series of a scope, and of a tenant what is its own', () => {
    const { room, settle, closed, decided } = rig();
    for (const record of [closed(), closed({ effect: 'block', outcome: 'refused' }), decided({ effect: 'ask' })]) {
      room.observe(record);
    }
    room.observe(closed({ principal: { ...ANN, tenant: 'other' } }));
    settle();
    const [route] = room.series({ scope: 'route' });
    expect(route).toMatchObject({ name: 'r', exchanges: 3, perMinute: 3 / 5, rates: { block: 1 } });
    expect(route?.latency?.p95).toBeCloseTo(100, -1);
    expect(route?.finish).toEqual([['stop', 3]]);
    expect(room.series({ scope: 'tool' })).toMatchObject([{ name: 'read_file', calls: 1, stoppedCalls: 1 }]);
    expect(room.series({ scope: 'principal' })).toHaveLength(2);
    expect(room.series({ scope: 'principal', tenant: 'other' })).toMatchObject([{ name: 'other/user/ann' }]);
    expect(room.series({ scope: 'route', tenant: 'other' })).toEqual([]);
    expect(room.series({ scope: 'principal', limit: 1 })).toMatchObject([{ name: 'acme/user/ann' }]);
  });

  it('forgets what left the window, by the clock and not by what comes', async () => {
    const { room, clock, settle, closed } = rig();
    room.observe(closed());
    settle();
    expect(room.series({ scope: 'gateway' })).toHaveLength(1);
    await clock.pass(600_000);
    expect(room.series({ scope: 'gateway' })).toEqual([]);
  });

  it('records what moved, and tells it to whoever watches, with exchanges to look at', () => {
    const { room, records, settle, closed } = rig();
    const feed = (count: number, more: (n: number) => Partial<ClosedRecord>) => {
      for (let n = 0; n < count; n += 1) {
        room.observe(closed(more(n)));
        settle();
      }
    };
    const watcher = room.feed.watch(undefined, () => undefined);
    feed(400, () => ({}));
    expect(records).toEqual([]);
    feed(60, (n) => (n % 2 === 0 ? { upstreamStatus: 503 } : {}));
    expect(records[0]).toMatchObject({
      kind: 'signal',
      step: 'changed',
      signal: 'error',
      scope: 'gateway',
      name: '',
      direction: 'up',
      from: '2026-01-01T00:00:00.000Z',
    });
    const told: LiveEvent[] = [];
    for (let items = watcher?.take(100) ?? []; items.length > 0; items = watcher?.take(100) ?? []) {
      told.push(...items.flatMap((item) => ('event' in item ? [item.event] : [])));
    }
    const moved = told.filter(({ kind }) => kind === 'signal.changed');
    expect(moved).toHaveLength(records.length);
    expect(moved[0]?.signal).toMatchObject({ signal: 'error', scope: 'gateway' });
    expect(moved[0]?.signal?.exchanges.length).toBeGreaterThan(0);
    expect(told).toHaveLength(460 + records.length);
  });

  it('records so many moves at once, counts the rest, and says so with the next', async () => {
    const { room, clock, records, settle, decided } = rig();
    const use = (tool: string) => {
      room.observe(decided({ tool }));
      settle();
    };
    for (let n = 0; n < 240; n += 1) use('read_file');
    for (let n = 0; n < MOVES_BURST + 10; n += 1) use(`tool-${n}`);
    expect(records).toHaveLength(MOVES_BURST);
    await clock.pass(2_000);
    use('tool-x');
    // That calls follow each other otherwise is a move too.
    const suppressed = 11;
    expect(records.at(-1)).toMatchObject({ signal: 'new-tool', moved: [{ kind: 'tool-x' }], suppressed });
  });

  it('records a finding though a flood of harmless moves used up what may be recorded', () => {
    const { room, records, settle, decided, closed } = rig();
    for (let n = 0; n < 240 + MOVES_BURST + 10; n += 1) {
      room.observe(decided({ tool: n < 240 ? 'read_file' : `tool-${n}` }));
      settle();
    }
    expect(records).toHaveLength(MOVES_BURST);
    room.observe(closed(LOOP));
    settle();
    expect(records.at(-1)).toMatchObject({ category: 'loop', name: 'acme/user/ann' });
  });

  it('takes no finding for told that was not recorded: it is said once there is room, and then not again', async () => {
    const { room, clock, records, settle, closed } = rig();
    const loop = (id: string) => {
      room.observe(closed({ ...LOOP, principal: { ...ANN, id } }));
      settle();
    };
    for (let n = 0; n <= FINDINGS_BURST; n += 1) loop(`u${n}`);
    const told = () =>
      records.filter((record) => record.kind === 'signal' && record.name.endsWith(`/u${FINDINGS_BURST}`));
    expect(records).toHaveLength(FINDINGS_BURST);
    expect(told()).toEqual([]);
    await clock.pass(1_000 / FINDINGS_PER_SECOND);
    for (let n = 0; n < 3; n += 1) loop(`u${FINDINGS_BURST}`);
    expect(told()).toMatchObject([{ category: 'loop', suppressed: 1 }]);
  });

  it('says a finding again that the log did not take', async () => {
    const full = { is: true };
    const { room, records, reported, settle, closed } = rig({}, full);
    room.observe(closed(LOOP));
    settle();
    await Promise.resolve();
    await Promise.resolve();
    expect(reported).toEqual(['INTERNAL']);
    full.is = false;
    room.observe(closed(LOOP));
    settle();
    expect(records).toMatchObject([{ category: 'loop' }]);
  });

  it('learns which findings were recorded, and says those that were not', () => {
    const { room, records, settle, closed } = rig();
    room.observe(closed(LOOP));
    settle();
    const [recorded] = records;
    if (recorded === undefined) throw new Error('nothing was recorded');
    const next = rig();
    const bob = { ...LOOP, principal: { ...ANN, id: 'bob' } };
    next.room.learn([next.closed(LOOP), recorded, next.closed(bob)].map((record) => ({ record })));
    for (const more of [LOOP, bob]) next.room.observe(next.closed(more));
    next.settle();
    expect(next.records).toMatchObject([{ name: 'acme/user/bob' }]);
  });

  it('learns from what was recorded before, and says nothing of it', () => {
    const { room, records, settle, decided, reported } = rig();
    const before = [...Array(200).fill('read_file'), 'send_mail'].map((tool) => ({ record: decided({ tool }) }));
    room.learn(before);
    room.observe(decided({ tool: 'send_mail' }));
    settle();
    expect(records).toEqual([]);
    expect(room.series({ scope: 'tool' })).toMatchObject([{ calls: 200 }, { calls: 2 }]);
    room.observe(decided({ tool: 'wire_money' }));
    settle();
    expect(records).toMatchObject([{ signal: 'new-tool' }]);
    expect(reported).toEqual([]);
  });

  it('reports a log that it cannot learn from, and a record that it fails on, once; and goes on', () => {
    const { room, settle, closed, reported } = rig();
    room.learn([{ record: null as never }]);
    expect(reported).toEqual(['INTERNAL']);
    for (const broken of [closed({ decisions: null as never }), closed({ decisions: null as never })]) {
      room.observe(broken);
    }
    room.observe(closed());
    settle();
    expect(reported).toEqual(['INTERNAL', 'INTERNAL']);
    expect(room.status()).toMatchObject({ failed: 2, dropped: 0 });
    expect(room.series({ scope: 'gateway' })).toMatchObject([{ exchanges: 1 }]);
  });

  it('watches nothing where it is switched off, or closed', () => {
    const off = rig({ enabled: false });
    off.room.observe(off.closed());
    off.settle();
    expect(off.room.status()).toMatchObject({ series: 0, bytes: 0 });
    const { room, settle, closed } = rig();
    room.observe(closed());
    room.close();
    room.observe(closed());
    settle();
    expect(room.status().series).toBe(0);
  });
});

describe('SessionsAtRisk', () => {
  const AT = '2026-01-01T00:00:00.000Z';
  const note = (session: string, more: Partial<LiveEvent> = {}): LiveEvent => ({
    kind: 'decided',
    at: AT,
    exchange: 'ex',
    tenant: 'acme',
    principal: 'user/ann',
    session,
    ...more,
  });
  const nowMs = Date.parse(AT);

  it('lists sessions in which something was found or stopped, those with most that was stopped first', () => {
    const sessions = new SessionsAtRisk();
    sessions.note(note('quiet', { effect: 'allow' }));
    sessions.note(note('found', { findings: { injection: 2 } }));
    for (const effect of ['block', 'ask']) sessions.note(note('stopped', { effect }));
    sessions.note(note('stopped', { kind: 'closed', effect: 'block' }));
    sessions.note(note('drill', { effect: 'block', drill: 'drl_1' }));
    sessions.note(note('theirs', { effect: 'block', tenant: 'other' }));
    expect(sessions.list(nowMs, { max: 9 }).map(({ session, stopped }) => [session, stopped])).toEqual([
      ['stopped', 2],
      ['theirs', 1],
      ['found', 0],
    ]);
    expect(sessions.list(nowMs, { tenant: 'other', max: 9 })).toMatchObject([{ session: 'theirs' }]);
    expect(sessions.list(nowMs, { max: 1 })).toHaveLength(1);
  });

  it('forgets a session of which nothing came for so long, and the least recent beyond so many', () => {
    const sessions = new SessionsAtRisk();
    for (let n = 0; n <= RISKY_SESSIONS_MAX; n += 1) sessions.note(note(`s-${n}`, { effect: 'block' }));
    const listed = sessions.list(nowMs + RISK_REMEMBERED_MS - 1, { max: 2_000 });
    expect(listed).toHaveLength(RISKY_SESSIONS_MAX);
    expect(listed.map(({ session }) => session)).not.toContain('s-0');
    expect(sessions.list(nowMs + RISK_REMEMBERED_MS, { max: 2_000 })).toEqual([]);
  });
});
