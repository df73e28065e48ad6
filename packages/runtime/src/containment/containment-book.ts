import {
  AGENT_GROUP_PREFIX,
  type BudgetRefusal,
  type Contained,
  type Containment,
  type ContainmentAction,
  type ContainmentQuery,
  type Containments,
} from '@sallyport/core';
import { TokenBucket } from './token-bucket.ts';

const MINUTE_MS = 60_000;

interface Held {
  readonly containment: Containment;
  readonly untilMs: number;
  /** Of a throttle. */
  readonly bucket?: TokenBucket;
}

export interface BookClock {
  /** Milliseconds of a clock that only goes forward, and since 1970. */
  readonly nowMs: () => number;
  readonly dateMs: () => number;
}

/** What is held back now, found by whom and what a question names. Expiry is exact: what is over is passed by before anybody takes it out. */
export class ContainmentBook implements Containments {
  readonly #clock: BookClock;
  readonly #held = new Map<string, Held>();
  readonly #byName = new Map<string, Held[]>();
  #version = 0;

  constructor(clock: BookClock) {
    this.#clock = clock;
  }

  get version(): number {
    return this.#version;
  }

  get all(): readonly Containment[] {
    return [...this.#held.values()].map(({ containment }) => containment);
  }

  get size(): number {
    return this.#held.size;
  }

  /** Whether the same is done about the same already. */
  has(action: ContainmentAction, { kind, name, tenant }: Contained): boolean {
    const nowMs = this.#clock.dateMs();
    const held = this.#byName.get(keyOf(kind, name)) ?? [];
    return held.some(({ containment: { action: other, of }, untilMs }) => {
      return untilMs > nowMs && other === action && of.tenant === tenant;
    });
  }

  get(id: string): Containment | undefined {
    return this.#held.get(id)?.containment;
  }

  put(containment: Containment): void {
    const { perMinute, until, of } = containment;
    const bucket = perMinute === undefined ? undefined : new TokenBucket({ perMinute }, this.#clock.nowMs);
    const held = { containment, untilMs: Date.parse(until), ...(bucket && { bucket }) };
    this.#held.set(containment.id, held);
    const key = keyOf(of.kind, of.name);
    this.#byName.set(key, [...(this.#byName.get(key) ?? []), held]);
    this.#version += 1;
  }

  remove(id: string): void {
    const held = this.#held.get(id);
    if (held === undefined) return;
    this.#held.delete(id);
    const { kind, name } = held.containment.of;
    const left = (this.#byName.get(keyOf(kind, name)) ?? []).filter((other) => other !== held);
    if (left.length > 0) this.#byName.set(keyOf(kind, name), left);
    else this.#byName.delete(keyOf(kind, name));
    this.#version += 1;
  }

  holding(action: ContainmentAction, query: ContainmentQuery): string | undefined {
    for (const { containment } of this.#of(query)) if (containment.action === action) return containment.id;
    return undefined;
  }

  throttled(query: ContainmentQuery): BudgetRefusal | undefined {
    const throttles = [...this.#of(query)].flatMap(({ containment, bucket }) =>
      bucket ? [{ containment, bucket }] : [],
    );
    const full = throttles.find(({ bucket }) => bucket.waitMs > 0);
    if (full === undefined) {
      for (const { bucket } of throttles) bucket.take();
      return undefined;
    }
    const hit = { limit: `throttle:${full.containment.id}`, unit: 'requests', window: 'minute', mode: 'hard' } as const;
    return { fault: 'RATE_LIMITED', hits: [hit], standings: [], retryAfterMs: Math.min(full.bucket.waitMs, MINUTE_MS) };
  }

  *#of({ principal, resource, model = '' }: ContainmentQuery): Generator<Held> {
    if (this.#held.size === 0) return;
    const nowMs = this.#clock.dateMs();
    const { kind, id, tenant, onBehalfOf } = principal;
    yield* this.#named(keyOf('principal', `${kind}/${id}`), tenant, nowMs);
    if (kind === 'agent') yield* this.#named(keyOf('agent', id), tenant, nowMs);
    if (onBehalfOf !== undefined)
      yield* this.#named(keyOf('principal', `user/${onBehalfOf.id}`), onBehalfOf.tenant, nowMs);
    if (model !== '' && resource?.kind !== 'model') yield* this.#named(keyOf('model', model), tenant, nowMs);
    if (resource === undefined || resource.kind === 'data-source') return;
    yield* this.#named(keyOf(resource.kind, resource.id), tenant, nowMs);
    if (resource.kind === 'model') return;
    for (const group of resource.groups) {
      if (!group.startsWith(AGENT_GROUP_PREFIX)) continue;
      yield* this.#named(keyOf('agent', group.slice(AGENT_GROUP_PREFIX.length)), tenant, nowMs);
    }
  }

  *#named(key: string, tenant: string, nowMs: number): Generator<Held> {
    for (const held of this.#byName.get(key) ?? []) {
      const { of } = held.containment;
      if (held.untilMs > nowMs && (of.tenant === undefined || of.tenant === tenant)) yield held;
    }
  }
}

function keyOf(kind: Contained['kind'], name: string): string {
  return `${kind}\n${name}`;
}
