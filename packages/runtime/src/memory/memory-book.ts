import {
  BoundedCache,
  INTEGRITIES,
  knownError,
  type Memories,
  type MemoryLabel,
  type MemoryPlace,
  type MemoryReader,
  type MemoryStore,
  type MemoryWrite,
  type Owner,
  ownerParts,
  type SallyportError,
  type StoredPiece,
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
  lost: boolean;
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
    const key = this.parts.fingerprint(JSON.stringify(['memories', ...ownerParts(owner)]));
    return {
      key,
      knows: (place) => {
        const { byKey, lost } = this.opened(this.placeOf(owner, place));
        return lost || byKey.size > 0;
      },
      recall: (place, keys) => {
        const name = this.placeOf(owner, place);
        return recalled(
          this.opened(name),
          keys.map((each) => this.keyed(name, each)),
        );
      },
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
    // Should the store break, what is at hand may say less than was written.
    this.atHand.delete(name);
    const isWhole = store.put(name, stored);
    if (truncated) store.lose(name);
    if (!isWhole || truncated) this.atHand.delete(name);
  }

  private opened(name: string): Opened {
    const known = this.atHand.get(name);
    if (known !== undefined) return known;
    try {
      const { pieces, lost } = this.parts.store.of(name);
      const opened: Opened = { byKey: new Map(), lost };
      for (const { keys, label } of pieces) {
        for (const key of keys) opened.byKey.set(key, worse(opened.byKey.get(key), label));
      }
      this.atHand.set(name, opened, 1 + opened.byKey.size);
      return opened;
    } catch (error) {
      this.parts.report(knownError(error), '');
      return { byKey: new Map(), lost: true };
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
    if (label !== undefined) found = worse(found, label);
  }
  return found ?? (lost ? ANYBODY : undefined);
}

/** What two labels of one text come to: of equal ones the first tells where it stood. */
function worse(one: MemoryLabel | undefined, other: MemoryLabel): MemoryLabel {
  if (one === undefined || one === other) return other;
  const worst = rankOf(other) > rankOf(one) ? other : one;
  return {
    ...worst,
    shape: one.shape === 'free' || other.shape === 'free' ? 'free' : 'atom',
    readers: one.readers === 'session' || other.readers === 'session' ? 'session' : 'public',
  };
}

function rankOf({ integrity }: MemoryLabel): number {
  return INTEGRITIES.indexOf(integrity);
}
