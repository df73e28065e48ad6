import type { AuditRecord, SignalRecord } from '@sallyport/core';
import type { SignalMove } from '../signals/signal.ts';
import { Peers } from './peers.ts';
import { PrincipalConduct } from './principal-conduct.ts';
import { readConduct } from './read-conduct.ts';

/** Principals whose conduct is looked at; for a new one, the one that came least lately makes room. */
export const CONDUCTS_MAX = 2_000;

interface Held {
  readonly conduct: PrincipalConduct;
  bytes: number;
}

/**
 * How principals, and agents that act for nobody, conduct themselves over many exchanges: whether they probe, copy a model, make cost or go in circles.
 * Each is held against fixed bounds, its own past and all others.
 * Cost: 5 us an exchange; memory: 8 KB a principal at most.
 */
export class ConductWatch {
  readonly #batch: ReadonlySet<string>;
  readonly #max: number;
  readonly #peers = new Peers();
  readonly #held = new Map<string, Held>();
  #bytes = 0;

  /** @param batch names of principals that ask one template through, and much of it, because they are meant to */
  constructor(batch: readonly string[] = [], max = CONDUCTS_MAX) {
    this.#batch = new Set(batch);
    this.#max = max;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#held.size;
  }

  /** @returns what was found; it is found again with the next exchange until `told`, or its own record, says that it was recorded */
  take(record: AuditRecord): readonly SignalMove[] {
    if (record.kind === 'signal') this.#recorded(record);
    const event = readConduct(record);
    if (event === undefined) return [];
    const { scope, name } = event.who;
    const held = this.#of(`${scope} ${name}`);
    const found = held.conduct.take(event, this.#peers, this.#batch.has(name));
    const { bytes } = held.conduct;
    this.#bytes += bytes - held.bytes;
    held.bytes = bytes;
    return found;
  }

  /** A move is about to be recorded. */
  told({ series, category, moved }: SignalMove): void {
    const how = moved?.[0]?.kind;
    if (category !== undefined && how !== undefined) this.#known(series)?.told(category, how);
  }

  /** It could not be. */
  untold({ series, category, moved }: SignalMove): void {
    const how = moved?.[0]?.kind;
    if (category !== undefined && how !== undefined) this.#known(series)?.untold(category, how);
  }

  #recorded({ category, moved, scope, name, at }: SignalRecord): void {
    const how = moved?.[0]?.kind;
    const atMs = Date.parse(at);
    if (category === undefined || how === undefined || Number.isNaN(atMs)) return;
    this.#known({ scope, name })?.told(category, how, atMs);
  }

  #known({ scope, name }: { readonly scope: string; readonly name: string }): PrincipalConduct | undefined {
    return this.#held.get(`${scope} ${name}`)?.conduct;
  }

  /** Makes room. @returns whether there was anything to forget */
  forgetLeast(): boolean {
    for (const [key, { bytes }] of this.#held) {
      this.#bytes -= bytes;
      return this.#held.delete(key);
    }
    return false;
  }

  #of(key: string): Held {
    const held = this.#held.get(key) ?? { conduct: new PrincipalConduct(), bytes: 0 };
    this.#held.delete(key);
    this.#held.set(key, held);
    if (this.#held.size > this.#max) this.forgetLeast();
    return held;
  }
}
