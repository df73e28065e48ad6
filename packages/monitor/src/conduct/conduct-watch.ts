import type { AuditRecord, SignalRecord } from '@sallyport/core';
import type { SeriesName, SignalMove } from '../signals/signal.ts';
import { Peers } from './peers.ts';
import { PrincipalConduct } from './principal-conduct.ts';
import { readConduct } from './read-conduct.ts';

/** Principals whose conduct is looked at; for a new one, the one that came least lately makes room, of the tenant that has most. */
export const CONDUCTS_MAX = 2_000;

interface Held {
  readonly conduct: PrincipalConduct;
  bytes: number;
}

/** The principals of one tenant: what others of theirs do says nothing of them. */
interface Tenant {
  readonly peers: Peers;
  /** The one that came last comes last. */
  readonly held: Map<string, Held>;
}

type Named = Pick<SeriesName, 'name' | 'tenant'> & { readonly scope: string };

/**
 * How principals, and agents that act for nobody, conduct themselves over many exchanges: whether they probe, copy a model, make cost or go in circles.
 * Each is held against fixed bounds, its own past and the others of its tenant.
 * Cost: 17 us an exchange; memory: 130 KB a principal at most.
 */
export class ConductWatch {
  readonly #batch: ReadonlySet<string>;
  readonly #max: number;
  readonly #tenants = new Map<string, Tenant>();
  #size = 0;
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
    return this.#size;
  }

  /** @returns what was found; it is found again with the next exchange until `told`, or its own record, says that it was recorded */
  take(record: AuditRecord): readonly SignalMove[] {
    if (record.kind === 'signal') this.#recorded(record);
    const event = readConduct(record);
    if (event === undefined) return [];
    const held = this.#of(event.who);
    const found = held.conduct.take(event, this.#batch.has(event.who.name));
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

  #recorded({ category, moved, at, ...who }: SignalRecord): void {
    const how = moved?.[0]?.kind;
    const atMs = Date.parse(at);
    if (category === undefined || how === undefined || Number.isNaN(atMs)) return;
    this.#known(who)?.told(category, how, atMs);
  }

  #known(who: Named): PrincipalConduct | undefined {
    return this.#tenants.get(who.tenant ?? '')?.held.get(keyOf(who))?.conduct;
  }

  /** Makes room. @returns whether there was anything to forget */
  forgetLeast(): boolean {
    let largest: readonly [name: string, tenant: Tenant] | undefined;
    for (const each of this.#tenants) {
      if (each[1].held.size > (largest?.[1].held.size ?? 0)) largest = each;
    }
    if (largest === undefined) return false;
    const [name, { peers, held }] = largest;
    for (const [key, { bytes }] of held) {
      held.delete(key);
      peers.forget(key);
      this.#bytes -= bytes;
      this.#size -= 1;
      break;
    }
    if (held.size === 0) this.#tenants.delete(name);
    return true;
  }

  #of(who: Named): Held {
    const { peers, held } = this.#tenantOf(who.tenant ?? '');
    const key = keyOf(who);
    const known = held.get(key);
    const one = known ?? { conduct: new PrincipalConduct(peers.among(key)), bytes: 0 };
    held.delete(key);
    held.set(key, one);
    if (known !== undefined) return one;
    this.#size += 1;
    if (this.#size > this.#max) this.forgetLeast();
    return one;
  }

  #tenantOf(name: string): Tenant {
    const tenant = this.#tenants.get(name) ?? { peers: new Peers(), held: new Map<string, Held>() };
    this.#tenants.set(name, tenant);
    return tenant;
  }
}

function keyOf({ scope, name }: Named): string {
  return `${scope} ${name}`;
}
