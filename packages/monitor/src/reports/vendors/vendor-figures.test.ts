import type { AuditRecord, ClosedRecord, OpenedRecord, ProviderRegistration, RecordedDecision } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { closed, decision, found, opened, START_MS } from '../../testing/traffic.ts';
import {
  VENDOR_MODELS_MAX,
  VENDOR_NAMES_MAX,
  VENDOR_TRENDS_MAX,
  VendorFigures,
  type VendorReport,
} from './vendor-figures.ts';
import { VENDORS_DRAWN_MAX, vendorHtml } from './vendor-html.ts';
import { CURRENCIES_MAX } from './vendor-model.ts';
import { VENDOR_POLICIES_MAX } from './vendor-rules.ts';
import { TIMELINE_MAX } from './vendor-timeline.ts';

const period = { from: '2026-01-01T00:00:00.000Z', to: '2026-01-02T00:00:00.000Z' };
const source = {
  log: { origin: 'sallyport/test', size: 9, archived: 0 },
  period,
  madeAt: '2026-01-02T00:00:00.000Z',
};
const MINUTE_MS = 60_000;

function reportOf(records: Iterable<AuditRecord>): VendorReport {
  const figures = new VendorFigures(period);
  for (const record of records) figures.take(record);
  return figures.report(source);
}

function answered(atMs: number, more: Partial<ClosedRecord> = {}): ClosedRecord {
  return closed(atMs, { upstreamStatus: 200, ...more });
}

/** An exchange with what we found in its request and what they said of its answer. */
function judged(at: number, ours: readonly RecordedDecision[], theirs: readonly RecordedDecision[]) {
  const exchange = `judged-${at}`;
  return [
    opened(START_MS + at, { exchange, decisions: ours }),
    answered(START_MS + at + 1, { exchange, decisions: theirs }),
  ];
}

function model(provider: string, id: string, more: { readonly registration?: ProviderRegistration } = {}) {
  return { resource: { kind: 'model', id, provider, groups: [], ...more } } as const;
}

/** Access policies were asked about the record's own model. */
function ruled(verdict: 'allow' | 'block', policies: readonly string[]): RecordedDecision {
  const question = { action: 'use-model', context: { route: 'default', protocol: 'openai-chat' } } as const;
  return { kind: 'access', question, decision: { ...decision(verdict), policies } };
}

describe('VendorFigures', () => {
  it('counts what was answered and what failed, and how, and nothing for or against it that others ended', () => {
    const [entry] = reportOf([
      answered(START_MS),
      answered(START_MS + 1, { outcome: 'refused', effect: 'block' }),
      closed(START_MS + 2, { outcome: 'upstream-failed', fault: 'UPSTREAM_TIMEOUT' }),
      answered(START_MS + 3, { upstreamStatus: 400 }),
      answered(START_MS + 4, { outcome: 'client-aborted' }),
      answered(START_MS + 5, { upstream: { provider: 'demo', tries: 3 } }),
    ]).models;
    expect(entry).toMatchObject({ provider: 'demo', model: 'model-a' });
    expect(entry?.traffic).toMatchObject({
      called: 6,
      answered: 3,
      failures: { timeout: 1, 'refused-request': 1 },
      undecided: 1,
      availability: 0.75,
      retried: 1,
    });
  });

  it('measures times from the call of the provider on, the first token of streams alone', () => {
    const stream = { ...answered(0).request, stream: true } as OpenedRecord['request'];
    const [entry] = reportOf([
      answered(START_MS, { ms: { total: 1_000, beforeUpstream: 500, upstreamFirstByte: 600, held: 0 } }),
      answered(START_MS + 1, {
        ...(stream !== undefined && { request: stream }),
        ms: { total: 1_500, beforeUpstream: 500, upstreamFirstByte: 700, held: 0 },
      }),
      answered(START_MS + 2, { outcome: 'refused', ms: { total: 9_000, beforeUpstream: 1, held: 0 } }),
    ]).models;
    expect(entry?.traffic.latency).toMatchObject({ count: 2, mean: 750 });
    expect(entry?.traffic.firstToken.count).toBe(1);
    expect(entry?.traffic.firstToken.p50).toBeCloseTo(200, -1);
    expect(entry?.traffic.tokensPerSecond.count).toBe(2);
  });

  it('holds their guardrails against ours, of the same exchanges, over request and answer', () => {
    const jailbreak = found('provider', 'provider-jailbreak');
    const injection = found('injection', 'instruction-override');
    const [entry] = reportOf([
      ...judged(0, [injection], [jailbreak]),
      ...judged(10, [injection], []),
      ...judged(20, [], [jailbreak]),
      ...judged(30, [], []),
      ...judged(40, [], [found('provider', 'provider-violence'), found('content', 'violence')]),
      ...judged(50, [found('personal-data', 'email')], [found('provider', 'provider-refusal')]),
    ]).models;
    expect(entry?.traffic.agreement).toEqual({
      attack: { both: 1, onlyTheirs: 1, onlyOurs: 1, neither: 3, kappa: 0.25 },
      content: { both: 1, onlyTheirs: 0, onlyOurs: 0, neither: 5, kappa: 1 },
      either: { both: 2, onlyTheirs: 1, onlyOurs: 1, neither: 2, kappa: expect.closeTo(1 / 3, 5) },
    });
    expect(entry?.traffic.signals).toEqual({ refusal: 1, violence: 1, jailbreak: 2 });
    expect(entry?.traffic.refusals).toBe(1);
  });

  it('takes a guardrail that answers with an error for what it is, and a weak rating for none', () => {
    const filtered = found('provider', 'provider-jailbreak');
    const weak = found('provider', 'provider-hate', { score: 0.49 });
    const strong = found('provider', 'provider-sexual', { score: 0.5 });
    const [entry] = reportOf([
      opened(START_MS, { exchange: 'a' }),
      answered(START_MS + 1, { exchange: 'a', upstreamStatus: 400, decisions: [filtered] }),
      ...judged(10, [], [weak, strong]),
    ]).models;
    expect(entry?.traffic.agreement.attack).toMatchObject({ onlyTheirs: 1, neither: 1 });
    expect(entry?.traffic.signals).toEqual({ sexual: 1, jailbreak: 1 });
  });

  it('compares nothing of an exchange whose beginning it does not know, and says of how many', () => {
    const report = reportOf([answered(START_MS, { decisions: [found('provider', 'provider-jailbreak')] })]);
    expect(report.exchanges.unjoined).toBe(1);
    expect(report.models[0]?.traffic.agreement.attack).toMatchObject({ onlyTheirs: 0, neither: 0 });
  });

  it('adds up tokens and cost, and says of how many nothing is known', () => {
    const usage = { inputTokens: 10, outputTokens: 20, cachedTokens: 5, reasoningTokens: 8 };
    const cost = { reserved: 9, settled: 2_500_000, currency: 'USD' } as const;
    const [entry] = reportOf([
      answered(START_MS, { answer: { usage }, cost }),
      answered(START_MS + 1, { answer: { usage }, cost: { ...cost, unverified: true } }),
      answered(START_MS + 2, { answer: {} }),
    ]).models;
    expect(entry?.traffic.tokens).toEqual({ input: 20, output: 40, cached: 10, reasoning: 16, unknown: 1 });
    expect(entry?.traffic.costs).toEqual([{ currency: 'USD', settled: 5, exchanges: 2, unverified: 1 }]);
    expect(entry?.traffic.unpriced).toBe(1);
  });

  it('says what is registered as the newest record has it, what policies forbade, and what speaks against it', () => {
    const registration = {
      region: 'eu',
      retentionDays: 0,
      trainsOnData: false,
      approvedBy: 'ann',
      guardrails: ['own'],
    };
    const { models } = reportOf([
      opened(START_MS, { ...model('good', 'm', { registration }), decisions: [ruled('allow', ['all'])] }),
      opened(START_MS + 1, { ...model('bad', 'm'), decisions: [ruled('block', ['only-eu'])] }),
      opened(START_MS + 2, {
        ...model('own', 'm', { registration: { trainsOnData: true, guardrails: [] } }),
        decisions: [ruled('allow', ['all']), ruled('block', ['only-eu'])],
      }),
    ]);
    const rulesOf = (name: string) => models.find(({ provider }) => provider === name)?.rules;
    expect(rulesOf('good')?.concerns).toEqual(['model-unfollowed']);
    expect(rulesOf('bad')).toEqual({
      permitted: 0,
      forbidden: 1,
      forbiddenBy: { 'only-eu': 1 },
      concerns: ['provider-unregistered', 'model-unfollowed', 'forbidden-to-all'],
    });
    expect(rulesOf('own')?.concerns).toEqual([
      'region-unknown',
      'retention-unknown',
      'trains-on-data',
      'provider-unapproved',
      'no-own-guardrails',
      'model-unfollowed',
      'forbidden-to-some',
    ]);
  });

  it('knows identities from before the period, and tells of steps and moves within it', () => {
    const identity = {
      v: 1,
      kind: 'identity',
      exchange: 'identity',
      provider: 'demo',
      model: 'model-a',
      before: 'watching',
      reasons: [],
      reference: { models: [], fingerprints: [], backends: [], digests: [] },
    } as const;
    const since = '2025-12-01T00:00:00.000Z';
    const approval = { state: 'approved', since, approvedBy: 'ann', approvedAt: since } as const;
    const report = reportOf([
      { ...identity, ...approval, step: 'approved', at: since },
      answered(START_MS),
      { ...identity, ...approval, step: 'restated', at: new Date(START_MS + 5).toISOString() },
      {
        v: 1,
        kind: 'signal',
        step: 'changed',
        exchange: 's',
        at: new Date(START_MS + 9).toISOString(),
        signal: 'latency',
        scope: 'model',
        name: 'model-a',
        direction: 'up',
        before: 100,
        after: 200,
        since: 4,
        from: new Date(START_MS).toISOString(),
        strength: 2,
        exchanges: [],
        suppressed: 3,
      },
    ]);
    expect(report.models[0]?.identity).toEqual(approval);
    expect(report.models[0]?.rules.concerns).toEqual(['registration-unseen']);
    expect(report.timeline).toMatchObject({ events: [{ kind: 'drift', name: 'model-a' }], left: 0, suppressed: 3 });
    expect(vendorHtml(report)).toContain('latency of the model model-a moved up from 100 to 200');
  });

  it('leaves out drills and what lies outside the period, its end too', () => {
    const report = reportOf([
      answered(START_MS - 1),
      answered(START_MS, { drill: 'drl_1' }),
      answered(Date.parse(period.to)),
      answered(Date.parse(period.to) - 1),
    ]);
    expect(report.exchanges).toMatchObject({ counted: 1, drills: 1 });
  });

  it('counts what was stopped here, and calls of tools, for no provider', () => {
    const report = reportOf([
      opened(START_MS, { exchange: 'a', effect: 'block' }),
      stopped('a', START_MS + 1),
      answered(START_MS + 2, { resource: { kind: 'tool', id: 'pay', groups: [] } }),
    ]);
    expect(report.models).toHaveLength(1);
    expect(report.models[0]?.traffic).toMatchObject({ called: 0, notSent: 1 });
    expect(report.models[0]?.traffic).not.toHaveProperty('availability');
  });

  it('tells so many models apart and draws so many trends, and counts one beyond with `other`', () => {
    const names = Array.from({ length: VENDOR_MODELS_MAX + 1 }, (_, at) => `m${at}`);
    const { models } = reportOf(names.map((name, at) => answered(START_MS + at, model('demo', name))));
    expect(models).toHaveLength(VENDOR_MODELS_MAX + 1);
    expect(models.filter(({ traffic }) => traffic.trend !== undefined)).toHaveLength(VENDOR_TRENDS_MAX);
    expect(models.find(({ model: name }) => name === 'other')?.traffic.called).toBe(1);
    expect(models.some(({ model: name }) => name === `m${VENDOR_MODELS_MAX}`)).toBe(false);
  });

  it('gives names that clients make up no place of a model that is called, and counts what is beyond with `other`', () => {
    const made = Array.from({ length: VENDOR_NAMES_MAX + 1 }, (_, at) => model('demo', `made-up-${at}`));
    const asked = made.map((one, at) => opened(START_MS + at, { ...one, decisions: [ruled('block', ['p0'])] }));
    const unknown = made.map((one, at) => answered(START_MS + at, { ...one, upstreamStatus: 404 }));
    const real = Array.from({ length: VENDOR_MODELS_MAX }, (_, at) => answered(START_MS + at, model('demo', `m${at}`)));
    for (const before of [asked, unknown]) {
      const { models } = reportOf([...before, ...real]);
      expect(models.filter(({ model: name }) => name.startsWith('m') && !name.startsWith('made'))).toHaveLength(
        VENDOR_MODELS_MAX,
      );
      expect(models.filter(({ traffic }) => traffic.trend !== undefined)).toHaveLength(VENDOR_TRENDS_MAX);
      expect(models).toHaveLength(VENDOR_MODELS_MAX + VENDOR_NAMES_MAX + 1);
    }
    const { models } = reportOf([...asked, answered(START_MS + 900, made[0])]);
    expect(models[0]).toMatchObject({ model: 'made-up-0', rules: { forbidden: 1 }, traffic: { called: 1 } });
    expect(models[0]?.traffic.trend).toBeDefined();
  });

  it('bounds what it keeps of a provider whose name is `other`', () => {
    const count = VENDOR_MODELS_MAX + 9;
    const all = Array.from({ length: count }, (_, at) => answered(START_MS + at, model('other', `m${at}`)));
    const { models } = reportOf(all.map((one) => ({ ...one, upstream: { provider: 'other', tries: 1 } })));
    expect(models).toHaveLength(VENDOR_MODELS_MAX + 1);
    expect(models.find(({ model: name }) => name === 'other')?.traffic.called).toBe(9);
  });

  it('charges no time of a call that failed to who answered then', () => {
    const [entry] = reportOf([
      answered(START_MS, { ms: { total: 1_000, beforeUpstream: 500, upstreamFirstByte: 600, held: 0 } }),
      answered(START_MS + 1, {
        upstream: { provider: 'demo', tries: 2 },
        ms: { total: 90_000, beforeUpstream: 500, upstreamFirstByte: 80_000, held: 0 },
      }),
    ]).models;
    expect(entry?.traffic).toMatchObject({ answered: 2, retried: 1, latency: { count: 1, mean: 500 } });
    expect(entry?.traffic.tokensPerSecond.count).toBe(1);
    expect(entry?.traffic.trend?.latencyP95[0]).toBeCloseTo(500, -1);
  });

  it('tells so many policies and currencies apart, and counts one beyond with `other` and without a price', () => {
    const policies = Array.from({ length: VENDOR_POLICIES_MAX + 1 }, (_, number) => `p${number}`);
    const [forbidden] = reportOf([
      opened(START_MS, { ...model('demo', 'm'), decisions: [ruled('block', ['p0']), ruled('block', policies)] }),
    ]).models;
    expect(Object.keys(forbidden?.rules.forbiddenBy ?? {})).toHaveLength(VENDOR_POLICIES_MAX + 1);
    expect(forbidden?.rules.forbiddenBy).toMatchObject({ p0: 2, other: 1 });
    const paid = Array.from({ length: CURRENCIES_MAX + 1 }, (_, number) =>
      answered(START_MS + number, { cost: { reserved: 1, settled: 1, currency: `C${number}` } }),
    );
    const [priced] = reportOf(paid).models;
    expect([priced?.traffic.costs.length, priced?.traffic.unpriced]).toEqual([CURRENCIES_MAX, 1]);
  });

  it('keeps the newest events of a long timeline, and says how many it left out', () => {
    const step = (at: number): AuditRecord => ({
      v: 1,
      kind: 'identity',
      exchange: 'identity',
      at: new Date(START_MS + at * MINUTE_MS).toISOString(),
      step: 'warned',
      provider: 'demo',
      model: 'model-a',
      state: 'warned',
      before: 'watching',
      since: '',
      reasons: [],
      reference: { models: [], fingerprints: [], backends: [], digests: [] },
    });
    const count = TIMELINE_MAX * 2;
    const whole = reportOf(Array.from({ length: count }, (_, at) => step(at))).timeline;
    expect([whole.events.length, whole.left]).toEqual([count, 0]);
    const cut = reportOf(Array.from({ length: count + 1 }, (_, at) => step(at))).timeline;
    expect([cut.events.length, cut.left]).toEqual([TIMELINE_MAX + 1, TIMELINE_MAX]);
  });
});

/** What the end of an exchange says that went to nobody. */
function stopped(exchange: string, atMs: number): ClosedRecord {
  const { upstream: _nobody, ...rest } = closed(atMs, { exchange, outcome: 'refused', effect: 'block' });
  return rest;
}

describe('vendorHtml()', () => {
  it('shows hostile names of models and providers, and never obeys them', () => {
    const name = '<img src=x onerror=alert(1)>';
    const html = vendorHtml(
      reportOf([answered(START_MS, { ...model(name, name), upstream: { provider: name, tries: 1 } })]),
    );
    expect(html).not.toContain('<img');
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt; of &lt;img');
  });

  it('has a section for so many models, and the others in the table alone', () => {
    const drawn = (count: number) => {
      const names = Array.from({ length: count }, (_, number) => `m${number}`);
      return vendorHtml(reportOf(names.map((name, number) => answered(START_MS + number, model('demo', name)))));
    };
    expect(drawn(VENDORS_DRAWN_MAX)).not.toContain('in the table alone');
    const html = drawn(VENDORS_DRAWN_MAX + 1);
    expect(html.match(/<h2>m\d+ of demo<\/h2>/g)).toHaveLength(VENDORS_DRAWN_MAX);
    expect(html).toContain('1 models stand in the table alone');
  });

  it('says that nothing is known where nothing is', () => {
    const html = vendorHtml(reportOf([]));
    expect(html).toContain('Nothing in this period.');
    expect(vendorHtml(reportOf([closed(START_MS, { ms: { total: 1, held: 0 } })]))).toContain('not known');
  });
});
