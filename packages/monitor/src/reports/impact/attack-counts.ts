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
 * What a decision was about that is about no finding. `policy-alone`: a call, for where its values came from; `blind-spot`: content that nobody
 * could read or a detector did not judge; `policy`: whatever else policies look at, and policies that failed; `containment`: something was held
 * back for a time; `scope`: a credential reaches no further.
 */
export const WITHOUT_FINDING = ['policy-alone', 'blind-spot', 'policy', 'containment', 'scope'] as const;
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

type RecordedGuard = RecordedDecision & { readonly kind: 'guard' };

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

function typesOf(recorded: RecordedGuard, isStopped: boolean): readonly StopType[] {
  const { policies } = recorded.decision;
  // Where nothing but these held, whatever was found stopped nothing.
  if (isStopped && policies.length > 0) {
    if (policies.every((policy) => policy.startsWith(SCOPE_PREFIX))) return ['scope'];
    if (policies.every(isOfHouse)) return ['containment'];
  }
  const found = foundIn([recorded]);
  return found.size > 0 || !isStopped ? [...found] : [typeWithoutFinding(recorded)];
}

function isOfHouse(policy: string): boolean {
  return [ISOLATION_PREFIX, STEP_UP_PREFIX, SCOPE_PREFIX].some((prefix) => policy.startsWith(prefix));
}

/** A policy that names a tool's own arguments is a rule of the house: what it stops is no attack for that alone. */
function typeWithoutFinding({ question, decision, findingsTotal }: RecordedGuard): StopType {
  const { point, typedAction, context } = question;
  if (context.unseen.length > 0 || context.unchecked.length > 0) return 'blind-spot';
  const isCall = point === 'tool-call' && context.flow !== undefined && typedAction === undefined;
  return isCall && decision.errors.length === 0 && findingsTotal === 0 ? 'policy-alone' : 'policy';
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
