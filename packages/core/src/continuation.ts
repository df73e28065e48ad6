import type { Fault } from './errors.ts';
import type { Arrival, Destination, House } from './house.ts';
import type { Ledger, LedgerEntry, Placed } from './ledger.ts';
import { isSameOwner, ownerOf } from './owner.ts';
import type { BodyFacts, ParsedRequest, Slice, SliceContent } from './protocol.ts';
import type { UnseenHistory } from './transcript.ts';

/** Placeholders that one entry remembers. */
export const PLACED_MAX = 1_000;

/** Where a request may go that refers to what a provider keeps. */
export interface Continued {
  readonly destination: Destination;
  /** The provider that keeps it; `undefined` for a request that refers to nothing known. */
  readonly pinned: string | undefined;
  readonly model: string;
}

const NOBODY_KNOWS: UnseenHistory = { tainted: true, private: true, writes: 0 };
const UNKNOWN: Fault = { fault: 'UNKNOWN_CONTINUATION' };

/**
 * What a request goes on with, and what its answer leaves at the provider. Nobody goes on with what is somebody else's: of a
 * stranger's id and of one that never was, the answer is the same.
 */
export class Continuation {
  private readonly arrival: Arrival;
  private readonly house: House;
  private readonly ledger: Ledger;
  private readonly facts: BodyFacts;
  private readonly known: readonly LedgerEntry[];
  /** What is known of things that come with what they name. */
  private readonly mentioned: readonly LedgerEntry[];
  /** Something that it refers to is unknown here. */
  private readonly unknown: boolean;
  private readonly remembered = new Set<string>();
  /** Those of them that were not known before. */
  private readonly made = new Set<string>();

  constructor(arrival: Arrival, house: House, facts: BodyFacts) {
    this.arrival = arrival;
    this.house = house;
    this.ledger = house.ledger;
    this.facts = facts;
    const found = (facts.refersTo ?? []).map((id) => this.ledger.get(id));
    this.known = found.filter((entry) => entry !== undefined);
    this.unknown = this.known.length < found.length;
    this.mentioned = (facts.mentions ?? []).flatMap((id) => this.ledger.get(id) ?? []);
  }

  /** Placeholders that stand in what is gone on with. */
  get placed(): readonly Placed[] {
    return this.known.flatMap(({ placed }) => placed);
  }

  /** Data sources that what is gone on with has read. */
  get sources(): readonly string[] {
    return this.known.flatMap(({ sources = [] }) => sources);
  }

  /** Id of the session that it goes on with: of several, the one that was gone on with last. */
  get session(): string | undefined {
    return this.known.filter(({ sessionId }) => sessionId !== undefined).sort((a, b) => (a.at < b.at ? 1 : -1))[0]
      ?.sessionId;
  }

  /** What is known of the history that only the provider has; nothing where there is none. */
  get before(): UnseenHistory | undefined {
    if (!this.unknown && this.known.length === 0) return undefined;
    const known = this.known.map(({ session }) => session ?? NOBODY_KNOWS);
    return (this.unknown ? [...known, NOBODY_KNOWS] : known).reduce((sum, each) => ({
      tainted: sum.tainted || each.tainted,
      private: sum.private || each.private,
      writes: Math.max(sum.writes, each.writes),
    }));
  }

  /** Where it leads: to the provider that keeps what it refers to, on a route that its model takes. */
  lead(): Continued | Fault {
    const { adapter, endpoint } = this.arrival;
    if (endpoint.uninspected === true) return this.passage();
    const [first] = this.known;
    for (const entry of [...this.known, ...this.mentioned]) {
      if (!this.isOwn(entry) || entry.protocol !== adapter.id) return UNKNOWN;
    }
    if (this.known.some(({ provider }) => provider !== first?.provider)) return UNKNOWN;
    const { model } = this.facts;
    if (model === '' && first !== undefined) {
      const destination = this.house.routeNamed(first.route);
      return destination === undefined ? UNKNOWN : this.at(destination, first.model);
    }
    // Nothing says to whom it should go.
    if (model === '' && this.unknown) return UNKNOWN;
    const wanted = model === '' && this.facts.generates === false ? undefined : model;
    const destination = this.house.destination({ model: wanted, protocol: adapter.id });
    return 'fault' in destination ? destination : this.at(destination, model);
  }

  private passage(): Continued | Fault {
    const destination = this.house.passage(this.arrival.adapter.id);
    if (destination === undefined) return { fault: 'UNKNOWN_PATH' };
    return { destination, pinned: undefined, model: 'uninspected' };
  }

  /** The request, with what is unknown of its history: nobody here has seen it. */
  withHistory(parsed: ParsedRequest): ParsedRequest {
    return this.unknown ? { ...parsed, slices: [...parsed.slices, new UnknownHistory()] } : parsed;
  }

  /**
   * Remembers what an answer leaves at its provider; before any of it is told to the client.
   * @param ids as the answer names them
   * @param where it went
   */
  remember(ids: readonly string[], where: Omit<LedgerEntry, 'id' | 'tenant' | 'principal' | 'protocol' | 'at'>): void {
    if (this.facts.stores !== true) return;
    const { principal, adapter } = this.arrival;
    const { tenant, ...owner } = ownerOf(principal);
    const at = this.house.clock.iso();
    const entries = ids.map((id) => ({
      id,
      tenant,
      principal: owner,
      protocol: adapter.id,
      ...where,
      placed: where.placed.slice(-PLACED_MAX),
      at,
    }));
    // An answer that names what is another's does not make it this one's.
    const free = entries.filter(({ id }) => {
      const other = this.ledger.get(id);
      if (other === undefined) this.made.add(id);
      return other === undefined || this.isOwn(other);
    });
    if (free.length > 0) this.ledger.put(free);
    for (const { id } of free) this.remembered.add(id);
  }

  isRemembered(id: string): boolean {
    return this.remembered.has(id);
  }

  /** Of an answer that was refused nothing may be gone on with; what was there before it stays. */
  forget(): void {
    if (this.made.size > 0) this.ledger.forget([...this.made]);
  }

  private isOwn({ tenant, principal }: LedgerEntry): boolean {
    return isSameOwner({ tenant, ...principal }, ownerOf(this.arrival.principal));
  }

  private at(destination: Destination, model: string): Continued | Fault {
    if (this.unknown && destination.continuation === 'closed') return UNKNOWN;
    const pinned = this.known[0]?.provider;
    if (pinned !== undefined && destination.upstreams.pinned(pinned) === undefined) return UNKNOWN;
    return { destination, pinned, model };
  }
}

class UnknownHistory implements Slice {
  readonly kind = 'rest';
  readonly member = 'history';
  readonly bytes = new Uint8Array(0);

  open(): SliceContent {
    return { segments: [], unseen: [{ kind: 'history', at: '', bytes: 0 }] };
  }
}
