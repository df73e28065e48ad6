import { createHash } from 'node:crypto';
import type {
  MemoryLabel,
  MemoryPiece,
  MemoryPlace,
  MemoryReader,
  MemoryStore,
  Owner,
  StoredPiece,
} from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { MemoryBook } from './memory-book.ts';

const ANN: Owner = { tenant: 'house', kind: 'agent', id: 'ann' };
const BOB: Owner = { ...ANN, id: 'bob' };
const NOTES = { name: 'notes', scope: 'tenant' } as const;
const OWN = { name: 'notes', scope: 'owner' } as const;
const label = (more: Partial<MemoryLabel> = {}): MemoryLabel => ({
  integrity: 'third-party',
  shape: 'atom',
  readers: 'public',
  origin: { tool: 'read_file', path: '', line: 3, document: 'bill.txt' },
  ...more,
});
const piece = (keys: readonly string[], more: Partial<MemoryLabel> = {}): MemoryPiece => ({ keys, label: label(more) });

/** A store that lives as long as its test, for so many pieces. */
function mapStore(maxPieces = 100): MemoryStore & { broken: boolean } {
  const byPlace = new Map<string, StoredPiece[]>();
  const lost = new Set<string>();
  const store = {
    broken: false,
    of: (place: string) => {
      if (store.broken) throw new Error('broken');
      return { pieces: byPlace.get(place) ?? [], lost: lost.has(place) };
    },
    put: (place: string, pieces: readonly StoredPiece[]) => {
      if (store.broken) throw new Error('broken');
      const all = [...(byPlace.get(place) ?? []), ...pieces];
      byPlace.set(place, all.slice(-maxPieces));
      if (all.length > maxPieces) lost.add(place);
      return all.length <= maxPieces;
    },
    lose: (place: string) => void lost.add(place),
  };
  return store;
}

function bookOn(store: MemoryStore) {
  const reported: unknown[] = [];
  const book = new MemoryBook({
    store,
    fingerprint: (text) => createHash('sha256').update(text).digest('hex').slice(0, 32),
    report: (error) => reported.push(error),
  });
  const write = (owner: Owner, pieces: readonly MemoryPiece[], place: typeof NOTES | typeof OWN = NOTES) =>
    book.wrote(owner, { place, pieces, truncated: false });
  return { book, reported, write };
}

function recall(reader: MemoryReader, place: MemoryPlace, keys: readonly string[]) {
  return reader.recall(place, reader.sealed(place, keys));
}

describe('MemoryBook', () => {
  it('gives back what was written to every reader of its tenant, and of a new book on the same store', () => {
    const store = mapStore();
    const { book, write } = bookOn(store);
    write(ANN, [piece(['a', 'b'])]);
    for (const one of [book, bookOn(store).book]) {
      expect(recall(one.reader(BOB), NOTES, ['x', 'b'])).toEqual(label());
      expect(recall(one.reader(BOB), NOTES, ['x'])).toBeUndefined();
      expect(recall(one.reader({ ...ANN, tenant: 'other' }), NOTES, ['a'])).toBeUndefined();
      expect(one.reader({ ...ANN, tenant: 'other' }).stateOf(NOTES)).toBeUndefined();
      expect(recall(one.reader(ANN), { ...NOTES, name: 'other' }, ['a'])).toBeUndefined();
    }
  });

  it('keeps a memory that is one’s own to its owner', () => {
    const { book, write } = bookOn(mapStore());
    write(ANN, [piece(['a'])], OWN);
    expect(recall(book.reader(ANN), OWN, ['a'])).toEqual(label());
    expect(recall(book.reader(BOB), OWN, ['a'])).toBeUndefined();
    expect(book.reader(BOB).stateOf(OWN)).toBeUndefined();
  });

  it('gives the worst of several labels, and of equal ones the place where the first stood', () => {
    const { book, write } = bookOn(mapStore());
    write(ANN, [piece(['a'])]);
    write(BOB, [piece(['a'], { readers: 'session', origin: { path: '', line: 9 } })]);
    expect(recall(book.reader(ANN), NOTES, ['a'])).toEqual(label({ readers: 'session' }));
    write(BOB, [piece(['b'], { integrity: 'untrusted', shape: 'free' })]);
    expect(recall(book.reader(ANN), NOTES, ['a', 'b'])).toEqual(
      label({ integrity: 'untrusted', shape: 'free', readers: 'session' }),
    );
  });

  it('is in one state for all readers, and in another one as soon as a label is new or worse', () => {
    const { book, write } = bookOn(mapStore());
    const state = () => book.reader(BOB).stateOf(NOTES);
    expect(state()).toBeUndefined();
    write(ANN, [piece(['a', 'b'])]);
    const states = [state()];
    expect(book.reader(ANN).stateOf(NOTES)).toBe(states[0]);
    write(BOB, [piece(['b'], { origin: { path: '', line: 9 } })]);
    write(ANN, [piece(['a'])], OWN);
    expect(state()).toBe(states[0]);
    for (const more of [piece(['c']), piece(['a'], { shape: 'free' }), piece(['a'], { integrity: 'untrusted' })]) {
      write(BOB, [more]);
      states.push(state());
    }
    book.wrote(ANN, { place: NOTES, pieces: [], truncated: true });
    expect(new Set([...states, state()]).size).toBe(5);
    expect(recall(book.reader(ANN), NOTES, ['a'])).toMatchObject({ integrity: 'untrusted', shape: 'free' });
  });

  it('reads a memory from its store once, whatever is written then', () => {
    const store = mapStore();
    let reads = 0;
    const of = (place: string) => {
      reads += 1;
      return store.of(place);
    };
    const { book, write } = bookOn({ ...store, of });
    for (let at = 0; at < 5; at += 1) {
      expect(recall(book.reader(BOB), NOTES, [`key ${at}`])).toBeUndefined();
      write(ANN, [piece([`key ${at}`])]);
      expect(recall(book.reader(BOB), NOTES, [`key ${at}`])).toEqual(label());
    }
    expect(reads).toBe(1);
  });

  it('takes what it does not know for anybody’s once something was forgotten for room, or was not read', () => {
    const { book, write } = bookOn(mapStore(1));
    write(ANN, [piece(['a'])]);
    expect(recall(book.reader(ANN), NOTES, ['x'])).toBeUndefined();
    write(ANN, [piece(['b'])]);
    const anybody = { integrity: 'untrusted', shape: 'free', readers: 'session' };
    expect(recall(book.reader(ANN), NOTES, ['a'])).toMatchObject(anybody);
    book.wrote(BOB, { place: OWN, pieces: [], truncated: true });
    expect(recall(book.reader(BOB), OWN, ['x'])).toMatchObject(anybody);
    expect(book.reader(ANN).stateOf(OWN)).toBeUndefined();
  });

  it('lets a write into a broken store fail, takes what is read from one for anybody’s, and says so', () => {
    const store = mapStore();
    const { book, write, reported } = bookOn(store);
    store.broken = true;
    expect(() => write(ANN, [piece(['a'])])).toThrow();
    const reader = book.reader(ANN);
    const state = reader.stateOf(NOTES);
    expect(state).toBeDefined();
    expect([reader.stateOf(NOTES), recall(reader, NOTES, ['a'])?.integrity]).toEqual([state, 'untrusted']);
    expect(reported).toHaveLength(1);
    expect(recall(book.reader(ANN), NOTES, ['a'])).toMatchObject({ integrity: 'untrusted', shape: 'free' });
    store.broken = false;
    expect(recall(book.reader(ANN), NOTES, ['a'])).toBeUndefined();
  });
});
