import type { ClosedRecord, OpenedRecord, Principal } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import type { SignalMove } from '../signals/signal.ts';
import { ANN, closed, opened, START_MS } from '../testing/traffic.ts';
import { ConductWatch } from './conduct-watch.ts';
import { PEER_HOURS_MIN } from './peers.ts';
import { REPEATED_MIN, TOLD_AGAIN_MS } from './principal-conduct.ts';
import { SWEPT_MIN, TRIED_MIN } from './query-templates.ts';
import { FAR_TOO_MUCH, OWN_HOURS_MIN, SPENT_EXCHANGES_MIN, TOO_MUCH } from './spending.ts';
import { STOPS_USUAL_MIN } from './stops.ts';

const HOUR_MS = 3_600_000;
const SIGNS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_';
const BOB: Principal = { ...ANN, id: 'bob' };

/** A sketch of 32 words, of which all but the last two are the template's; the last four signs of a sketch are no word's. */
const variation = (n: number, template = 'A') =>
  `${template.repeat(30)}${SIGNS[n % 63]}${SIGNS[Math.floor(n / 63) % 63]}AAAA`;

interface Ask extends Partial<Pick<ClosedRecord, 'effect' | 'outcome' | 'answer' | 'cost' | 'budgets'>> {
  readonly sketch?: string;
  readonly body?: string;
  readonly principal?: Principal;
  readonly more?: Partial<OpenedRecord>;
}

/** Exchanges of one gateway, each a second after the other. */
class Traffic {
  readonly watch: ConductWatch;
  nowMs = START_MS;
  #n = 0;

  constructor(watch = new ConductWatch()) {
    this.watch = watch;
  }

  exchange({ sketch, body, principal = ANN, more = {}, ...ended }: Ask): readonly SignalMove[] {
    this.#n += 1;
    this.nowMs += 1_000;
    const base = { exchange: `ex-${this.#n}`, principal };
    const found = this.watch.take(
      opened(this.nowMs, { ...base, body: body ?? `b${this.#n}`, ...(sketch && { sketch }), ...more }),
    );
    return this.#told([...found, ...this.watch.take(closed(this.nowMs, { ...base, ...ended }))]);
  }

  /** Each is recorded. */
  #told(found: readonly SignalMove[]): readonly SignalMove[] {
    for (const move of found) this.watch.told(move);
    return found;
  }

  times(count: number, ask: (n: number) => Ask): readonly SignalMove[] {
    return Array.from({ length: count }, (_, n) => this.exchange(ask(n))).flat();
  }

  /** Hours in which each of so many principals makes so many tokens. */
  peers(count: number, outputTokens: number): void {
    for (let n = 0; n < count; n += 1) {
      const principal = { ...ANN, id: `peer-${n}` };
      this.exchange({ principal, answer: { usage: { outputTokens } } });
    }
    this.nowMs += HOUR_MS;
    for (let n = 0; n < count; n += 1) this.exchange({ principal: { ...ANN, id: `peer-${n}` } });
  }
}

const BLOCKED = { effect: 'block', outcome: 'refused' } as const;

describe('ConductWatch: extraction', () => {
  it('finds a template that is asked through, once it has so many variations, and not before', () => {
    const traffic = new Traffic();
    expect(traffic.times(SWEPT_MIN - 1, (n) => ({ sketch: variation(n) }))).toEqual([]);
    const [move, ...more] = traffic.exchange({ sketch: variation(SWEPT_MIN) });
    expect(more).toEqual([]);
    expect(move).toMatchObject({
      series: { scope: 'principal', name: 'default/user/ann', tenant: 'default' },
      signal: 'extraction',
      category: 'extraction',
      strength: 1,
      moved: [{ kind: 'variations', before: SWEPT_MIN, after: SWEPT_MIN }],
      exchanges: ['ex-100', 'ex-99', 'ex-98'],
    });
  });

  it('says it once in a while, not with every further variation', () => {
    const traffic = new Traffic();
    traffic.times(SWEPT_MIN, (n) => ({ sketch: variation(n) }));
    expect(traffic.times(50, (n) => ({ sketch: variation(n + SWEPT_MIN) }))).toEqual([]);
    traffic.nowMs += TOLD_AGAIN_MS;
    expect(traffic.times(SWEPT_MIN, (n) => ({ sketch: variation(n) }))).toHaveLength(1);
  });

  it('counts no query that comes again, as those of an agent at work do, and none of other templates', () => {
    const traffic = new Traffic();
    expect(traffic.times(300, () => ({ sketch: variation(0) }))).toEqual([]);
    expect(traffic.times(300, (n) => ({ sketch: variation(n, SIGNS[n % 50]) }))).toEqual([]);
  });

  it('forgets variations after an hour, and what is slower than the bound is not found', () => {
    const traffic = new Traffic();
    const found = traffic.times(3 * SWEPT_MIN, (n) => {
      traffic.nowMs += (2 * HOUR_MS) / SWEPT_MIN;
      return { sketch: variation(n) };
    });
    expect(found).toEqual([]);
  });

  it('is none of a principal whose templates are meant to be so', () => {
    const traffic = new Traffic(new ConductWatch(['default/user/ann']));
    expect(traffic.times(2 * SWEPT_MIN, (n) => ({ sketch: variation(n) }))).toEqual([]);
    expect(traffic.times(SWEPT_MIN, (n) => ({ sketch: variation(n), principal: BOB }))).toHaveLength(1);
  });
});

describe('ConductWatch: probing', () => {
  it('finds who tries variations of what is stopped, once so many were, and not before', () => {
    const traffic = new Traffic();
    // What passes now and then keeps the share of stopped exchanges from telling it first.
    expect(traffic.times(TRIED_MIN - 1, (n) => ({ sketch: variation(n), ...BLOCKED }))).toEqual([]);
    expect(traffic.exchange({ sketch: variation(TRIED_MIN), ...BLOCKED })).toContainEqual(
      expect.objectContaining({
        category: 'probing',
        moved: [{ kind: 'variations', before: TRIED_MIN, after: TRIED_MIN }],
      }),
    );
  });

  it('does not take the same request again for another try', () => {
    const traffic = new Traffic();
    const found = traffic.times(TRIED_MIN, () => ({ sketch: variation(0), body: 'b', ...BLOCKED }));
    expect(found.filter(({ moved }) => moved?.[0]?.kind === 'variations')).toEqual([]);
  });

  it('does not take a template of which little is stopped for tries', () => {
    const traffic = new Traffic(new ConductWatch(['default/user/ann']));
    expect(traffic.times(200, (n) => ({ sketch: variation(n), ...(n % 25 === 0 && BLOCKED) }))).toEqual([]);
  });

  it('finds who is stopped more than nearly all others are, also from the first exchange on', () => {
    const traffic = new Traffic();
    const [move] = traffic.times(40, (n) => (n % 2 === 0 ? BLOCKED : {}));
    expect(move).toMatchObject({ category: 'probing', moved: [{ kind: 'stopped', before: STOPS_USUAL_MIN }] });
    expect(move?.after).toBeCloseTo(0.5, 1);
  });

  it('holds nobody who is stopped as rarely as others are', () => {
    expect(new Traffic().times(2_000, (n) => (n % 25 === 0 ? BLOCKED : {}))).toEqual([]);
  });

  it('knows what is usual where nearly all are stopped often', () => {
    const traffic = new Traffic();
    for (let hour = 0; hour < 3; hour += 1) {
      for (let n = 0; n < 20; n += 1) {
        traffic.times(12, (at) => ({ principal: { ...ANN, id: `peer-${n}` }, ...(at % 3 === 0 && BLOCKED) }));
      }
      traffic.nowMs += HOUR_MS;
    }
    const found = traffic.times(200, (n) => (n % 3 === 0 ? BLOCKED : {}));
    expect(found.filter(({ category }) => category === 'probing')).toEqual([]);
  });
});

describe('ConductWatch: cost harvesting', () => {
  const tokens = (outputTokens: number) => ({ answer: { usage: { outputTokens } } });

  it('finds who nobody knows and who uses far more than all others do, and nobody below', () => {
    const traffic = new Traffic();
    traffic.peers(PEER_HOURS_MIN, 1_000);
    const each = (FAR_TOO_MUCH * 1_000) / SPENT_EXCHANGES_MIN;
    expect(traffic.times(SPENT_EXCHANGES_MIN, () => tokens(each * 0.97))).toEqual([]);
    const [move] = traffic.times(SPENT_EXCHANGES_MIN, () => ({ principal: BOB, ...tokens(each * 1.03) }));
    expect(move).toMatchObject({ category: 'cost-harvesting', moved: [{ kind: 'tokens' }] });
  });

  it('says nothing of so few others, or of fewer exchanges', () => {
    const few = new Traffic();
    few.peers(PEER_HOURS_MIN - 1, 1_000);
    expect(few.times(SPENT_EXCHANGES_MIN, () => tokens(100_000))).toEqual([]);
    const traffic = new Traffic();
    traffic.peers(PEER_HOURS_MIN, 1_000);
    expect(traffic.times(SPENT_EXCHANGES_MIN - 1, () => tokens(100_000))).toEqual([]);
  });

  it('holds a principal that is known against its own dearest hour', () => {
    const traffic = new Traffic();
    for (let hour = 0; hour <= OWN_HOURS_MIN; hour += 1) {
      expect(traffic.times(SPENT_EXCHANGES_MIN, () => tokens(1_000))).toEqual([]);
      traffic.nowMs += HOUR_MS;
    }
    traffic.peers(PEER_HOURS_MIN, 1_000);
    traffic.nowMs += HOUR_MS;
    const usual = SPENT_EXCHANGES_MIN * 1_000;
    const below = traffic.times(SPENT_EXCHANGES_MIN, () => tokens((0.7 * TOO_MUCH * usual) / SPENT_EXCHANGES_MIN));
    expect(below).toEqual([]);
    traffic.nowMs += 3 * HOUR_MS;
    const most = 0.7 * TOO_MUCH * usual;
    expect(traffic.times(SPENT_EXCHANGES_MIN, () => tokens((TOO_MUCH * most) / SPENT_EXCHANGES_MIN))).toHaveLength(1);
  });

  it('counts cost where a price is known', () => {
    const cost = (settled: number) => ({ cost: { reserved: 0, settled, currency: 'USD' } });
    const traffic = new Traffic();
    for (let n = 0; n < PEER_HOURS_MIN; n += 1) {
      traffic.exchange({ principal: { ...ANN, id: `p${n}` }, ...cost(100), ...tokens(1) });
    }
    traffic.nowMs += HOUR_MS;
    for (let n = 0; n < PEER_HOURS_MIN; n += 1) {
      traffic.exchange({ principal: { ...ANN, id: `p${n}` }, ...cost(100), ...tokens(1) });
    }
    const found = traffic.times(SPENT_EXCHANGES_MIN, () => ({ ...cost(1_000), ...tokens(0) }));
    expect(found).toMatchObject([{ moved: [{ kind: 'cost' }] }]);
  });

  it('finds a storm of one request, once it came so often within its time', () => {
    const traffic = new Traffic();
    expect(traffic.times(REPEATED_MIN - 1, () => ({ body: 'same' }))).toEqual([]);
    expect(traffic.exchange({ body: 'same' })).toMatchObject([
      { category: 'cost-harvesting', moved: [{ kind: 'repeats', before: REPEATED_MIN, after: REPEATED_MIN }] },
    ]);
  });

  it('takes no request that comes once a minute for a storm', () => {
    const traffic = new Traffic();
    const found = traffic.times(200, () => {
      traffic.nowMs += 59_000;
      return { body: 'same' };
    });
    expect(found).toEqual([]);
  });
});

describe('ConductWatch: loops', () => {
  const hit = (limit: string, mode: 'hard' | 'soft' | 'uncounted' = 'hard') => ({
    budgets: [{ limit, unit: 'repeated-calls', window: 'session', mode } as const],
  });

  it('makes a finding of a budget of a session that was reached, also where the exchange was turned away', () => {
    const traffic = new Traffic();
    expect(traffic.exchange(hit('session-repeated-calls'))).toMatchObject([
      { category: 'loop', moved: [{ kind: 'session-repeated-calls' }], exchanges: ['ex-1'] },
    ]);
    expect(new Traffic().exchange({ ...hit('session-requests'), outcome: 'rejected' })).toHaveLength(1);
  });

  it('makes none of other budgets, and of what could not be counted', () => {
    expect(new Traffic().exchange(hit('monthly'))).toEqual([]);
    expect(new Traffic().exchange(hit('session-requests', 'uncounted'))).toEqual([]);
  });
});

describe('ConductWatch', () => {
  it('looks at no drill, and at nothing without a principal', () => {
    const { watch } = new Traffic();
    for (let n = 0; n < 2 * SWEPT_MIN; n += 1) {
      const { principal: _nobody, ...record } = opened(START_MS + n, { sketch: variation(n) });
      expect(watch.take(record)).toEqual([]);
      expect(watch.take(opened(START_MS + n, { sketch: variation(n), drill: 'd' }))).toEqual([]);
    }
    expect(watch.size).toBe(0);
  });

  it('tells an agent that acts for a user from the agent, and names whose it is', () => {
    const traffic = new Traffic();
    const agent: Principal = { ...ANN, kind: 'agent', id: 'bot' };
    const found = traffic.times(SWEPT_MIN, (n) => ({ sketch: variation(n), principal: agent }));
    expect(found).toMatchObject([{ series: { scope: 'agent', name: 'default/agent/bot' } }]);
    const acting = { ...agent, onBehalfOf: { id: 'ann', tenant: 'default', groups: [] } };
    const [move] = traffic.times(SWEPT_MIN, (n) => ({ sketch: variation(n), principal: acting }));
    expect(move?.series.scope).toBe('principal');
  });

  it('finds again what nobody said, and keeps what more is stopped than usual until it was said', () => {
    const { watch } = new Traffic();
    const take = (n: number) => watch.take(closed(START_MS + n * 1_000, { exchange: `ex-${n}`, ...BLOCKED }));
    for (let n = 0; n < 20; n += 1) take(n);
    const [move] = take(20);
    expect(take(21)).toMatchObject([{ category: 'probing', since: (move?.since ?? 0) + 1 }]);
    if (move !== undefined) watch.told(move);
    expect(take(22)).toEqual([]);
    if (move !== undefined) watch.untold(move);
    for (let n = 23; n < 33; n += 1) take(n);
    expect(take(33)).toEqual([]);
  });

  it('knows so many principals at most, and forgets the one that came least lately', () => {
    const traffic = new Traffic(new ConductWatch([], 2));
    for (const id of ['a', 'b', 'a', 'c']) traffic.exchange({ principal: { ...ANN, id }, sketch: variation(0) });
    expect(traffic.watch.size).toBe(2);
    const { bytes } = traffic.watch;
    traffic.exchange({ principal: { ...ANN, id: 'a' }, sketch: variation(0) });
    expect(traffic.watch.bytes).toBe(bytes);
    traffic.exchange({ principal: { ...ANN, id: 'd' }, sketch: variation(0) });
    expect(traffic.watch.bytes).toBe(bytes);
  });
});
