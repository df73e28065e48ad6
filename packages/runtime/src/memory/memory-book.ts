import {
  BoundedCache,
  knownError,
  type Memories,
  type MemoryLabel,
  type MemoryPlace,
  type MemoryReader,
  type MemoryState,
  type MemoryStore,
  type MemoryWrite,
  type Owner,
  ownerParts,
  type SallyportError,
  type StoredPiece,
  worseLabel,
} from '@sallyport/core';

/** Memories whose labels are at hand, and how many of their keys: others are read again from the store. */
const AT_HAND = { maxEntries: 1_024, maxWeight: 4_194_304 };

export interface MemoryBookParts {
  readonly store: MemoryStore;
  /** Keyed. */
  readonly fingerprint: (text: string) => string;
  readonly report: (error: SallyportError, exchange: string) => void;
}

/** One memory, with its labels by key. */
interface Opened {
  readonly byKey: Map<string, MemoryLabel>;
  readonly lost: boolean;
  /** Another one as soon as a label is worse or new. */
  state: MemoryState;
}

/** Whatever it says, anybody may have written it. */
const ANYBODY: MemoryLabel = {
  integrity: 'untrusted',
  shape: 'free',
  readers: 'session',
  origin: { path: '', line: 1 },
};

/**
 * Labels of what is written into memories, for all who read them later. A memory that cannot be read from the store is one that anybody
 * may have written; one that cannot be written to stops the call that would.
 */
export class MemoryBook implements Memories {
  private readonly parts: MemoryBookParts;
  private readonly atHand = new BoundedCache<Opened>(AT_HAND);

  constructor(parts: MemoryBookParts) {
    this.parts = parts;
  }

  reader(owner: Owner): MemoryReader {
    const names = new Map<string, string>();
    const unreadable = new Map<string, Opened>();
    const nameOf = (place: MemoryPlace) => {
      const own = `${place.scope} ${place.name}`;
      const name = names.get(own) ?? this.placeOf(owner, place);
      names.set(own, name);
      return name;
    };
    const opened = (place: MemoryPlace) => {
      const name = nameOf(place);
      const known = unreadable.get(name) ?? this.opened(name);
      if (known !== undefined) return known;
      // It is not asked for again, so that it is said once.
      const anybodys: Opened = { byKey: new Map(), lost: true, state: { memory: name } };
      unreadable.set(name, anybodys);
      return anybodys;
    };
    return {
      stateOf: (place) => {
        const { byKey, lost, state } = opened(place);
        return lost || byKey.size > 0 ? state : undefined;
      },
      sealed: (place, keys) => keys.map((each) => this.keyed(nameOf(place), each)),
      recall: (place, sealed) => recalled(opened(place), sealed),
    };
  }

  wrote(owner: Owner, { place, pieces, truncated }: MemoryWrite): void {
    if (pieces.length === 0 && !truncated) return;
    const { store } = this.parts;
    const name = this.placeOf(owner, place);
    const stored = pieces.map(({ keys, label }): StoredPiece => {
      const sealed = keys.map((each) => this.keyed(name, each));
      return { id: this.parts.fingerprint(JSON.stringify([name, label, sealed])), keys: sealed, label };
    });
    const known = this.atHand.get(name);
    // Should the store break, what is at hand may say less than was written.
    this.atHand.delete(name);
    // First, so that no end of the process leaves a part of it that nobody knows of.
    if (truncated) store.lose(name);
    const isWhole = store.put(name, stored);
    if (isWhole && !truncated && known !== undefined) this.keep(name, known, stored);
  }

  private keep(name: string, opened: Opened, pieces: readonly StoredPiece[]): Opened {
    let isSame = true;
    for (const { keys, label } of pieces) {
      for (const key of keys) {
        const before = opened.byKey.get(key);
        const after = before === undefined ? label : worseLabel(before, label);
        if (after === before) continue;
        opened.byKey.set(key, after);
        isSame = false;
      }
    }
    if (!isSame) opened.state = { memory: name };
    this.atHand.set(name, opened, 1 + opened.byKey.size);
    return opened;
  }

  /** @returns undefined where it cannot be read */
  private opened(name: string): Opened | undefined {
    const known = this.atHand.get(name);
    if (known !== undefined) return known;
    try {
      const { pieces, lost } = this.parts.store.of(name);
      return this.keep(name, { byKey: new Map(), lost, state: { memory: name } }, pieces);
    } catch (error) {
      this.parts.report(knownError(error), '');
      return undefined;
    }
  }

  private placeOf(owner: Owner, { name, scope }: MemoryPlace): string {
    const whose = scope === 'owner' ? ownerParts(owner) : [owner.tenant];
    return this.parts.fingerprint(JSON.stringify(['memory', scope, name, ...whose]));
  }

  private keyed(place: string, key: string): string {
    return this.parts.fingerprint(`${place} ${key}`).slice(0, 16);
  }
}

function recalled({ byKey, lost }: Opened, keys: readonly string[]): MemoryLabel | undefined {
  let found: MemoryLabel | undefined;
  for (const key of keys) {
    const label = byKey.get(key);
    if (label !== undefined) found = found === undefined ? label : worseLabel(found, label);
  }
  return found ?? (lost ? ANYBODY : undefined);
}
