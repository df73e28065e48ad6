import type { Decoding, Evidence, Source, ValueKind } from '@sallyport/core';
import { viewOf } from '@sallyport/text';
import { BLOCK_MESSAGES, type IndexBlock } from '../index/index-block.ts';
import { type IndexedLeaf, isLiteral, STANDING_BITS, type Standing } from '../index/indexed-leaf.ts';
import type { Labelled } from '../index/label-store.ts';
import { KEPT_PER_STANDING, type KeyKind, type LeafIndex, type LeafKey, leafKey } from '../index/leaf-index.ts';
import { fingerprintsOf, SHARED_RUN_CHARS } from '../values/fingerprints.ts';
import { looseWords, phraseOf, strictWords } from '../values/fold-words.ts';
import { type FoundValue, valuesIn } from '../values/values-in.ts';

/** A place where a value, or part of one, was found. */
export interface Hit {
  readonly leaf: IndexedLeaf;
  readonly via: readonly Decoding[];
  readonly match: Evidence['match'];
  readonly kind?: ValueKind;
  /**
   * Whether the place vouches for the value: it holds the same, not something that reads alike once disguises are undone.
   * INVARIANT: disguises may taint a value and never lift it.
   */
  readonly vouches: boolean;
  /** The words that were found, as a phrase; for what stands around them. */
  readonly phrase: string;
}

export interface Traced {
  readonly source: Source;
  readonly hits: readonly Hit[];
  /** It reads like a value that is known and is another one. */
  readonly lookalike: boolean;
}

/** Values that name somebody or some place: they are what an argument is about, not its words. */
const IDENTITIES: ReadonlySet<ValueKind> = new Set<ValueKind>(['email', 'url', 'iban', 'phone']);
const FOLLOWED: ReadonlySet<ValueKind> = new Set<ValueKind>(['url', 'iban']);
/** Longer texts are compared by their fingerprints. */
const MAX_PHRASE_WORDS = 48;
const MAX_RECOMBINED_WORDS = 24;
/** A longer text is no number and no date. */
const MAX_RESPELLED_CHARS = 64;
/** Identities in one argument that are traced one by one; with more, the rest has no source. */
const MAX_IDENTITIES = 64;
/** So short a value, or so short a number, is in many texts by chance. */
const WEAK_CHARS = 3;
const WEAK_DIGITS = 5;
const NOTHING: Traced = { source: 'none', hits: [], lookalike: false };
/** Worst first: an argument is as good as the worst of its parts. */
const WORST_FIRST: readonly Source[] = ['free', 'none', 'mixed', 'atom', 'trusted', 'user'];

/** Finds where values came from, in the labels of one transcript. */
export class ValueTracer {
  readonly #blocks: readonly IndexBlock[];
  /** Of the messages that are in no block yet. */
  readonly #rest: readonly LeafIndex[];
  readonly #spoken: readonly LeafIndex[];
  readonly #passages = new Map<string, ReadonlyMap<IndexedLeaf, number>>();

  constructor({ messages, blocks, sums }: Labelled) {
    this.#blocks = blocks;
    this.#rest = messages.slice(blocks.length * BLOCK_MESSAGES).map(({ index }) => index);
    this.#spoken = sums.spoken;
  }

  /** Traces one value: by the identities that it consists of, else as a phrase, else by what it repeats. */
  trace(text: string): Traced {
    const value = text.trim();
    if (value === '') return NOTHING;
    const identities = identitiesOf(value);
    if (identities.length > 0) {
      const parts = identities.slice(0, MAX_IDENTITIES).map((identity) => this.#identity(value, identity));
      return worstOf(identities.length > MAX_IDENTITIES ? [...parts, NOTHING] : parts);
    }
    return this.#words(value);
  }

  /** Traces what a text carries along that acts when it is followed: links and accounts. `undefined` when there is none. */
  traceCarried(text: string): Traced | undefined {
    const carried = new Map<string, Traced>();
    for (const found of valuesIn(text)) {
      if (!FOLLOWED.has(found.kind) || carried.size >= MAX_IDENTITIES) continue;
      if (!carried.has(found.key)) carried.set(found.key, this.#identity(text, found));
    }
    return carried.size === 0 ? undefined : worstOf([...carried.values()]);
  }

  /** Whether the user wrote one of the words, as words of their own. */
  userSaid(words: Iterable<string>): boolean {
    for (const word of words) if (this.#said(word)) return true;
    return false;
  }

  /** Free texts that a tool brought and that hold one of the words. */
  textsWith(words: Iterable<string>): readonly IndexedLeaf[] {
    const texts = new Set<IndexedLeaf>();
    for (const word of words) {
      for (const leaf of this.#posted('word', word)) if (leaf.standing === 'free') texts.add(leaf);
    }
    return [...texts];
  }

  #said(word: string): boolean {
    const asked = leafKey('word', word);
    return this.#spoken.some((index) => index.find(asked).some(({ standing }) => standing === 'user'));
  }

  /** Leaves that share passages with a text, and how much of the text each of them has, 0..1. */
  passages(text: string): ReadonlyMap<IndexedLeaf, number> {
    const known = this.#passages.get(text);
    if (known !== undefined) return known;
    const phrase = text.length < SHARED_RUN_CHARS ? '' : phraseOf(looseWords(text));
    const prints = phrase.length < SHARED_RUN_CHARS ? [] : [...new Set(fingerprintsOf(phrase))];
    const shares = new Map<IndexedLeaf, number>();
    for (const print of prints) {
      for (const leaf of this.#posted('print', print)) shares.set(leaf, (shares.get(leaf) ?? 0) + 1 / prints.length);
    }
    this.#passages.set(text, shares);
    return shares;
  }

  /** Like `#said`, for exactly that word: accents and all. */
  #wrote(word: string): boolean {
    const [loose = ''] = looseWords(word);
    const phrase = phraseOf([word]);
    return this.#posted('word', loose).some((leaf) => leaf.standing === 'user' && leaf.strictPhrase().includes(phrase));
  }

  #identity(text: string, identity: FoundValue): Traced {
    const phrase = phraseOf(looseWords(text.slice(identity.start, identity.end)));
    const found = (key: string, kind: ValueKind): readonly Hit[] =>
      this.#withValue(key, kind).map((hit) => ({ ...hit, phrase }));
    const exact = found(identity.key, identity.kind);
    const known = exact.length > 0 || identity.kind !== 'url' ? exact : this.#byHost(identity, found);
    // Text that runs on without a space makes an address look longer than it is; its words are still there.
    const traced = judged(known.length > 0 ? known : this.#runInto(text, identity));
    if (traced.source !== 'none') return traced;
    const look = identity.lookKey ?? identity.key;
    const alike = [...this.#posted('value', look), ...this.#posted('look', look)];
    const hits = alike.map(
      (leaf): Hit => ({ leaf, via: ['homoglyph'], match: 'value', kind: identity.kind, vouches: false, phrase }),
    );
    return { ...judged(hits), lookalike: alike.length > 0 };
  }

  /** An address that the next sentence runs into: `see www.example.com.They said`. */
  #runInto(text: string, { start, end }: FoundValue): readonly Hit[] {
    const shown = text.slice(start, end).replace(/^https?:\/\//i, '');
    const hits = this.#phrase(looseWords(shown), { via: [], strict: phraseOf(strictWords(shown)) });
    return hits.filter(({ leaf }) => isRunInto(leaf.text, shown));
  }

  /** A URL that nobody wrote leads to a host that somebody did: it counts as theirs unless its path came from elsewhere. */
  #byHost({ key }: FoundValue, found: (key: string, kind: ValueKind) => readonly Hit[]): readonly Hit[] {
    const rest = key.slice('url:'.length);
    const slash = rest.search(/[/?]/);
    const hits = found(`host:${slash < 0 ? rest : rest.slice(0, slash)}`, 'host');
    const tail = slash < 0 ? '' : rest.slice(slash);
    const foreign = looseWords(tail).flatMap((word) => {
      const leaves = this.#posted('word', word);
      return leaves.length > 0 && leaves.every(({ standing }) => standing === 'free') ? leaves.slice(0, 1) : [];
    });
    if (foreign.length === 0 || hits.length === 0) return hits;
    return foreign.map(
      (leaf): Hit => ({
        leaf,
        via: [],
        match: 'words',
        kind: 'url',
        vouches: true,
        phrase: phraseOf(looseWords(tail)),
      }),
    );
  }

  #words(text: string): Traced {
    const hits: Hit[] = [];
    const strict = phraseOf(strictWords(text));
    for (const { text: read, via } of viewOf(text).layers) {
      const words = looseWords(read);
      if (words.length === 0) continue;
      if (words.length <= MAX_PHRASE_WORDS)
        hits.push(...this.#phrase(words, { via, strict: isLiteral(via) ? strict : undefined }));
    }
    hits.push(...this.#respelled(text));
    if (hits.length === 0) hits.push(...this.#repeated(text));
    const weak = isWeak(text);
    const traced = judged(hits, weak);
    if (traced.source === 'user' || weak) return traced;
    const own = strictWords(text);
    const recombined = own.length > 1 && own.length <= MAX_RECOMBINED_WORDS && own.every((word) => this.#wrote(word));
    if (recombined) return { ...traced, source: 'user' };
    return { ...traced, lookalike: traced.source === 'none' && hits.length > 0 };
  }

  /** Leaves that hold a phrase, found by its rarest word. */
  #phrase(words: readonly string[], arg: { via: readonly Decoding[]; strict: string | undefined }): readonly Hit[] {
    const phrase = phraseOf(words);
    // A long word is a rare one: most messages are denied by the first.
    const keys = [...words].sort((a, b) => b.length - a.length).map((word) => leafKey('word', word));
    const hits: Hit[] = [];
    const kept = new Kept();
    this.#eachHolding(keys, kept, (index) => {
      let rarest: readonly IndexedLeaf[] | undefined;
      for (const key of keys) {
        const leaves = index.find(key, kept.full);
        if (rarest === undefined || leaves.length < rarest.length) rarest = leaves;
        if (leaves.length === 0) break;
      }
      for (const leaf of rarest ?? []) {
        const reading = leaf.readings.find((candidate) => candidate.phrase.includes(phrase));
        if (reading === undefined || !kept.take(leaf)) continue;
        const vouches = arg.strict !== undefined && leaf.strictPhrase().includes(arg.strict);
        hits.push({ leaf, via: reading.via.length > 0 ? reading.via : arg.via, match: 'words', vouches, phrase });
      }
    });
    return hits;
  }

  /** A number or a date, in another spelling. A day of which a text names no year is that day of any year. */
  #respelled(text: string): readonly Hit[] {
    if (text.length > MAX_RESPELLED_CHARS) return [];
    const whole = valuesIn(text).filter(({ start, end }) => start === 0 && end === text.length);
    return whole.flatMap(({ key, kind }) => {
      const keys = kind === 'date' ? [key, key.replace(/^date:\d{4}/, 'date:-')] : [key];
      return [...new Set(keys)].flatMap((each) => this.#withValue(each, kind));
    });
  }

  #withValue(key: string, kind: ValueKind): readonly Hit[] {
    return this.#posted('value', key).map((leaf): Hit => {
      const via = leaf.values.get(key) ?? [];
      return { leaf, via, match: 'value', kind, vouches: isLiteral(via), phrase: '' };
    });
  }

  #repeated(text: string): readonly Hit[] {
    return [...this.passages(text).keys()].map(
      (leaf): Hit => ({ leaf, via: [], match: 'fingerprint', vouches: true, phrase: '' }),
    );
  }

  /** Indexes that may hold all of the keys and something of which there is not enough yet, oldest first. */
  #eachHolding(keys: readonly LeafKey[], kept: Kept, look: (index: LeafIndex) => void): void {
    for (const block of this.#blocks) for (const index of block.holding(keys, kept.full)) look(index);
    for (const index of this.#rest) look(index);
  }

  /** Leaves that hold a key: of each standing the oldest few, so that a flood costs nothing. */
  #posted(kind: KeyKind, key: string | number): readonly IndexedLeaf[] {
    const asked = leafKey(kind, key);
    const found: IndexedLeaf[] = [];
    const kept = new Kept();
    this.#eachHolding([asked], kept, (index) => {
      for (const leaf of index.find(asked, kept.full)) if (kept.take(leaf)) found.push(leaf);
    });
    return found;
  }
}

/** Counts what was found of each standing: of any, the first few are enough. */
class Kept {
  /** Bits of the standings of which there is enough. */
  full = 0;
  readonly #counts: Record<Standing, number> = { user: 0, trusted: 0, atom: 0, free: 0 };

  /** @returns whether one more of this standing is wanted */
  take({ standing }: IndexedLeaf): boolean {
    this.#counts[standing] += 1;
    if (this.#counts[standing] >= KEPT_PER_STANDING) this.full |= STANDING_BITS[standing];
    return this.#counts[standing] <= KEPT_PER_STANDING;
  }
}

/** The identities that a value consists of; none when it says anything beside them. */
function identitiesOf(value: string): readonly FoundValue[] {
  const found = valuesIn(value).filter(({ kind }) => IDENTITIES.has(kind));
  let rest = value;
  for (const { start, end } of found) rest = rest.slice(0, start) + ' '.repeat(end - start) + rest.slice(end);
  return found.length > 0 && !/[\p{L}\p{N}]/u.test(rest.replace(/mailto|https?|tel/gi, '')) ? outermost(found) : [];
}

/** Of values that lie within one another, the outermost. */
function outermost(found: readonly FoundValue[]): readonly FoundValue[] {
  return found.filter(
    (a) => !found.some((b) => b !== a && b.start <= a.start && b.end >= a.end && b.end - b.start > a.end - a.start),
  );
}

function isRunInto(text: string, address: string): boolean {
  for (let at = text.indexOf(address); at >= 0; at = text.indexOf(address, at + 1)) {
    const before = text[at - 1] ?? ' ';
    if (/[\s("'<]/.test(before) && /^\.\p{Lu}/u.test(text.slice(at + address.length, at + address.length + 3)))
      return true;
  }
  return false;
}

function isWeak(text: string): boolean {
  const value = text.trim();
  return value.length < WEAK_CHARS || (/^\d+$/.test(value) && value.length < WEAK_DIGITS);
}

/** A weak value that free text has too is not believed to be the user's. */
function judged(hits: readonly Hit[], weak = false): Traced {
  const vouched = new Set<Standing>(hits.filter(({ vouches }) => vouches).map(({ leaf }) => leaf.standing));
  const free = hits.some(({ leaf }) => leaf.standing === 'free');
  return { source: sourceOf(vouched, free, weak), hits, lookalike: false };
}

function sourceOf(vouched: ReadonlySet<Standing>, free: boolean, weak: boolean): Source {
  const endorsed = vouched.has('user') ? 'user' : vouched.has('trusted') ? 'trusted' : undefined;
  if (endorsed !== undefined) return weak && free ? 'mixed' : endorsed;
  if (vouched.has('atom')) return free ? 'mixed' : 'atom';
  return free ? 'free' : 'none';
}

function worstOf(parts: readonly Traced[]): Traced {
  const sources = new Set(parts.map(({ source }) => source));
  return {
    source: WORST_FIRST.find((source) => sources.has(source)) ?? 'none',
    hits: parts.flatMap(({ hits }) => hits),
    lookalike: parts.some(({ lookalike }) => lookalike),
  };
}

/** The worst of several sources; `none` of no source at all. */
export function worstSource(sources: readonly Source[]): Source {
  return WORST_FIRST.find((source) => sources.includes(source)) ?? 'none';
}
