import {
  type CallFailure,
  type Provider,
  type ProviderAnswer,
  type ProviderCall,
  SallyportError,
  type TriedUpstream,
} from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import { BUDGET_FLOOR } from './retry-budget.ts';
import type { RetryPolicy } from './retry-policy.ts';
import { RouteUpstreams, type RouteUpstreamsParts } from './route-upstreams.ts';

const POLICY: RetryPolicy = { tries: 2, backoffMs: 1_000, maxBackoffMs: 8_000, budgetPercent: 100, totalMs: 60_000 };

/** What a provider does with one call. `never`: it doesn't answer until it is cut off. */
type Act = number | { readonly status: number; readonly headers: Record<string, string> } | SallyportError | 'never';

const UNREACHABLE = new SallyportError('UPSTREAM_UNREACHABLE');
const BROKEN = new SallyportError('UPSTREAM_BROKEN');

class Played implements Provider {
  readonly id: string;
  readonly kind = 'played';
  readonly protocols: ReadonlySet<string>;
  readonly calls: ProviderCall[] = [];
  readonly #acts: Act[];

  /** Plays one act a call; the last one again and again. */
  constructor(id: string, acts: readonly Act[], protocols = ['openai-chat']) {
    this.id = id;
    this.#acts = [...acts];
    this.protocols = new Set(protocols);
  }

  send(call: ProviderCall): Promise<ProviderAnswer> {
    this.calls.push(call);
    const act = (this.#acts.length > 1 ? this.#acts.shift() : this.#acts[0]) ?? 200;
    if (act instanceof SallyportError) return Promise.reject(act);
    if (act === 'never') {
      return new Promise((_, reject) => {
        if (call.signal.aborted) reject(BROKEN);
        call.signal.addEventListener('abort', () => reject(BROKEN));
      });
    }
    const { status, headers } = typeof act === 'number' ? { status: act, headers: {} } : act;
    return Promise.resolve({ status, headers, body: bodyOf(`${this.id}:${status}`) });
  }

  async listModels(): Promise<readonly string[]> {
    return [];
  }

  async close(): Promise<void> {
    // Nothing is held open.
  }
}

async function* bodyOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

function route(
  providers: readonly Provider[],
  parts: Partial<Omit<RouteUpstreamsParts, 'providers' | 'retry'>> & { retry?: Partial<RetryPolicy> } = {},
) {
  const clock = new ManualClock();
  const upstreams = new RouteUpstreams({
    clock,
    random: () => 0.999,
    standIn: new Played('stand-in', []),
    ...parts,
    providers,
    retry: { ...POLICY, ...parts.retry },
  });
  const tried: TriedUpstream[] = [];
  const exchange = new AbortController();
  const call = {
    protocol: 'openai-chat',
    method: 'POST',
    path: '/x',
    headers: { 'idempotency-key': 'once' },
    body: Buffer.from('{}'),
    signal: exchange.signal,
    onTry: (one: TriedUpstream) => tried.push(one),
  };
  const told = async (sending: ReturnType<typeof upstreams.send>) => {
    try {
      const { provider, tries, status } = await sending;
      return { provider, tries, status };
    } catch (error) {
      return error instanceof SallyportError ? error.code : error;
    }
  };
  const send = () => told(upstreams.send(call));
  return { clock, upstreams, call, send, told, tried, exchange };
}

describe('RouteUpstreams.send() of a stubbed call', () => {
  it('is answered by the stand-in, and no provider, breaker or budget of tries learns of it', async () => {
    const [a, standIn] = [new Played('a', [500]), new Played('stand-in', [200])];
    const { upstreams, call, told, tried } = route([a], {
      standIn,
      breaker: { failures: 1, windowMs: 60_000, openMs: 60_000 },
    });
    expect(await told(upstreams.send({ ...call, stubbed: true }))).toEqual({ provider: 'a', tries: 0, status: 200 });
    expect(await told(upstreams.pinned('a')?.send({ ...call, stubbed: true }) ?? upstreams.send(call))).toMatchObject({
      tries: 0,
    });
    expect([a.calls.length, standIn.calls.length, tried.length]).toEqual([0, 2, 0]);
  });

  it('names only who may serve, and fails where nobody may', async () => {
    const { upstreams, call, told } = route([new Played('a', [200]), new Played('b', [200])]);
    const allowing = (allowed: string) =>
      told(upstreams.send({ ...call, stubbed: true, mayServe: (provider) => provider === allowed }));
    expect(await allowing('b')).toMatchObject({ provider: 'b' });
    expect(await allowing('c')).toBe('UPSTREAM_UNREACHABLE');
  });
});

describe('RouteUpstreams.send() of a traced call', () => {
  it('tells each provider of the span of its own try, and the span what became of it', async () => {
    const [a, b] = [new Played('a', [503]), new Played('b', [UNREACHABLE, 200])];
    const { upstreams, call, told, clock } = route([a, b], { retry: { tries: 4 } });
    const failures: (readonly [number, CallFailure])[] = [];
    const traceparent = (tries: number) => `00-${'1'.repeat(32)}-000000000000000${tries}-01`;
    const spanOf = ({ tries }: TriedUpstream) => ({
      context: { traceId: '1'.repeat(32), spanId: `000000000000000${tries}`, sampled: true },
      failed: (why: CallFailure) => failures.push([tries, why]),
    });
    const headers = { ...call.headers, traceparent: 'theirs', tracestate: 'theirs' };
    const answer = told(upstreams.send({ ...call, headers, spanOf }));
    await clock.pass(10_000);
    expect((await answer) as object).toMatchObject({ status: 200 });
    const [first, second, ...rest] = [...a.calls, ...b.calls].map(({ headers: sent }) => sent);
    expect(first).toEqual({ 'idempotency-key': 'once', traceparent: traceparent(1) });
    expect(second).toMatchObject({ 'idempotency-key': 'once' });
    for (const sent of [second, ...rest]) expect(sent).not.toHaveProperty('tracestate');
    expect(failures.slice(0, 2)).toEqual([
      [1, { status: 503 }],
      [2, { fault: 'UPSTREAM_UNREACHABLE' }],
    ]);
  });
});

describe('RouteUpstreams.send()', () => {
  it('takes the first answer, and asks nobody else', async () => {
    const [a, b] = [new Played('a', [200]), new Played('b', [200])];
    const { send, tried, clock } = route([a, b]);
    expect(await send()).toEqual({ provider: 'a', tries: 1, status: 200 });
    expect(tried).toEqual([{ provider: 'a', tries: 1 }]);
    expect([a.calls.length, b.calls.length, clock.pending]).toEqual([1, 0, 0]);
  });

  it.each<Act>([UNREACHABLE, BROKEN, new SallyportError('UPSTREAM_TIMEOUT'), 408, 409, 429, 500, 502, 503, 504, 529])(
    'goes on to the next provider at once after %s',
    async (act) => {
      const { send, tried } = route([new Played('a', [act]), new Played('b', [200])]);
      expect(await send()).toEqual({ provider: 'b', tries: 2, status: 200 });
      expect(tried.map(({ provider }) => provider)).toEqual(['a', 'b']);
    },
  );

  it.each<Act>([400, 401, 403, 404, 413, 422, 501])('takes %s for an answer', async (act) => {
    const b = new Played('b', [200]);
    expect(await route([new Played('a', [act]), b]).send()).toMatchObject({ provider: 'a', status: act });
    expect(b.calls).toEqual([]);
  });

  it('does not make again what the call itself is to blame for', async () => {
    const b = new Played('b', [200]);
    expect(await route([new Played('a', [new SallyportError('UPSTREAM_GARBAGE')]), b]).send()).toBe('UPSTREAM_GARBAGE');
    expect(b.calls).toEqual([]);
  });

  it('waits before it asks the only provider again, longer each time', async () => {
    const a = new Played('a', [500, 500, 500, 200]);
    const { send, clock } = route([a], { retry: { tries: 4 } });
    const sending = send();
    for (const [waitMs, calls] of [
      [998, 1],
      [1, 2],
      [1_997, 2],
      [1, 3],
      [3_995, 3],
      [1, 4],
    ] as const) {
      await clock.pass(waitMs);
      expect(a.calls).toHaveLength(calls);
    }
    expect(await sending).toEqual({ provider: 'a', tries: 4, status: 200 });
  });

  it('makes `tries` calls in all, and gives the last failure as it is', async () => {
    const a = new Played('a', [500, { status: 503, headers: { 'retry-after': '1' } }, 200]);
    const { upstreams, call, clock } = route([a]);
    const sending = upstreams.send(call);
    await clock.pass(10_000);
    const { status, headers, body, tries } = await sending;
    expect({ status, headers, tries }).toEqual({ status: 503, headers: { 'retry-after': '1' }, tries: 2 });
    const chunks: string[] = [];
    for await (const chunk of body) chunks.push(Buffer.from(chunk).toString());
    expect(chunks).toEqual(['a:503']);
    expect(a.calls.at(-1)?.signal.aborted).toBe(false);
  });

  it('cuts off an answer that it does not take, and never the one that it takes', async () => {
    const [a, b] = [new Played('a', [500]), new Played('b', [200])];
    await route([a, b]).send();
    expect([a.calls[0]?.signal.aborted, b.calls[0]?.signal.aborted]).toEqual([true, false]);
  });

  it('begins again at the provider that is ready soonest', async () => {
    const [a, b] = [
      new Played('a', [{ status: 429, headers: { 'retry-after': '5' } }, 200]),
      new Played('b', [{ status: 429, headers: { 'retry-after-ms': '2000' } }, 200]),
    ];
    const { send, clock } = route([a, b], { retry: { tries: 3 } });
    const sending = send();
    await clock.pass(1_999);
    expect(b.calls).toHaveLength(1);
    await clock.pass(1);
    expect(await sending).toEqual({ provider: 'b', tries: 3, status: 200 });
  });

  it('waits as long as a provider asks for, and no longer than `maxBackoffMs`', async () => {
    const patient = route([new Played('a', [{ status: 429, headers: { 'retry-after': '8' } }, 200])]);
    const sending = patient.send();
    await patient.clock.pass(7_999);
    expect(patient.tried).toHaveLength(1);
    await patient.clock.pass(1);
    expect(await sending).toMatchObject({ tries: 2, status: 200 });

    const long = { status: 429, headers: { 'retry-after': '9' } };
    expect(await route([new Played('a', [long])]).send()).toEqual({ provider: 'a', tries: 1, status: 429 });
    expect(await route([new Played('a', [long]), new Played('b', [200])]).send()).toMatchObject({ provider: 'b' });
  });

  it('heeds `x-should-retry: false`: not here again, but elsewhere', async () => {
    const never = { status: 429, headers: { 'x-should-retry': 'false' } };
    expect(await route([new Played('a', [never])], { retry: { tries: 5 } }).send()).toMatchObject({
      tries: 1,
      status: 429,
    });
    expect(await route([new Played('a', [never]), new Played('b', [200])]).send()).toMatchObject({ provider: 'b' });
  });

  it('gives a try `perTryMs`, and all of them `totalMs`', async () => {
    const [a, b] = [new Played('a', ['never']), new Played('b', ['never'])];
    const { send, clock, tried } = route([a, b], { retry: { tries: 9, perTryMs: 400, totalMs: 1_000, backoffMs: 1 } });
    const sending = send();
    await clock.pass(399);
    expect(tried).toHaveLength(1);
    await clock.pass(1);
    expect(tried.map(({ provider }) => provider)).toEqual(['a', 'b']);
    expect(a.calls[0]?.signal.aborted).toBe(true);
    await clock.pass(600);
    expect(await sending).toBe('UPSTREAM_TIMEOUT');
    expect([clock.nowMs(), clock.pending]).toEqual([1_000, 0]);
  });

  it('does not begin a wait that would outlast `totalMs`: the failure is given at once', async () => {
    const { send, clock } = route([new Played('a', [{ status: 503, headers: { 'retry-after': '2' } }])], {
      retry: { totalMs: 2_000 },
    });
    expect(await send()).toEqual({ provider: 'a', tries: 1, status: 503 });
    expect(clock.nowMs()).toBe(0);
  });

  it('bounds no body: once the head is there, nothing is timed any more', async () => {
    const a = new Played('a', [200]);
    const { send, clock } = route([a], { retry: { perTryMs: 100, totalMs: 200 } });
    await send();
    await clock.pass(3_600_000);
    expect(a.calls[0]?.signal.aborted).toBe(false);
  });

  it('sends the same call each time: body, headers, idempotency key', async () => {
    const [a, b] = [new Played('a', [500]), new Played('b', [200])];
    const { send } = route([a, b]);
    await send();
    const [first, second] = [a.calls[0], b.calls[0]].map((call) => ({ ...call, signal: undefined }));
    expect(second).toEqual(first);
    expect(first?.headers).toEqual({ 'idempotency-key': 'once' });
  });

  it('asks a provider again only within the budget; the next one is no retry', async () => {
    const { send, clock } = route([new Played('a', [500])], { retry: { budgetPercent: 0, backoffMs: 1 } });
    const tries: unknown[] = [];
    for (let count = 0; count < BUDGET_FLOOR + 2; count += 1) {
      const sending = send();
      await clock.pass(2);
      tries.push(await sending);
    }
    expect(tries.map((one) => (one as TriedUpstream).tries)).toEqual([2, 2, 2, 1, 1]);

    const pair = route([new Played('a', [500]), new Played('b', [200])], { retry: { budgetPercent: 0 } });
    for (let count = 0; count < 8; count += 1) expect(await pair.send()).toMatchObject({ provider: 'b' });
  });

  it('passes over providers that do not speak the protocol', async () => {
    const [a, b] = [new Played('a', [200], ['gemini']), new Played('b', [200])];
    const { upstreams, send } = route([a, b]);
    expect(upstreams.speaking('openai-chat')).toEqual(['b']);
    expect(upstreams.speaking('anthropic-messages')).toEqual([]);
    expect(await send()).toMatchObject({ provider: 'b' });
    expect(a.calls).toEqual([]);
  });

  it('passes over providers that may not serve, and asks about each when it is its turn, once', async () => {
    const [a, b, c] = [new Played('a', [500]), new Played('b', [200]), new Played('c', [500, 200])];
    const { upstreams, call, told, clock } = route([a, b, c], { retry: { tries: 4 } });
    const asked: string[] = [];
    const mayServe = (provider: string) => {
      asked.push(provider);
      return provider !== 'b';
    };
    const sending = told(upstreams.send({ ...call, mayServe }));
    await clock.pass(5_000);
    expect(await sending).toMatchObject({ provider: 'c', status: 200 });
    expect(b.calls).toEqual([]);
    expect(asked.filter((one) => one === 'b')).toEqual(['b']);
    asked.length = 0;
    const first = new Played('a', [200]);
    const calm = route([first, b]);
    await calm.upstreams.send({ ...calm.call, mayServe });
    expect(asked).toEqual(['a']);
  });

  it('gives the failure that it has when nobody else may serve', async () => {
    const b = new Played('b', [200]);
    const long = { status: 503, headers: { 'retry-after': '9' } };
    const { upstreams, call, told } = route([new Played('a', [long]), b]);
    const mayServe = (provider: string) => provider === 'a';
    expect(await told(upstreams.send({ ...call, mayServe }))).toEqual({ provider: 'a', tries: 1, status: 503 });
    expect(b.calls).toEqual([]);
  });

  it('asks nobody else about what lives at one provider', async () => {
    const [a, b] = [new Played('a', [500]), new Played('b', [500, 200])];
    const { upstreams, call, told, clock } = route([a, b]);
    expect(upstreams.pinned('c')).toBeUndefined();
    const pinned = upstreams.pinned('b');
    if (pinned === undefined) throw new Error('no such provider');
    const sending = told(pinned.send(call));
    await clock.pass(1_000);
    expect(await sending).toEqual({ provider: 'b', tries: 2, status: 200 });
    expect(a.calls).toEqual([]);
  });
});

describe('RouteUpstreams.send() of an exchange that ends', () => {
  it('stops a try at once', async () => {
    const b = new Played('b', [200]);
    const { send, exchange, clock } = route([new Played('a', ['never']), b]);
    const sending = send();
    await clock.pass(1);
    exchange.abort();
    expect(await sending).toBe('UPSTREAM_BROKEN');
    expect([b.calls.length, clock.pending]).toEqual([0, 0]);
  });

  it('stops a wait at once, and lets go of the answer that failed', async () => {
    const a = new Played('a', [500, 200]);
    const { send, exchange, clock } = route([a]);
    const sending = send();
    await clock.pass(1);
    exchange.abort();
    expect(await sending).toBe('UPSTREAM_BROKEN');
    expect([a.calls.length, clock.pending, a.calls[0]?.signal.aborted]).toEqual([1, 0, true]);
  });

  it('asks nobody when it ended before', async () => {
    const a = new Played('a', [200]);
    const { send, exchange } = route([a]);
    exchange.abort();
    expect(await send()).toBe('UPSTREAM_BROKEN');
    expect(a.calls).toEqual([]);
  });

  it('cuts off the answer that was taken', async () => {
    const a = new Played('a', [200]);
    const { send, exchange } = route([a]);
    await send();
    exchange.abort();
    expect(a.calls[0]?.signal.aborted).toBe(true);
  });
});

describe('RouteUpstreams.send() behind circuit breakers', () => {
  const breaker = { failures: 2, windowMs: 60_000, openMs: 5_000 };

  it('leaves a provider alone that failed often enough, and comes back to it', async () => {
    const a = new Played('a', [503, UNREACHABLE, 200]);
    const { send, clock } = route([a, new Played('b', [200])], { breaker });
    const served = async () => ((await send()) as TriedUpstream).provider;
    expect([await served(), await served(), await served()]).toEqual(['b', 'b', 'b']);
    expect(a.calls).toHaveLength(2);
    await clock.pass(5_000);
    expect([await served(), await served()]).toEqual(['a', 'a']);
  });

  it('is unreachable when every circuit is open, without a single call', async () => {
    const a = new Played('a', [502]);
    const { send, upstreams, call, tried, clock } = route([a], { breaker });
    const sending = send();
    await clock.pass(1_000);
    expect(await sending).toMatchObject({ status: 502, tries: 2 });
    await expect(upstreams.send(call)).rejects.toMatchObject({
      code: 'UPSTREAM_UNREACHABLE',
      detail: 'the circuit of every provider that may serve is open',
    });
    expect([a.calls.length, tried.length]).toEqual([2, 2]);
  });

  it('gives the failure that it has when the circuit opened before the next try', async () => {
    const a = new Played('a', [502]);
    const { send, clock } = route([a], { breaker: { ...breaker, failures: 1 } });
    const sending = send();
    await clock.pass(1_000);
    expect(await sending).toEqual({ provider: 'a', tries: 1, status: 502 });
  });

  it('does not count what one request may be to blame for, nor what a client ended', async () => {
    for (const act of [500, 429, 408, 409, 400] as const) {
      const a = new Played('a', [act]);
      const { send } = route([a], { breaker, retry: { tries: 1 } });
      for (let count = 0; count < 5; count += 1) await send();
      expect(a.calls).toHaveLength(5);
    }
    const gone = new Played('a', ['never']);
    const { upstreams, call, told, clock } = route([gone], { breaker });
    for (let count = 0; count < 5; count += 1) {
      const exchange = new AbortController();
      const sending = told(upstreams.send({ ...call, signal: exchange.signal }));
      await clock.pass(1);
      exchange.abort();
      await sending;
    }
    expect(gone.calls).toHaveLength(5);
  });
});
