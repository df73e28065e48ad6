import { type IdentityReference, type IdentitySignal, recordedName } from '@sallyport/core';
import type { Change } from '../change/change.ts';
import { LevelChange } from '../change/level-change.ts';
import { RateChange } from '../change/rate-change.ts';
import type { IdentitySighting } from './read-identity.ts';

/** Answers from which names are learnt before another one is a sign. */
export const IDENTITY_LEARNING_ANSWERS = 20;
/** Names, and fingerprints, that are known of one model; beyond, the oldest are forgotten. */
export const IDENTITY_NAMES_MAX = 16;
/** Exchanges that a sign names. */
export const SIGN_EXCHANGES_MAX = 5;

/** What speaks against a model being the same. `strong`: it has no other cause. */
export interface IdentitySign {
  readonly signal: IdentitySignal;
  readonly weight: 'weak' | 'strong';
  readonly fromMs: number;
  readonly name?: string;
  readonly before?: number;
  readonly after?: number;
  readonly strength?: number;
  readonly exchanges: readonly string[];
}

/** By which names of answers it is known, and what another one says. */
const NAMED = {
  models: { signal: 'served-model', weight: 'strong' },
  fingerprints: { signal: 'fingerprint', weight: 'weak' },
  backends: { signal: 'backend', weight: 'weak' },
} as const satisfies Partial<Record<keyof IdentityReference, Pick<IdentitySign, 'signal' | 'weight'>>>;
type NamedKind = keyof typeof NAMED;

/** Smaller moves have everyday causes, such as load. */
const SPEED_MOVE = 1.3;
const BILLED_MOVE = 1.1;

/** How much of the newest value the level of now takes. */
const NEWEST_SHARE = 1 / 8;

/** A level that is watched, with what it is now: what the detector says of that is clipped. */
class Level {
  readonly signal: IdentitySignal;
  readonly #leastMove: number;
  readonly #detector = new LevelChange();
  #now: number | undefined;

  /** @param leastMove ratio of what is seen to what was usual, or its inverse, from which on a move counts */
  constructor(signal: IdentitySignal, leastMove: number) {
    this.signal = signal;
    this.#leastMove = leastMove;
  }

  observe(value: number, atMs: number): Change | undefined {
    if (!Number.isFinite(value) || value <= 0) return undefined;
    const read = Math.log(value);
    this.#now = this.#now === undefined ? read : this.#now + (read - this.#now) * NEWEST_SHARE;
    const change = this.#detector.observe(value, atMs);
    if (change?.before === undefined) return undefined;
    const after = Math.exp(this.#now);
    const ratio = after / change.before;
    return Math.max(ratio, 1 / ratio) < this.#leastMove ? undefined : { ...change, after };
  }
}

/**
 * Notices by what its answers say and how they come that a model is another one than it was. Names: those of its first answers are learnt,
 * each further one is a sign, once. Levels and rates: `LevelChange` and `RateChange`, whose false alarms `benchmarks/drift` states.
 * No memory beyond a few numbers and names.
 */
export class IdentityWatch {
  readonly #known: Readonly<Record<keyof IdentityReference, Set<string>>>;
  readonly #streamed = levels();
  readonly #whole = levels();
  readonly #refusals = new RateChange();
  readonly #latest: string[] = [];
  #answers: number;

  /** @param reference what is known already; without one it is learnt */
  constructor(reference?: IdentityReference) {
    this.#known = {
      models: new Set(reference?.models ?? []),
      fingerprints: new Set(reference?.fingerprints ?? []),
      backends: new Set(reference?.backends ?? []),
      digests: new Set(reference?.digests ?? []),
    };
    this.#answers = reference === undefined ? 0 : IDENTITY_LEARNING_ANSWERS;
  }

  get isLearning(): boolean {
    return this.#answers < IDENTITY_LEARNING_ANSWERS;
  }

  /** Nothing is learnt any more: what was seen so far is what it is. */
  settle(): void {
    this.#answers = IDENTITY_LEARNING_ANSWERS;
  }

  /** All names by which it went so far, oldest first. */
  get seen(): IdentityReference {
    const { models, fingerprints, backends, digests } = this.#known;
    return {
      models: [...models],
      fingerprints: [...fingerprints],
      backends: [...backends],
      digests: [...digests],
    };
  }

  take(sighting: IdentitySighting): readonly IdentitySign[] {
    const { served, fingerprint, backends } = sighting;
    this.#latest.push(sighting.exchange);
    if (this.#latest.length > SIGN_EXCHANGES_MAX) this.#latest.shift();
    const signs = [
      ...this.#named(sighting, 'models', served === undefined ? [] : [served]),
      ...this.#named(sighting, 'fingerprints', fingerprint === undefined ? [] : [fingerprint]),
      ...this.#named(sighting, 'backends', backends),
      ...this.#levels(sighting),
      ...this.#refusal(sighting),
    ];
    if (this.isLearning) this.#answers += 1;
    return signs;
  }

  /**
   * Its server says what the model's files are.
   * @param approved what they are to be; without it the first that is said is learnt
   */
  digest(said: string, approved: string | undefined, atMs: number): readonly IdentitySign[] {
    const known = this.#known.digests;
    if (approved !== undefined && known.size === 0) known.add(recordedName(approved));
    const name = recordedName(said);
    if (known.has(name)) return [];
    const isFirst = known.size === 0;
    remember(known, name);
    return isFirst ? [] : [{ signal: 'digest', weight: 'strong', fromMs: atMs, name, exchanges: [] }];
  }

  /** Of each name that was not seen before it is a sign; that it says anything at all says nothing against what it said before. */
  #named({ atMs, exchange }: IdentitySighting, kind: NamedKind, said: readonly string[]): readonly IdentitySign[] {
    const { signal, weight } = NAMED[kind];
    const known = this.#known[kind];
    const isLearnt = this.isLearning || known.size === 0;
    return said.map(recordedName).flatMap((name) => {
      if (known.has(name)) return [];
      remember(known, name);
      return isLearnt ? [] : [{ signal, weight, fromMs: atMs, name, exchanges: [exchange] }];
    });
  }

  #levels({ stream, firstTokenMs, tokensPerSecond, billedInput, billedOutput, atMs }: IdentitySighting) {
    const values = [firstTokenMs, tokensPerSecond, billedInput, billedOutput];
    return (stream ? this.#streamed : this.#whole).flatMap((level, at) => {
      const change = level.observe(values[at] ?? Number.NaN, atMs);
      return change === undefined ? [] : [this.#moved(level.signal, change)];
    });
  }

  #refusal({ refused, atMs }: IdentitySighting): readonly IdentitySign[] {
    const change = this.#refusals.observe(refused, atMs);
    return change === undefined ? [] : [this.#moved('refusal', change)];
  }

  #moved(signal: IdentitySignal, { fromMs, before, after, strength }: Change): IdentitySign {
    return {
      signal,
      weight: 'weak',
      fromMs,
      ...(before !== undefined && { before }),
      ...(after !== undefined && { after }),
      strength,
      exchanges: [...this.#latest],
    };
  }
}

function remember(known: Set<string>, name: string): void {
  known.add(name);
  const [oldest] = known;
  if (known.size > IDENTITY_NAMES_MAX && oldest !== undefined) known.delete(oldest);
}

function levels(): readonly Level[] {
  return [
    new Level('first-token', SPEED_MOVE),
    new Level('speed', SPEED_MOVE),
    new Level('billed-input', BILLED_MOVE),
    new Level('billed-output', BILLED_MOVE),
  ];
}
