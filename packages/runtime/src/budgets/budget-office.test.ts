import {
  type BudgetAsk,
  type BudgetCounters,
  isFault,
  type Principal,
  type Reservation,
  SallyportError,
} from '@sallyport/core';
import { afterEach, describe, expect, it } from 'vitest';
import { budgetsOf, closeBudgets, START_MS } from '../testing/budgets-of.ts';
import type { BudgetOffice } from './budget-office.ts';

afterEach(closeBudgets);

const ANN: Principal = { kind: 'agent', id: 'ann', tenant: 'a', groups: ['team', 'staff'] };
const BOB: Principal = { kind: 'agent', id: 'bob', tenant: 'b', groups: ['staff'] };

type Asked = Partial<Omit<BudgetAsk, 'facts'>> & { readonly maxOutputTokens?: number; readonly bytes?: number };

function ask({ maxOutputTokens = 10, bytes = 30, ...more }: Asked = {}): BudgetAsk {
  const body = new Uint8Array(bytes);
  return {
    principal: ANN,
    route: 'r',
    model: 'm',
    provider: 'played',
    body,
    facts: { stream: true, choices: 1, maxOutputTokens },
    ...more,
  };
}

function held(office: BudgetOffice, asked: Asked = {}): Reservation {
  const outcome = office.reserve(ask(asked));
  if (isFault(outcome)) throw new Error(`refused: ${outcome.fault}`);
  return outcome;
}

function codeOf(office: BudgetOffice, asked: Asked = {}): string {
  const outcome = office.reserve(ask(asked));
  return isFault(outcome) ? outcome.fault : 'held';
}

const limit = (more: object) => ({ name: 'l', counts: 'requests', max: 1, per: 'day', ...more });
const NONE = { inputTokens: 0, outputTokens: 0 };

describe('BudgetOffice.reserve()', () => {
  it('reserves a third of the bytes and what the request allows, and settles what was used', () => {
    const { office } = budgetsOf({ limits: [limit({ counts: 'tokens', max: 100 })] });
    const reservation = held(office, { bytes: 120, maxOutputTokens: 60 });
    expect(office.list()).toMatchObject([{ used: 0, reserved: 100, max: 100 }]);
    expect(codeOf(office)).toBe('BUDGET_EXCEEDED');
    reservation.settle({ inputTokens: 20, outputTokens: 5 });
    expect(office.list()).toMatchObject([{ used: 25, reserved: 0, resetsAt: '2026-11-29T00:00:00.000Z' }]);
    expect(codeOf(office)).toBe('held');
  });

  it('multiplies what the request allows by the answers that it asks for, and takes a default where it says nothing', () => {
    const { office } = budgetsOf({
      outputTokens: 500,
      prices: [{ model: 'long-*', input: 1, output: 1, outputTokens: 9_000 }],
    });
    const estimate = (model: string, facts: Omit<BudgetAsk['facts'], 'stream'>) => {
      const outcome = office.reserve({ ...ask({ model, provider: 'unpriced' }), facts: { stream: true, ...facts } });
      return isFault(outcome) ? undefined : outcome.estimate.outputTokens;
    };
    expect(estimate('m', { choices: 3, maxOutputTokens: 7 })).toBe(21);
    expect(estimate('m', { choices: 2 })).toBe(1_000);
    expect(estimate('long-1', { choices: 1 })).toBe(9_000);
    expect(estimate('m', { choices: 1, generates: false })).toBe(0);
    expect(estimate('m', { choices: 1, countsOnly: true })).toBe(0);
    expect(estimate('m', { choices: 128, maxOutputTokens: Number.MAX_SAFE_INTEGER })).toBe(1_000_000_000);
  });

  it.each([
    ['principal', [{}, { principal: BOB }]],
    ['user', [{}, { principal: BOB }]],
    ['tenant', [{}, { principal: BOB }]],
    ['model', [{}, { model: 'gpt-4o' }]],
    ['provider', [{}, { provider: 'spare' }]],
    ['route', [{}, { route: 'r2' }]],
  ] as const)('counts by %s apart', (key, [one, other]) => {
    const { office } = budgetsOf({ limits: [limit({ by: [key] })] });
    expect([codeOf(office, one), codeOf(office, one), codeOf(office, other)]).toEqual([
      'held',
      'BUDGET_EXCEEDED',
      'held',
    ]);
    const values = {
      principal: 'a/agent/ann',
      user: 'a/agent/ann',
      tenant: 'a',
      model: 'm',
      provider: 'played',
      route: 'r',
    };
    expect(office.list().map(({ of }) => of)).toContainEqual({ [key]: values[key] });
  });

  it('counts the user on whose behalf agents ask, whichever agent it is, and the user alike', () => {
    const { office } = budgetsOf({ limits: [limit({ by: ['user'], max: 2 })] });
    const onBehalfOf = { id: 'eve', tenant: 'a', groups: [] };
    const eve: Principal = { kind: 'user', id: 'eve', tenant: 'a', groups: [] };
    expect(codeOf(office, { principal: { ...ANN, onBehalfOf } })).toBe('held');
    expect(codeOf(office, { principal: eve })).toBe('held');
    expect(codeOf(office, { principal: { ...BOB, onBehalfOf } })).toBe('BUDGET_EXCEEDED');
    expect(codeOf(office)).toBe('held');
    expect(office.list().map(({ of }) => of.user)).toEqual(['a/user/eve', 'a/agent/ann']);
  });

  it('counts in every group of a principal, of those that the limit names', () => {
    const { office } = budgetsOf({ limits: [limit({ by: ['group'], where: { groups: ['sta*'] } })] });
    expect(codeOf(office)).toBe('held');
    expect(codeOf(office, { principal: BOB })).toBe('BUDGET_EXCEEDED');
    expect(codeOf(office, { principal: { ...BOB, groups: ['team'] } })).toBe('held');
    expect(office.list()).toMatchObject([{ of: { group: 'staff' } }]);
  });

  it('counts models together that nobody named, since clients choose names', () => {
    const { office } = budgetsOf({ limits: [limit({ by: ['model'] })], unknownPrice: 'open' });
    expect(codeOf(office, { model: 'x1', provider: 'unpriced' })).toBe('held');
    expect(codeOf(office, { model: 'x2', provider: 'unpriced' })).toBe('BUDGET_EXCEEDED');
    expect(office.list()).toMatchObject([{ of: { model: 'other' } }]);
  });

  it.each([
    [{ principals: ['bob'] }],
    [{ tenants: ['b*'] }],
    [{ groups: ['nobody'] }],
    [{ models: ['gpt-*'] }],
    [{ providers: ['spare'] }],
    [{ routes: ['r2'] }],
  ])('holds for nobody else than %j', (where) => {
    const { office } = budgetsOf({ limits: [limit({ max: 0, where })] });
    expect(codeOf(office)).toBe('held');
    const named = { principal: { ...BOB, groups: ['nobody'] }, model: 'gpt-4o', provider: 'spare', route: 'r2' };
    expect(codeOf(office, named)).toBe('BUDGET_EXCEEDED');
  });

  it('says of a rate when to try again, and of what no time makes room for nothing', () => {
    const { office, setMs } = budgetsOf({
      limits: [limit({ per: 'minute' }), limit({ name: 't', counts: 'tokens', max: 50 })],
    });
    held(office);
    const refused = office.reserve(ask());
    expect(refused).toMatchObject({
      fault: 'RATE_LIMITED',
      retryAfterMs: 65_000,
      hits: [{ limit: 'l', unit: 'requests', window: 'minute', mode: 'hard' }],
      standings: [
        { unit: 'requests', max: 1, remaining: 0 },
        { unit: 'tokens', max: 50, remaining: 30 },
      ],
    });
    setMs(START_MS + 65_000);
    expect(office.reserve(ask({ maxOutputTokens: 51 }))).not.toHaveProperty('retryAfterMs');
    expect(codeOf(office)).toBe('held');
  });

  it('counts what goes on at the same time until it ends', () => {
    const { office } = budgetsOf({ limits: [{ name: 'c', counts: 'concurrent', max: 1 }] });
    const first = held(office);
    expect(office.reserve(ask())).toMatchObject({ fault: 'RATE_LIMITED', retryAfterMs: 1_000, standings: [] });
    first.settle(NONE);
    first.settle(NONE);
    const second = held(office);
    expect(codeOf(office)).toBe('RATE_LIMITED');
    second.settle(NONE);
  });

  it('lets pass what is beyond a soft limit, and says so', () => {
    const { office } = budgetsOf({ limits: [limit({ mode: 'soft' })] });
    expect(held(office).hits).toEqual([]);
    expect(held(office).hits).toEqual([{ limit: 'l', unit: 'requests', window: 'day', mode: 'soft' }]);
  });
});

describe('BudgetOffice and costs', () => {
  const cost = (more: object = {}) => limit({ counts: 'cost', max: 0.0001, ...more });

  it('counts costs in millionths, by what the provider said', () => {
    const { office } = budgetsOf({ limits: [cost()] });
    const reservation = held(office, { bytes: 90, maxOutputTokens: 35 });
    expect(office.list()).toMatchObject([{ max: 0.0001, reserved: 0.0001 }]);
    expect(reservation.settle({ inputTokens: 7, outputTokens: 9 })).toEqual({
      reserved: { inputTokens: 30, outputTokens: 35 },
      cost: { reserved: 100, settled: 25, currency: 'USD' },
    });
    expect(office.list()).toMatchObject([{ used: 0.000025, reserved: 0 }]);
  });

  it('takes a model without a price as its posture says', () => {
    const closed = budgetsOf({ limits: [cost()] }).office;
    expect(closed.reserve(ask({ provider: 'unpriced' }))).toMatchObject({
      fault: 'BUDGET_EXCEEDED',
      hits: [{ limit: 'l', mode: 'uncounted' }],
    });
    const soft = budgetsOf({ limits: [cost({ mode: 'soft' })] }).office;
    expect(held(soft, { provider: 'unpriced' }).hits).toMatchObject([{ mode: 'uncounted' }]);
    const open = budgetsOf({ limits: [cost()], unknownPrice: 'open' }).office;
    const reservation = held(open, { provider: 'unpriced' });
    expect(reservation.hits).toMatchObject([{ mode: 'uncounted' }]);
    expect(reservation.settle({ inputTokens: 1, outputTokens: 1 })).not.toHaveProperty('cost');
  });

  it('says that nobody checked the price', () => {
    const { office } = budgetsOf({ limits: [cost({ max: 1 })], prices: [{ model: 'own', input: 1, output: 1 }] });
    expect(held(office, { model: 'own' }).settle(NONE).cost).not.toHaveProperty('unverified');
  });
});

describe('Reservation.admits()', () => {
  it('takes of the limits of each provider that it may go to, and keeps what was for the one that served', () => {
    const { office } = budgetsOf({ limits: [limit({ by: ['provider'], counts: 'requests' })] });
    const first = held(office);
    expect(first.admits('spare')).toBe(true);
    const second = office.reserve(ask({ provider: 'spare' }));
    expect(second).toMatchObject({ fault: 'BUDGET_EXCEEDED' });
    first.settle({ inputTokens: 1, outputTokens: 1 }, 'spare');
    expect(codeOf(office)).toBe('held');
    expect(codeOf(office, { provider: 'spare' })).toBe('BUDGET_EXCEEDED');
  });

  it('does not let a request go on to a provider without room', () => {
    const { office } = budgetsOf({ limits: [limit({ max: 0, where: { providers: ['spare'] } })] });
    const reservation = held(office);
    expect(reservation.admits('spare')).toBe(false);
    expect(reservation.admits('third')).toBe(true);
  });
});

describe('limits of sessions', () => {
  const session = { requests: 2, requestsPerMinute: 100, tokens: 1_000, cost: 1, toolCalls: 3, repeatedCalls: 1 };

  it('count each session apart, for as long as it lasts', () => {
    const { office, setMs } = budgetsOf({ session });
    for (let at = 0; at < 2; at += 1) expect(held(office).join('ses_1')).toBeUndefined();
    setMs(START_MS + 40 * 86_400_000);
    const third = held(office);
    expect(third.join('ses_1')).toMatchObject({ fault: 'BUDGET_EXCEEDED', hits: [{ limit: 'session-requests' }] });
    expect(third.join('ses_2')).toBeUndefined();
    expect(office.list()).toEqual([]);
  });

  it('settle what a session was to use', () => {
    const { office } = budgetsOf({ session: { tokens: 100 } });
    const first = held(office, { maxOutputTokens: 80 });
    expect(first.join('s')).toBeUndefined();
    expect(held(office, { maxOutputTokens: 80 }).join('s')).toMatchObject({ fault: 'BUDGET_EXCEEDED' });
    first.settle({ inputTokens: 2, outputTokens: 2 });
    expect(held(office, { maxOutputTokens: 80 }).join('s')).toBeUndefined();
  });

  it('stop a call that is made again with the same arguments, however they are written', () => {
    const { office } = budgetsOf({ session });
    const reservation = held(office);
    reservation.join('s');
    expect(reservation.call('look', '{"a":1,"b":2}')).toBeUndefined();
    expect(reservation.call('look', '{ "b": 2, "a": 1 }')).toMatchObject({
      hits: [{ limit: 'session-repeated-calls' }],
    });
    expect(reservation.call('look', '{"a":2}')).toBeUndefined();
    expect(reservation.call('find', '{"a":1,"b":2}')).toBeUndefined();
    expect(reservation.call('find', '{}')).toMatchObject({ hits: [{ limit: 'session-tool-calls' }] });
  });

  it('say nothing of calls where no session is known', () => {
    const { office } = budgetsOf({ session });
    const reservation = held(office);
    for (let at = 0; at < 5; at += 1) expect(reservation.call('look', '{}')).toBeUndefined();
  });
});

describe('limits of tool calls', () => {
  it('count tools apart, and only those that they name', () => {
    const { office } = budgetsOf({
      limits: [limit({ counts: 'tool-calls', by: ['tool'], where: { tools: ['send_*'] } })],
    });
    const reservation = held(office);
    expect(reservation.call('send_mail', '{}')).toBeUndefined();
    expect(reservation.call('send_mail', '{}')).toMatchObject({ fault: 'BUDGET_EXCEEDED', hits: [{ limit: 'l' }] });
    expect(reservation.call('send_money', '{}')).toBeUndefined();
    expect(reservation.call('look', '{}')).toBeUndefined();
    expect(office.list().map(({ of }) => of.tool)).toEqual(['send_mail', 'send_money']);
  });

  it('count names apart up to a bound, and what is beyond it together', () => {
    const { office } = budgetsOf({ limits: [limit({ counts: 'tool-calls', by: ['tool'] })] });
    const reservation = held(office);
    for (let at = 0; at < 1_000; at += 1) expect(reservation.call(`tool-${at}`, '{}')).toBeUndefined();
    expect(reservation.call('one-more', '{}')).toBeUndefined();
    expect(reservation.call('another', '{}')).toMatchObject({ fault: 'BUDGET_EXCEEDED' });
  });
});

describe('budgets whose counters fail', () => {
  const broken: BudgetCounters = {
    take: () => {
      throw new SallyportError('STORE_BROKEN');
    },
    standing: () => ({ taken: 0 }),
    states: () => [],
  };

  it.each([
    ['closed', 'hard', 'BUDGETS_FAILED'],
    ['open', 'hard', 'held'],
    ['closed', 'soft', 'held'],
  ])('posture %s, a %s limit: %s', (posture, mode, expected) => {
    const { office, errors } = budgetsOf({ posture, limits: [limit({ mode })] }, broken);
    expect(codeOf(office)).toBe(expected);
    expect(errors).toHaveLength(1);
    const outcome = office.reserve(ask());
    expect(outcome.hits).toEqual([{ limit: 'l', unit: 'requests', window: 'day', mode: 'uncounted' }]);
    if (!isFault(outcome)) outcome.settle(NONE);
  });
});

describe('BudgetOffice.list()', () => {
  it('shows limits of which nothing is used, and the nearest to its end first', () => {
    const { office } = budgetsOf({
      limits: [
        limit({ name: 'far', max: 100 }),
        limit({ name: 'unused', where: { models: ['none'] } }),
        limit({ name: 'near' }),
      ],
    });
    held(office);
    expect(office.list().map((each) => each.limit)).toEqual(['near', 'far', 'unused']);
    expect(office.list().at(-1)).toEqual({
      limit: 'unused',
      counts: 'requests',
      per: 'day',
      mode: 'hard',
      of: {},
      max: 1,
      used: 0,
      reserved: 0,
    });
  });
});
