import type { AlertRecord, AuditRecord } from '@sallyport/core';
import type { AlertCause, AlertRule } from '@sallyport/monitor';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import { ALERTS_KEPT_MAX } from './alert-book.ts';
import { ALERTS_LISTED_MAX, AlertOffice, type AlertSettling } from './alert-office.ts';

const MINUTE_MS = 60_000;
const RULE: AlertRule = {
  name: 'blocks',
  severity: 'high',
  when: { kind: 'count', of: 'block', atLeast: 3, withinMs: MINUTE_MS },
  by: ['principal'],
  dedupeMs: 10 * MINUTE_MS,
};
const BY = { id: 'ops', via: 'terminal' } as const;
const cause = (id = 'ann', over: Partial<AlertCause> = {}): AlertCause => ({
  rule: RULE,
  about: { tenant: 'acme', principal: `user/${id}` },
  exchanges: ['ex-1'],
  more: 2,
  value: 3,
  bound: 3,
  ...over,
});

function desk({ maxPerHour = 10_000, append }: { maxPerHour?: number; append?: () => Promise<void> } = {}) {
  const clock = new ManualClock();
  const records: AlertRecord[] = [];
  const told: string[] = [];
  const recorder = {
    append:
      append ??
      (async (record: AuditRecord) => {
        records.push(record as AlertRecord);
      }),
  };
  const office = new AlertOffice({
    recorder,
    maxPerHour,
    clock,
    onStep: ({ step }, { state }) => told.push(`${step} ${state}`),
  });
  const settle = (id: string, over: Partial<AlertSettling> = {}) =>
    office.settle(id, { step: 'acknowledged', by: BY, reason: '', ...over });
  return { office, clock, records, told, settle };
}

describe('AlertOffice', () => {
  it('raises an alert as a record that says where to look', async () => {
    const { office, records, told } = desk();
    const alert = await office.raise(cause());
    expect(alert).toMatchObject({ id: expect.stringMatching(/^alr_[0-9A-Za-z]{20}$/), state: 'open', times: 1 });
    expect(records).toEqual([
      {
        v: 1,
        kind: 'alert',
        exchange: 'alerts',
        at: '2026-01-01T00:00:00.000Z',
        alert: alert?.id,
        rule: 'blocks',
        severity: 'high',
        about: { tenant: 'acme', principal: 'user/ann' },
        step: 'raised',
        evidence: { exchanges: ['ex-1'], more: 2, value: 3, bound: 3 },
        times: 1,
      },
    ]);
    expect([office.list({}).alerts, told]).toEqual([[alert], ['raised open']]);
  });

  it('only counts what comes about again within the time, and tells how often once it is over', async () => {
    const { office, clock, records } = desk();
    await office.raise(cause());
    await clock.pass(10 * MINUTE_MS - 1);
    expect(await office.raise(cause())).toBeUndefined();
    await clock.pass(1);
    expect(await office.raise(cause())).toMatchObject({ times: 3, state: 'open' });
    expect(records.map(({ step, times }) => [step, times])).toEqual([
      ['raised', 1],
      ['repeated', 2],
    ]);
    expect(office.list({}).alerts).toHaveLength(1);
  });

  it('tells what is about others apart, also when it comes at the same time', async () => {
    const { office } = desk();
    await Promise.all([office.raise(cause('ann')), office.raise(cause('bo')), office.raise(cause('ann'))]);
    expect(office.list({}).alerts.map(({ about }) => about.principal)).toEqual(['user/bo', 'user/ann']);
  });

  it('takes that somebody looks, and that it is over, once each', async () => {
    const { office, settle, records, told } = desk();
    const { id = '' } = (await office.raise(cause())) ?? {};
    expect(await settle(id, { reason: 'on it' })).toMatchObject({ state: 'acknowledged', settled: { by: BY } });
    expect(await settle(id)).toEqual({ fault: 'ALERT_SETTLED' });
    const [one, two] = await Promise.all([settle(id, { step: 'resolved' }), settle(id, { step: 'resolved' })]);
    expect([one, two]).toMatchObject([{ state: 'resolved' }, { fault: 'ALERT_SETTLED' }]);
    expect(await settle('alr_unknown')).toEqual({ fault: 'NOT_FOUND' });
    expect(records.at(1)).toMatchObject({ step: 'acknowledged', by: BY, reason: 'on it' });
    expect(told).toEqual(['raised open', 'acknowledged acknowledged', 'resolved resolved']);
  });

  it('opens an acknowledged one again when it comes about again, and raises a new one after a resolved one', async () => {
    const { office, settle, clock } = desk();
    const { id = '' } = (await office.raise(cause())) ?? {};
    await settle(id);
    await clock.pass(10 * MINUTE_MS);
    expect(await office.raise(cause())).toMatchObject({ id, state: 'open' });
    await settle(id, { step: 'resolved' });
    const next = await office.raise(cause());
    expect(next?.id).not.toBe(id);
    expect([office.count('open'), office.count('resolved')]).toEqual([1, 1]);
  });

  it('raises so many an hour, counts the others, and says how many on the next one', async () => {
    const { office, clock, records } = desk({ maxPerHour: 2 });
    for (const id of ['a', 'b', 'c', 'd']) await office.raise(cause(id));
    expect([records.length, office.suppressed]).toEqual([2, 2]);
    await clock.pass(30 * MINUTE_MS);
    await office.raise(cause('e'));
    expect(records.at(-1)).toMatchObject({ about: { principal: 'user/e' }, suppressed: 2 });
  });

  it('stands after a restart as it stood before', async () => {
    const { office, settle, records, clock } = desk();
    for (const id of ['a', 'b', 'c']) await office.raise(cause(id));
    const [c, b] = office.list({}).alerts;
    await settle(b?.id ?? '', { reason: 'on it' });
    await settle(c?.id ?? '', { step: 'resolved' });
    await clock.pass(10 * MINUTE_MS);
    await office.raise(cause('a'));
    const again = desk();
    again.office.learn(records.map((record) => ({ record })));
    expect(again.office.list({})).toEqual(office.list({}));
    expect(await again.office.raise(cause('a'))).toBeUndefined();
  });

  it('changes nothing that cannot be recorded', async () => {
    let broken = false;
    const { office, settle } = desk({
      append: async () => {
        if (broken) throw new RangeError('full');
      },
    });
    const { id = '' } = (await office.raise(cause())) ?? {};
    broken = true;
    await expect(settle(id)).rejects.toThrow('full');
    await expect(office.raise(cause('bo'))).rejects.toThrow('full');
    expect(office.list({}).alerts).toMatchObject([{ id, state: 'open' }]);
    broken = false;
    expect(await settle(id)).toMatchObject({ state: 'acknowledged' });
  });

  it('lists page by page, of one state, and of one tenant', async () => {
    const { office, settle } = desk();
    for (const id of ['a', 'b', 'c']) await office.raise(cause(id));
    const other = await office.raise(cause('d', { about: { principal: 'user/d', tenant: 'other' } }));
    const first = office.list({ limit: 2, tenant: 'acme' });
    expect(first.alerts.map(({ about }) => about.principal)).toEqual(['user/c', 'user/b']);
    expect(office.list({ before: first.before, tenant: 'acme' })).toMatchObject({
      alerts: [{ about: { principal: 'user/a' } }],
    });
    expect(office.list({ before: 'alr_unknown' })).toEqual({ alerts: [] });
    expect(office.get(other?.id ?? '', 'acme')).toBeUndefined();
    expect(await settle(other?.id ?? '', { tenant: 'acme' })).toEqual({ fault: 'NOT_FOUND' });
    await settle(other?.id ?? '');
    expect(office.list({ state: 'acknowledged' }).alerts).toHaveLength(1);
  });

  it('lists so many at most', async () => {
    const { office } = desk();
    for (let at = 0; at <= ALERTS_LISTED_MAX; at += 1) await office.raise(cause(`u${at}`));
    const { alerts, before } = office.list({ limit: 10_000 });
    expect([alerts.length, before]).toEqual([ALERTS_LISTED_MAX, alerts.at(-1)?.id]);
  });

  it('keeps so many, resolves the oldest for a further one, and forgets resolved ones first', async () => {
    const { office, records } = desk();
    for (let at = 0; at < ALERTS_KEPT_MAX; at += 1) await office.raise(cause(`u${at}`));
    expect(office.count('open')).toBe(ALERTS_KEPT_MAX);
    await office.raise(cause('one-more'));
    expect(records.at(-2)).toMatchObject({ step: 'resolved', about: { principal: 'user/u0' } });
    expect(records.at(-2)).not.toHaveProperty('by');
    expect([office.count('open'), office.count('resolved')]).toEqual([ALERTS_KEPT_MAX, 0]);
  });
});
