import { type AuditRecord, type Containment, isFault, NO_NAME, type Principal } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import {
  CONTAINED_MAX_MS,
  CONTAINED_MIN_MS,
  CONTAINMENTS_MAX,
  CONTAINMENTS_RESERVED,
  ContainmentOffice,
  type NewContainment,
  PER_MINUTE_MAX,
} from './containment-office.ts';

const HOUR_MS = 3_600_000;
const BY = { id: 'admin', via: 'terminal' } as const;
const ANN: Principal = { kind: 'user', id: 'ann', tenant: 'default', groups: [] };
const MAILER: Principal = { kind: 'agent', id: 'mailer', tenant: 'default', groups: [] };

function desk(over: { readonly append?: () => Promise<void>; readonly maxForMs?: number } = {}) {
  const clock = new ManualClock();
  const records: AuditRecord[] = [];
  const errors: string[] = [];
  const append =
    over.append ??
    (async (record: AuditRecord) => {
      records.push(record);
    });
  const parts = {
    recorder: { append },
    maxForMs: over.maxForMs ?? CONTAINED_MAX_MS,
    clock,
    report: (error: { readonly code: string }) => errors.push(error.code),
  };
  return { office: new ContainmentOffice(parts), parts, clock, records, errors };
}

const wanted = (over: Partial<NewContainment> = {}): NewContainment => ({
  action: 'isolate',
  of: { kind: 'principal', name: 'user/ann' },
  forMs: HOUR_MS,
  reason: 'looks stolen',
  ...over,
});

async function held(office: ContainmentOffice, over: Partial<NewContainment> = {}): Promise<Containment> {
  const containment = await office.contain(wanted(over), BY);
  if ('fault' in containment) throw new Error(containment.fault);
  return containment;
}

describe('ContainmentOffice', () => {
  it('holds back whom it is told to until the time is over, to the millisecond, and records both', async () => {
    const { office, clock, records } = desk();
    const { id } = await held(office);
    expect(id).toMatch(/^iso_[0-9A-Za-z]{20}$/);
    expect(office.book.holding('isolate', { principal: ANN })).toBe(id);
    await clock.pass(HOUR_MS - 1);
    expect(office.book.holding('isolate', { principal: ANN })).toBe(id);
    await clock.pass(1);
    expect(office.book.holding('isolate', { principal: ANN })).toBeUndefined();
    expect(office.list()).toEqual([]);
    expect(records).toMatchObject([
      {
        kind: 'containment',
        step: 'begun',
        exchange: 'containments',
        by: BY,
        containment: { id, reason: 'looks stolen' },
      },
      { kind: 'containment', step: 'expired', containment: { id } },
    ]);
    expect(clock.pending).toBe(0);
  });

  it('lets go what is released, once', async () => {
    const { office, records } = desk();
    const { id } = await held(office);
    const answers = await Promise.all([office.release(id, 'a mistake', BY), office.release(id, 'again', BY)]);
    expect(answers).toMatchObject([{ id }, { fault: 'NOT_FOUND' }]);
    expect(office.book.holding('isolate', { principal: ANN })).toBeUndefined();
    expect(records.at(-1)).toMatchObject({ step: 'released', by: BY, reason: 'a mistake' });
    expect(await office.release('iso_unknown', '', BY)).toEqual({ fault: 'NOT_FOUND' });
  });

  it('holds nothing back, and lets nothing go, that cannot be recorded', async () => {
    let broken = true;
    const { office } = desk({
      append: async () => {
        if (broken) throw new RangeError('full');
      },
    });
    await expect(office.contain(wanted(), BY)).rejects.toThrow('full');
    expect(office.list()).toEqual([]);
    broken = false;
    const { id } = await held(office);
    broken = true;
    await expect(office.release(id, '', BY)).rejects.toThrow('full');
    expect(office.book.holding('isolate', { principal: ANN })).toBe(id);
  });

  it('has in force after a restart what the log says, and no more', async () => {
    const { office, records, parts, clock } = desk();
    const kept = await held(office, { forMs: 2 * HOUR_MS });
    const released = await held(office, { of: { kind: 'tool', name: 'mail' } });
    await office.release(released.id, '', BY);
    await held(office, { of: { kind: 'model', name: 'm' } });
    office.close();
    await clock.pass(HOUR_MS);
    const again = new ContainmentOffice(parts);
    again.learn(records.map((record) => ({ record })));
    expect(again.list()).toEqual([kept]);
    await clock.pass(0);
    expect(records.filter((record) => record.kind === 'containment' && record.step === 'expired')).toHaveLength(1);
  });

  it.each<[string, Partial<NewContainment>, string]>([
    ['a minute less a millisecond', { forMs: CONTAINED_MIN_MS - 1 }, '/forMs'],
    ['30 days and a millisecond', { forMs: CONTAINED_MAX_MS + 1 }, '/forMs'],
    ['a part of a millisecond', { forMs: HOUR_MS + 0.5 }, '/forMs'],
    ['a throttle without a rate', { action: 'throttle' }, '/perMinute'],
    ['a rate without a throttle', { perMinute: 5 }, '/perMinute'],
    ['a rate of nothing', { action: 'throttle', perMinute: 0 }, '/perMinute'],
    ['a rate beyond the bound', { action: 'throttle', perMinute: PER_MINUTE_MAX + 1 }, '/perMinute'],
    ['a principal without its kind', { of: { kind: 'principal', name: 'ann' } }, '/of/name'],
    ['nobody', { of: { kind: 'tool', name: '' } }, '/of/name'],
    ['a name that no record holds', { of: { kind: 'tool', name: NO_NAME } }, '/of/name'],
    ['a line break in a name', { of: { kind: 'principal', name: 'user/a\nb' } }, '/of/name'],
    ['a name of 513 characters', { of: { kind: 'tool', name: 'x'.repeat(513) } }, '/of/name'],
  ])('takes nothing with %s', async (_what, over, at) => {
    expect(await desk().office.contain(wanted(over), BY)).toEqual({ fault: 'BODY_SHAPE', at });
  });

  it('takes what lies on the bounds', async () => {
    const { office } = desk();
    await held(office, { forMs: CONTAINED_MIN_MS });
    await held(office, { forMs: CONTAINED_MAX_MS });
    await held(office, { action: 'throttle', perMinute: PER_MINUTE_MAX, of: { kind: 'tool', name: 'x'.repeat(512) } });
    expect(office.list()).toHaveLength(3);
  });

  it('holds nothing back for longer than the log keeps its record', async () => {
    const { office } = desk({ maxForMs: HOUR_MS });
    await held(office);
    expect(await office.contain(wanted({ forMs: HOUR_MS + 1 }), BY)).toEqual({ fault: 'BODY_SHAPE', at: '/forMs' });
  });

  it('holds so many back at most, those too that are being recorded', async () => {
    const { office } = desk();
    const all = await Promise.all(Array.from({ length: CONTAINMENTS_MAX + 1 }, () => office.contain(wanted(), BY)));
    expect(all.filter((one) => 'fault' in one)).toEqual([{ fault: 'OVERLOADED' }]);
  });

  it('keeps some of them for operators, whatever rules hold back', async () => {
    const { office } = desk();
    const byRule = await Promise.all(Array.from({ length: CONTAINMENTS_MAX }, () => office.contain(wanted())));
    expect(byRule.filter((one) => 'fault' in one)).toHaveLength(CONTAINMENTS_RESERVED);
    await held(office);
  });

  it('cuts the time of a rule to the longest there is', async () => {
    const { office } = desk({ maxForMs: HOUR_MS });
    const contained = await office.contain(wanted({ forMs: 2 * HOUR_MS }));
    if (isFault(contained)) throw new Error(contained.fault);
    expect(Date.parse(contained.until) - Date.parse(contained.from)).toBe(HOUR_MS);
  });

  it.each([`user/j\u00fcrgen ${'x'.repeat(200)}`, 'service/a'])(
    'holds back whoever a token may name: %s',
    async (name) => {
      const { office } = desk();
      await held(office, { of: { kind: 'principal', name } });
      const [kind = '', id = ''] = name.split('/');
      const principal = { kind: kind as 'user', id, tenant: 'default', groups: [] };
      expect(office.book.holding('isolate', { principal })).toMatch(/^iso_/);
    },
  );
});

describe('ContainmentBook', () => {
  const tool = (id: string, groups: readonly string[] = []) => ({ kind: 'tool', id, groups }) as const;

  interface Case {
    readonly of: NewContainment['of'];
    readonly principal?: Principal;
    readonly resource?: ReturnType<typeof tool>;
    readonly isHeld: boolean;
  }
  const forAnn: Principal = { ...MAILER, onBehalfOf: { id: 'ann', tenant: 'default', groups: [] } };

  it.each<[string, Case]>([
    ['who asks', { of: { kind: 'principal', name: 'user/ann' }, isHeld: true }],
    ['one of the same name and another kind', { of: { kind: 'principal', name: 'service/ann' }, isHeld: false }],
    ['of this tenant', { of: { kind: 'principal', name: 'user/ann', tenant: 'default' }, isHeld: true }],
    ['of another tenant', { of: { kind: 'principal', name: 'user/ann', tenant: 'acme' }, isHeld: false }],
    ['an agent that acts for her', { of: { kind: 'principal', name: 'user/ann' }, principal: forAnn, isHeld: true }],
    ['an agent by its name', { of: { kind: 'agent', name: 'mailer' }, principal: MAILER, isHeld: true }],
    ["a user of an agent's name", { of: { kind: 'agent', name: 'ann' }, isHeld: false }],
    [
      'an agent behind the gateway',
      { of: { kind: 'agent', name: 'travel' }, resource: tool('send', ['a2a/travel']), isHeld: true },
    ],
    [
      'a server of that name',
      { of: { kind: 'agent', name: 'travel' }, resource: tool('send', ['mcp/travel']), isHeld: false },
    ],
    ['a tool', { of: { kind: 'tool', name: 'send' }, resource: tool('send'), isHeld: true }],
    ['another tool', { of: { kind: 'tool', name: 'send' }, resource: tool('sent'), isHeld: false }],
    ["a model of a tool's name", { of: { kind: 'model', name: 'send' }, resource: tool('send'), isHeld: false }],
  ])('finds %s, or not', async (_what, { of, principal = ANN, resource, isHeld }) => {
    const { office } = desk();
    await held(office, { of });
    const query = { principal, ...(resource && { resource }) };
    expect(office.book.holding('isolate', query) !== undefined).toBe(isHeld);
    expect(office.book.holding('step-up', query)).toBeUndefined();
  });

  it('finds the model that made a call', async () => {
    const { office } = desk();
    const { id } = await held(office, { action: 'step-up', of: { kind: 'model', name: 'm' } });
    expect(office.book.holding('step-up', { principal: ANN, resource: tool('send'), model: 'm' })).toBe(id);
    expect(office.book.holding('step-up', { principal: ANN, resource: tool('send'), model: '' })).toBeUndefined();
  });

  it('lets so much of a throttle through a minute, and says when there is more', async () => {
    const { office, clock } = desk();
    const { id } = await held(office, { action: 'throttle', perMinute: 2 });
    const query = { principal: ANN };
    expect([office.book.throttled(query), office.book.throttled(query)]).toEqual([undefined, undefined]);
    expect(office.book.throttled(query)).toEqual({
      fault: 'RATE_LIMITED',
      hits: [{ limit: `throttle:${id}`, unit: 'requests', window: 'minute', mode: 'hard' }],
      standings: [],
      retryAfterMs: 30_000,
    });
    expect(office.book.throttled({ principal: MAILER })).toBeUndefined();
    await clock.pass(30_000);
    expect(office.book.throttled(query)).toBeUndefined();
  });

  it('takes from no throttle where another one has no room', async () => {
    const { office } = desk();
    await held(office, { action: 'throttle', perMinute: 1, of: { kind: 'tool', name: 'send' } });
    await held(office, { action: 'throttle', perMinute: 2 });
    const send = { principal: ANN, resource: tool('send') };
    expect(office.book.throttled(send)).toBeUndefined();
    for (let tries = 0; tries < 3; tries += 1) expect(office.book.throttled(send)).toBeDefined();
    expect(office.book.throttled({ principal: ANN })).toBeUndefined();
  });

  it('grows its version with all that begins or ends', async () => {
    const { office, clock } = desk();
    const versions = [office.book.version];
    await held(office);
    versions.push(office.book.version);
    await clock.pass(HOUR_MS);
    versions.push(office.book.version);
    expect(new Set(versions).size).toBe(3);
  });
});
