import type {
  AccessQuestion,
  ClosedRecord,
  GuardQuestion,
  OpenedRecord,
  PolicyEngine,
  Provider,
} from '@sallyport/core';
import { loadPolicySets } from '@sallyport/policy';
import { describe, expect, it } from 'vitest';
import { DemoProvider } from './providers/demo-provider.ts';
import { directoryOf } from './testing/access.ts';
import { ExchangeRig, type RigOptions, starterEngine } from './testing/exchange-rig.ts';
import { RouteUpstreams } from './upstreams/route-upstreams.ts';

const starter = starterEngine();
const MAIL = 'write to joe@example.com';
const JSON_TYPE = { 'content-type': 'application/json' };
const answer = (content: string) =>
  JSON.stringify({ id: 'x', choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }] });

/** A provider that a test plays: it answers with a status, and keeps what it got. */
class Played implements Provider {
  readonly id: string;
  readonly kind = 'played';
  readonly protocols = new Set(['openai-chat']);
  readonly got: string[] = [];
  readonly #status: number;
  readonly #says: string;

  constructor(id: string, status = 200, says = 'Hello.') {
    this.id = id;
    this.#status = status;
    this.#says = says;
  }

  async send({ body }: Parameters<Provider['send']>[0]): ReturnType<Provider['send']> {
    this.got.push(Buffer.from(body ?? []).toString());
    return { status: this.#status, headers: JSON_TYPE, body: this.#body() };
  }

  async *#body(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(this.#status === 200 ? answer(this.#says) : '{"error":{"message":"no"}}');
  }

  async listModels(): Promise<readonly string[]> {
    return [];
  }

  async close(): Promise<void> {
    // Nothing is held open.
  }
}

interface Judged {
  readonly access: AccessQuestion[];
  readonly guard: GuardQuestion[];
}

/** The starter policies with further ones of a test's own, which say what they forbid. */
function engineWith(forbids: {
  readonly access?: (question: AccessQuestion) => boolean;
  readonly guard?: (question: GuardQuestion) => 'block' | 'redact' | undefined;
}): PolicyEngine & { readonly judged: Judged } {
  const judged: Judged = { access: [], guard: [] };
  return {
    ...starter,
    policySet: starter.policySet,
    message: (decision) => starter.message(decision),
    judged,
    access: (question) => {
      judged.access.push(question);
      const decision = starter.access(question);
      return forbids.access?.(question) === true
        ? { ...decision, verdict: 'block', policies: ['test-access'] }
        : decision;
    },
    guard: (question) => {
      judged.guard.push(question);
      const decision = { ...starter.guard(question), redact: [] };
      const said = forbids.guard?.(question);
      if (said === 'block') return { ...decision, verdict: 'block', policies: ['test-guard'] };
      return said === 'redact' ? { ...decision, redact: question.context.findings.map((_, index) => index) } : decision;
    },
  };
}

/** Runs at once what should wait. */
const soon = (_ms: number, run: () => void) => {
  queueMicrotask(run);
  return () => undefined;
};

function rigOf(providers: readonly Provider[], options: RigOptions = {}) {
  const upstreams = new RouteUpstreams({
    providers,
    retry: { tries: 3, backoffMs: 10, maxBackoffMs: 10, budgetPercent: 100, totalMs: 60_000 },
    clock: { nowMs: () => 0, dateMs: () => 0, after: soon },
    random: () => 0.999,
    standIn: new DemoProvider('drill'),
  });
  const rig = new ExchangeRig({ ...options, upstreams });
  return async (content: string) => {
    const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content }] });
    const seen = await rig.exchange({ body, answer: [] });
    const opened = seen.records.find((record): record is OpenedRecord => record.kind === 'opened');
    const closed = seen.records.find((record): record is ClosedRecord => record.kind === 'closed');
    return { ...seen, opened, closed };
  };
}

const at = (provider: string) => (question: AccessQuestion) =>
  question.action === 'use-model' && question.resource.provider === provider;
const input = (provider: string, word: 'block' | 'redact') => (question: GuardQuestion) =>
  question.point === 'input' && question.resource.provider === provider && question.context.findings.length > 0
    ? word
    : undefined;

describe('a route with several providers, of which policy forbids some', () => {
  it('goes to the first that access policy permits, and the record says whom it passed over and why', async () => {
    const [a, b] = [new Played('a'), new Played('b')];
    const { head, opened, closed } = await rigOf([a, b], { engine: engineWith({ access: at('a') }) })('hi');
    expect(head?.status).toBe(200);
    expect([a.got.length, b.got.length]).toEqual([0, 1]);
    expect(opened).toMatchObject({ provider: 'b', resource: { provider: 'b' }, passedOver: ['a'], effect: 'allow' });
    expect(opened?.decisions[1]).toMatchObject({
      kind: 'access',
      question: { action: 'use-model', resource: { provider: 'a' } },
      decision: { verdict: 'block', policies: ['test-access'] },
    });
    expect(closed).toMatchObject({
      passedOver: ['a'],
      upstream: { provider: 'b', tries: 1 },
      resource: { provider: 'b' },
    });
  });

  it('refuses when it permits none', async () => {
    const [a, b] = [new Played('a'), new Played('b')];
    const engine = engineWith({ access: ({ action }) => action === 'use-model' });
    const { head, opened, closed } = await rigOf([a, b], { engine })('hi');
    expect(head?.status).toBe(403);
    expect([...a.got, ...b.got]).toEqual([]);
    expect(opened?.decisions.map(({ question }) => question.resource?.provider)).toEqual([undefined, 'b']);
    expect(closed).toMatchObject({ outcome: 'rejected', fault: 'ACCESS_DENIED', resource: { provider: 'a' } });
  });

  it('does not fail over to one that access policy forbids: the client gets the failure', async () => {
    const [a, b] = [new Played('a', 503), new Played('b')];
    const engine = engineWith({ access: at('b') });
    const { head, opened, closed } = await rigOf([a, b], { engine })('hi');
    expect(head?.status).toBe(503);
    expect(b.got).toEqual([]);
    expect(opened?.passedOver).toBeUndefined();
    expect(closed).toMatchObject({ passedOver: ['b'], upstream: { provider: 'a' }, resource: { provider: 'a' } });
    expect(closed?.decisions[0]).toMatchObject({
      question: { resource: { provider: 'b' } },
      decision: { verdict: 'block' },
    });
  });

  it('passes over one that guard policy forbids what was found, first or after a failure', async () => {
    const first = [new Played('a'), new Played('b')] as const;
    const before = await rigOf(first, { engine: engineWith({ guard: input('a', 'block') }) })(MAIL);
    expect(before.head?.status).toBe(200);
    expect(first.map(({ got }) => got.length)).toEqual([0, 1]);
    expect(before.opened).toMatchObject({ provider: 'b', passedOver: ['a'] });
    expect(before.opened?.decisions).toContainEqual(
      expect.objectContaining({
        kind: 'guard',
        question: expect.objectContaining({ point: 'input', resource: expect.objectContaining({ provider: 'a' }) }),
        decision: expect.objectContaining({ policies: ['test-guard'] }),
      }),
    );
    const then = [new Played('a', 503), new Played('b'), new Played('c')] as const;
    const after = await rigOf(then, { engine: engineWith({ guard: input('b', 'block') }) })(MAIL);
    expect(after.head?.status).toBe(200);
    expect(then.map(({ got }) => got.length)).toEqual([1, 0, 1]);
    expect(after.closed).toMatchObject({ passedOver: ['b'], upstream: { provider: 'c', tries: 2 } });
    const harmless = [new Played('a', 503), new Played('b')] as const;
    await rigOf(harmless, { engine: engineWith({ guard: input('b', 'block') }) })('hi');
    expect(harmless.map(({ got }) => got.length)).toEqual([1, 1]);
  });

  it('refuses when guard policy stops the request for each, with the word on the first', async () => {
    const both = [new Played('a'), new Played('b')] as const;
    const engine = engineWith({ guard: ({ point }) => (point === 'input' ? 'block' : undefined) });
    const { text, opened, closed } = await rigOf(both, { engine })('hi');
    expect(text).toContain('Blocked by policy');
    expect(both.map(({ got }) => got.length)).toEqual([0, 0]);
    expect(opened).toMatchObject({ provider: 'a', effect: 'block', passedOver: ['b'] });
    expect(closed?.outcome).toBe('refused');
  });

  it('passes over one for which more would have to be redacted than was, and takes one for which less would', async () => {
    const more = [new Played('a', 503), new Played('b')] as const;
    const kept = await rigOf(more, { engine: engineWith({ guard: input('b', 'redact') }) })(MAIL);
    expect(more.map(({ got }) => got.length)).toEqual([3, 0]);
    expect(kept.closed?.passedOver).toEqual(['b']);
    const less = [new Played('a', 503), new Played('b')] as const;
    const gone = await rigOf(less, { engine: engineWith({ guard: input('a', 'redact') }) })(MAIL);
    expect(gone.closed).toMatchObject({ upstream: { provider: 'b' } });
    expect(less[1].got.join()).not.toContain('joe@example.com');
    const same = [new Played('a', 503), new Played('b')] as const;
    const engine = engineWith({ guard: ({ point }) => (point === 'input' ? 'redact' : undefined) });
    await rigOf(same, { engine })(MAIL);
    expect(same[1].got).toHaveLength(1);
  });

  it('judges the answer as that of the provider that gave it', async () => {
    const engine = engineWith({
      guard: ({ point, resource }) => (point === 'output' && resource.provider === 'b' ? 'block' : undefined),
    });
    const { text, closed } = await rigOf([new Played('a', 503), new Played('b', 200, 'A secret.')], { engine })('hi');
    expect(text).not.toContain('A secret.');
    expect(closed).toMatchObject({ outcome: 'refused', resource: { provider: 'b' }, upstream: { provider: 'b' } });
    expect(closed?.decisions[0]).toMatchObject({ kind: 'access', decision: { verdict: 'allow' } });
  });

  it('asks policy about a provider once, and only when it is its turn', async () => {
    const engine = engineWith({});
    const asked = () => ({
      access: engine.judged.access
        .filter(({ action }) => action === 'use-model')
        .map(({ resource }) => resource.provider),
      input: engine.judged.guard.filter(({ point }) => point === 'input').map(({ resource }) => resource.provider),
    });
    await rigOf([new Played('a')], { engine })('hi');
    await rigOf([new Played('a'), new Played('b')], { engine })('hi');
    expect(asked()).toEqual({ access: ['a', 'a'], input: ['a', 'a'] });
    await rigOf([new Played('c', 503), new Played('d', 503)], { engine })('hi');
    expect(asked()).toEqual({ access: ['a', 'a', 'c', 'd'], input: ['a', 'a', 'c', 'd'] });
  });
});

describe('what is registered of providers', () => {
  const POLICIES = `
    permit (principal, action, resource);
    @id("no-keepers") forbid (principal, action == Action::"use-model", resource) when { resource.provider.keepsData };
  `;
  const registry = {
    forgets: { retentionDays: 0, guardrails: [] },
    keeps: { retentionDays: 30, trainsOnData: false, approvedBy: 'ann', guardrails: [] },
  };
  const loaded = loadPolicySets({ access: [{ name: 'a.cedar', text: POLICIES }], guard: [] }, { findingTypes: [] });
  if (!loaded.ok) throw new RangeError(JSON.stringify(loaded.problems));
  const { engine } = loaded;
  const exchange = (...providers: readonly Played[]) =>
    rigOf(providers, { engine, directory: directoryOf({}, { registry }) })('hi');

  it('keep a request from one of which nothing is registered, as from one that keeps data', async () => {
    const [unknown, keeps, forgets] = [new Played('unknown'), new Played('keeps'), new Played('forgets')];
    const seen = await exchange(unknown, keeps, forgets);
    expect([unknown.got.length, keeps.got.length, forgets.got.length]).toEqual([0, 0, 1]);
    expect(seen.records[0]).toMatchObject({
      provider: 'forgets',
      passedOver: ['unknown', 'keeps'],
      resource: { registration: { retentionDays: 0 } },
    });
  });

  it('are asked about again when another provider has failed', async () => {
    const [forgets, keeps] = [new Played('forgets', 503), new Played('keeps')];
    const seen = await exchange(forgets, keeps);
    expect(keeps.got).toEqual([]);
    expect(seen.head?.status).toBe(503);
    expect(seen.records.at(-1)).toMatchObject({ passedOver: ['keeps'] });
  });

  it('refuse the request where no provider is left', async () => {
    const seen = await exchange(new Played('unknown'));
    expect(seen.head?.status).toBe(403);
    expect(JSON.stringify(seen.records[0])).toContain('no-keepers');
  });
});
