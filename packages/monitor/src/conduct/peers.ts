import { HOUR_MS } from './hours.ts';

/** Other principals of a tenant below which nobody knows what is usual among them. */
export const PEERS_MIN = 10;
/** What is compared: sums of an hour, and the share of its exchanges that was stopped. */
export const PEER_UNITS = ['tokens', 'cost', 'stopped'] as const;
export type PeerUnit = (typeof PEER_UNITS)[number];

/** Of whom nothing came for so long does not count. */
const FORGOTTEN_MS = 7 * 24 * HOUR_MS;
const HIGH = 0.95;

/** One principal among those of its tenant. */
export interface AmongPeers {
  /** What is usual with it. */
  set(unit: PeerUnit, value: number, atMs: number): void;
  /** What is usual with 95 % of the others stays below; undefined of too few. */
  high(unit: PeerUnit): number | undefined;
}

/** What is usual with the principals of one tenant, each of which counts once, and never for itself. Memory: what the principals are counted with. */
export class Peers {
  readonly #units: Readonly<Record<PeerUnit, UsualValues>> = {
    tokens: new UsualValues(),
    cost: new UsualValues(),
    stopped: new UsualValues(),
  };

  among(who: string): AmongPeers {
    return {
      set: (unit, value, atMs) => this.#units[unit].set(who, { value, atMs }),
      high: (unit) => this.#units[unit].highBeside(who),
    };
  }

  forget(who: string): void {
    for (const unit of PEER_UNITS) this.#units[unit].forget(who);
  }
}

interface Usual {
  readonly value: number;
  readonly atMs: number;
}

class UsualValues {
  readonly #values = new Map<string, Usual>();
  /** Smallest first, until one changes. */
  #sorted: readonly number[] | undefined;

  set(who: string, usual: Usual): void {
    this.#sorted = undefined;
    this.#values.set(who, usual);
    for (const [name, { atMs }] of this.#values) {
      if (Math.abs(usual.atMs - atMs) > FORGOTTEN_MS) this.#values.delete(name);
    }
  }

  forget(who: string): void {
    if (this.#values.delete(who)) this.#sorted = undefined;
  }

  highBeside(who: string): number | undefined {
    const own = this.#values.get(who)?.value;
    const others = this.#values.size - Number(own !== undefined);
    if (others < PEERS_MIN) return undefined;
    this.#sorted ??= Array.from(this.#values.values(), ({ value }) => value).sort((a, b) => a - b);
    // Never the highest: one other must not lift the bound for its friend.
    const at = Math.min(Math.floor(HIGH * others), others - 2);
    const value = this.#sorted[at] ?? 0;
    return own !== undefined && own <= value ? this.#sorted[at + 1] : value;
  }
}
