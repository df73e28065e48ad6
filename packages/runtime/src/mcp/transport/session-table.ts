import type { TransportClock } from './transport-clock.ts';

/** A session that a table keeps. */
export interface HeldSession {
  readonly owner: string;
  /** A request is under way, or a stream is open. */
  readonly isBusy: boolean;
  /** Ends it. Twice is once. */
  close(): Promise<void>;
}

export interface SessionBounds {
  readonly maxSessions: number;
  /** Of one owner. */
  readonly maxPerPrincipal: number;
  readonly idleMs: number;
}

interface Held<S> {
  readonly key: string;
  readonly session: S;
  lastMs: number;
  callOff: () => void;
}

/** Sessions by their keys, within bounds. One that is idle for too long ends; of an owner with too many, the one that was idle longest. */
export class SessionTable<S extends HeldSession> {
  readonly #bounds: SessionBounds;
  readonly #clock: TransportClock;
  readonly #byKey = new Map<string, Held<S>>();
  readonly #byOwner = new Map<string, Set<Held<S>>>();

  constructor(bounds: SessionBounds, clock: TransportClock) {
    this.#bounds = bounds;
    this.#clock = clock;
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** The session, which is in use by that. */
  get(key: string): S | undefined {
    const held = this.#byKey.get(key);
    if (held === undefined) return undefined;
    held.lastMs = this.#clock.nowMs();
    return held.session;
  }

  /** Makes room for one more session of the owner, at the cost of another of that owner alone. @returns whether there is room */
  makeRoom(owner: string): boolean {
    const { maxSessions, maxPerPrincipal } = this.#bounds;
    const isFull = () => this.size >= maxSessions || (this.#byOwner.get(owner)?.size ?? 0) >= maxPerPrincipal;
    if (!isFull()) return true;
    let idlest: Held<S> | undefined;
    for (const held of this.#byOwner.get(owner) ?? []) {
      if (!held.session.isBusy && (idlest === undefined || held.lastMs < idlest.lastMs)) idlest = held;
    }
    if (idlest !== undefined) this.#end(idlest);
    return !isFull();
  }

  add(key: string, session: S): void {
    const held: Held<S> = { key, session, lastMs: this.#clock.nowMs(), callOff: () => undefined };
    this.#byKey.set(key, held);
    const own = this.#byOwner.get(session.owner) ?? new Set();
    this.#byOwner.set(session.owner, own.add(held));
    this.#watch(held, this.#bounds.idleMs);
  }

  /** Forgets a session that has ended. */
  remove(key: string): void {
    const held = this.#byKey.get(key);
    if (held === undefined) return;
    held.callOff();
    this.#byKey.delete(key);
    const own = this.#byOwner.get(held.session.owner);
    own?.delete(held);
    if (own?.size === 0) this.#byOwner.delete(held.session.owner);
  }

  /** Ends all of them. */
  async closeAll(): Promise<void> {
    const all = [...this.#byKey.values()];
    for (const { key } of all) this.remove(key);
    await Promise.all(all.map(({ session }) => session.close()));
  }

  #watch(held: Held<S>, inMs: number): void {
    held.callOff = this.#clock.after(inMs, () => {
      const nowMs = this.#clock.nowMs();
      if (held.session.isBusy) held.lastMs = nowMs;
      const leftMs = held.lastMs + this.#bounds.idleMs - nowMs;
      if (leftMs > 0) this.#watch(held, leftMs);
      else this.#end(held);
    });
  }

  #end({ key, session }: Held<S>): void {
    this.remove(key);
    void session.close();
  }
}
