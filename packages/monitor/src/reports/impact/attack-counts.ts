import {
  BoundedCache,
  CATEGORIES,
  type Category,
  type Checkpoint,
  effectOf,
  ISOLATION_PREFIX,
  type RecordedDecision,
  SCOPE_PREFIX,
  STEP_UP_PREFIX,
} from '@sallyport/core';
import { foundIn } from '../open-exchanges.ts';

/** What somebody does to a model, or has it do. The others are exposures, what operators look for themselves, and what providers say. */
export const ATTACK_CATEGORIES = [
  'injection',
  'multi-turn',
  'hidden-text',
  'exfiltration',
  'context-leak',
  'unsafe-output',
  'tool-misuse',
  'tool-integrity',
] as const satisfies readonly Category[];
const ATTACKS: ReadonlySet<string> = new Set(ATTACK_CATEGORIES);

export function isAttack(category: string): boolean {
  return ATTACKS.has(category);
}

/**
 * What a decision was about that names no finding. `policy-alone`: where a value came from, a source that was reached, whatever else policies look at; `containment`: something was
 * held back for a time; `scope`: a credential reaches no further.
 */
export const WITHOUT_FINDING = ['policy-alone', 'containment', 'scope'] as const;
export type StopType = Category | (typeof WITHOUT_FINDING)[number];
export const STOP_TYPES: readonly StopType[] = [...CATEGORIES, ...WITHOUT_FINDING];

/** Exchanges and sessions that are remembered, so that each counts once. */
export const ATTACKS_REMEMBERED_MAX = 50_000;

/** Decisions on content, by what was found and where. */
export interface AttackReport {
  /** Exchanges in which something was blocked because of an attack, and sessions that these belong to. */
  readonly exchanges: number;
  readonly sessions: number;
  /** Decisions with such a finding, by what came of them; one with findings of two categories counts for both. */
  readonly found: Readonly<Partial<Record<StopType, Readonly<Partial<Record<Fate, number>>>>>>;
  /** Of the blocked ones, where. */
  readonly blocked: Readonly<Partial<Record<StopType, Readonly<Partial<Record<Checkpoint, number>>>>>>;
}

/** What came of a decision; `passed`: policies let it. */
export const FATES = ['block', 'ask', 'redact', 'flag', 'passed'] as const;
export type Fate = (typeof FATES)[number];

/** Whose decisions these are. */
interface Attacked {
  readonly exchange: string;
  readonly session?: string;
}

/** Counts what was found and stopped. Bounded by the vocabulary, and by what is remembered. */
export class AttackCounts {
  readonly #found = new Map<StopType, Map<Fate, number>>();
  readonly #blocked = new Map<StopType, Map<Checkpoint, number>>();
  readonly #exchangesSeen = new BoundedCache<true>({
    maxEntries: ATTACKS_REMEMBERED_MAX,
    maxWeight: ATTACKS_REMEMBERED_MAX,
  });
  readonly #sessionsSeen = new BoundedCache<true>({
    maxEntries: ATTACKS_REMEMBERED_MAX,
    maxWeight: ATTACKS_REMEMBERED_MAX,
  });
  #exchanges = 0;
  #sessions = 0;

  /** @returns whether this is the first of its exchange in which an attack was blocked */
  take(recorded: RecordedDecision, { exchange, session }: Attacked): boolean {
    if (recorded.kind === 'access') return false;
    const effect = effectOf(recorded.decision);
    const types = typesOf(recorded, effect === 'block' || effect === 'ask');
    for (const type of types) {
      bump(this.#found, type, effect === 'allow' ? 'passed' : effect);
      if (effect === 'block') bump(this.#blocked, type, recorded.question.point);
    }
    if (effect !== 'block' || !types.some(isAttackType)) return false;
    if (session !== undefined && isNew(this.#sessionsSeen, session)) this.#sessions += 1;
    if (!isNew(this.#exchangesSeen, exchange)) return false;
    this.#exchanges += 1;
    return true;
  }

  report(): AttackReport {
    return {
      exchanges: this.#exchanges,
      sessions: this.#sessions,
      found: plain(this.#found),
      blocked: plain(this.#blocked),
    };
  }
}

/** A call that a policy blocks for where its values came from is an attack as well, though no detector found it. */
function isAttackType(type: StopType): boolean {
  return type === 'policy-alone' || isAttack(type);
}

function typesOf(recorded: RecordedDecision & { readonly kind: 'guard' }, isStopped: boolean): readonly StopType[] {
  const found = foundIn([recorded]);
  if (found.size > 0 || !isStopped) return [...found];
  const { policies } = recorded.decision;
  if (policies.some((policy) => policy.startsWith(ISOLATION_PREFIX) || policy.startsWith(STEP_UP_PREFIX)))
    return ['containment'];
  return [policies.some((policy) => policy.startsWith(SCOPE_PREFIX)) ? 'scope' : 'policy-alone'];
}

function isNew(seen: BoundedCache<true>, name: string): boolean {
  if (seen.get(name) === true) return false;
  seen.set(name, true, 1);
  return true;
}

function bump<A, B>(counts: Map<A, Map<B, number>>, a: A, b: B): void {
  const row = counts.get(a) ?? new Map<B, number>();
  counts.set(a, row);
  row.set(b, (row.get(b) ?? 0) + 1);
}

function plain<A extends string, B extends string>(
  counts: ReadonlyMap<A, ReadonlyMap<B, number>>,
): Partial<Record<A, Partial<Record<B, number>>>> {
  const rows = Array.from(counts, ([name, row]) => [name, Object.fromEntries(row)] as const);
  return Object.fromEntries(rows) as Partial<Record<A, Partial<Record<B, number>>>>;
}
