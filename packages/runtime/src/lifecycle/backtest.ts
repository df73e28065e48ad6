import {
  type AuditRecord,
  type BacktestSummary,
  DECISION_CHANGES,
  type Decision,
  type DecisionChange,
  EFFECTS,
  type Effect,
  type GuardQuestion,
  type Interval,
  type PolicyEngine,
  type Principal,
  type RecordedDecision,
  wilsonInterval,
} from '@sallyport/core';
import {
  type DecidingRecord,
  effectUnder,
  INCOMPLETE,
  type Incomplete,
  isDeciding,
  posturesOf,
  questionOf,
  recordedEffect,
} from './recorded-questions.ts';

/** Pairs of principal and route, and policies, that are counted apart; the rest is counted as `(others)`. */
export const BACKTEST_ROWS_MAX = 1_000;
/** Exchanges that are named for each change. */
export const BACKTEST_EXAMPLES_MAX = 5;
const OTHERS = '(others)';

export type ChangeCounts = Readonly<Record<DecisionChange, number>>;

/** What would become of the decisions about one principal on one route. */
export interface BacktestRow {
  /** `kind/id`. */
  readonly principal: string;
  readonly route: string;
  readonly decisions: number;
  readonly changes: ChangeCounts;
}

export interface BacktestReport extends BacktestSummary {
  readonly incomplete: Readonly<Record<Incomplete, number>>;
  /** Sets that were in force when the records were written. */
  readonly policySets: number;
  /** Of all decisions, 95 %; only where the records are a sample. */
  readonly intervals?: Readonly<Record<DecisionChange, Interval>>;
  /** Those with a change, the most first. */
  readonly rows: readonly BacktestRow[];
  /** Policies that determine a changed decision now, or did, the most first. */
  readonly policies: readonly { readonly policy: string; readonly changes: number }[];
  readonly examples: Readonly<Record<DecisionChange, readonly string[]>>;
}

export interface BacktestOptions {
  /** What the set is compared with; default: what was decided when the records were written. */
  readonly baseline?: PolicyEngine;
  /** Whether what drills asked for counts too: nobody meant it. */
  readonly drills?: boolean;
}

type Counted = Omit<BacktestRow, 'decisions' | 'changes'> & {
  decisions: number;
  changes: Record<DecisionChange, number>;
};

/**
 * Judges recorded decisions again under another set and counts what would be different. Takes one record at a time; memory
 * does not grow with their number. Cost: a decision of the engine each.
 */
export class Backtest {
  readonly #engine: PolicyEngine;
  readonly #baseline: PolicyEngine | undefined;
  readonly #drills: boolean;
  readonly #changes = zeros(DECISION_CHANGES);
  readonly #incomplete = zeros(INCOMPLETE);
  readonly #rows = new Map<string, Counted>();
  readonly #policies = new Map<string, number>();
  readonly #examples = Object.fromEntries(DECISION_CHANGES.map((change) => [change, []])) as unknown as Record<
    DecisionChange,
    string[]
  >;
  readonly #sets = new Set<string>();
  #records = 0;
  #decisions = 0;
  #from: string | undefined;
  #to: string | undefined;

  constructor(engine: PolicyEngine, { baseline, drills = false }: BacktestOptions = {}) {
    this.#engine = engine;
    this.#baseline = baseline;
    this.#drills = drills;
  }

  add(record: AuditRecord): void {
    this.#records += 1;
    this.#from = this.#from === undefined || record.at < this.#from ? record.at : this.#from;
    this.#to = this.#to === undefined || record.at > this.#to ? record.at : this.#to;
    const isDrill = 'drill' in record && record.drill !== undefined;
    if (!isDeciding(record) || (isDrill && !this.#drills)) return;
    if (record.policySet !== undefined && this.#sets.size < BACKTEST_ROWS_MAX) this.#sets.add(record.policySet);
    for (const decision of record.decisions) this.#judge(record, decision);
  }

  #judge(record: DecidingRecord, recorded: RecordedDecision): void {
    const asked = questionOf(record, recorded);
    if (asked.kind === 'incomplete') {
      this.#incomplete[asked.why] += 1;
      return;
    }
    this.#decisions += 1;
    const { question } = asked;
    if (asked.kind === 'guard' && this.#asksMore(record, asked.question)) this.#incomplete['no-arguments'] += 1;
    const ask = (engine: PolicyEngine) =>
      asked.kind === 'access' ? engine.access(asked.question) : engine.guard(asked.question);
    const decision = ask(this.#engine);
    const before =
      this.#baseline === undefined ? recorded.decision : withPostures(ask(this.#baseline), recorded.decision);
    const between = changeBetween(before, decision);
    // Which of so many findings were redacted, their record doesn't say.
    const isFolded = recorded.kind === 'guard' && recorded.question.context.folded !== undefined;
    const change = isFolded && between === 'redacted-otherwise' ? undefined : between;
    const route = 'route' in question.context ? question.context.route : question.context.request.route;
    const row = this.#rowOf(question.principal, route);
    row.decisions += 1;
    if (change === undefined) return;
    row.changes[change] += 1;
    this.#changes[change] += 1;
    const examples = this.#examples[change];
    if (examples.length < BACKTEST_EXAMPLES_MAX && !examples.includes(record.exchange)) examples.push(record.exchange);
    for (const policy of difference(before.policies, decision.policies)) this.#count(policy);
  }

  /** Whether policies name the tool of a call that was not asked about its arguments then: what they would say, nobody can tell. */
  #asksMore({ decisions }: DecidingRecord, { point, resource, context }: GuardQuestion): boolean {
    const action = `${context.request.route}/${resource.id}`;
    if (point !== 'tool-call' || this.#engine.typedActions?.has(action) !== true) return false;
    return !decisions.some((one) => one.kind === 'guard' && one.question.typedAction === action);
  }

  #rowOf({ kind, id }: Principal, route: string): Counted {
    const own = this.#rows.get(JSON.stringify([`${kind}/${id}`, route]));
    if (own !== undefined) return own;
    return this.#rows.size < BACKTEST_ROWS_MAX ? this.#addRow(`${kind}/${id}`, route) : this.#others();
  }

  #others(): Counted {
    return this.#rows.get(JSON.stringify([OTHERS, OTHERS])) ?? this.#addRow(OTHERS, OTHERS);
  }

  #addRow(principal: string, route: string): Counted {
    const row = { principal, route, decisions: 0, changes: zeros(DECISION_CHANGES) };
    this.#rows.set(JSON.stringify([principal, route]), row);
    return row;
  }

  #count(policy: string): void {
    const name = this.#policies.has(policy) || this.#policies.size < BACKTEST_ROWS_MAX ? policy : OTHERS;
    this.#policies.set(name, (this.#policies.get(name) ?? 0) + 1);
  }

  /** @param of how many records there are, of which those that were added are a sample; default: all */
  report(of = this.#records): BacktestReport {
    const changed = [...this.#rows.values()].filter(({ changes }) => sum(changes) > 0);
    const sampled = of > this.#records;
    return {
      ...this.summary(of),
      incomplete: { ...this.#incomplete },
      policySets: this.#sets.size,
      ...(sampled && this.#decisions > 0 && { intervals: this.#intervals() }),
      rows: changed.sort((a, b) => sum(b.changes) - sum(a.changes)),
      policies: [...this.#policies]
        .map(([policy, changes]) => ({ policy, changes }))
        .sort((a, b) => b.changes - a.changes),
      examples: this.#examples,
    };
  }

  /** The report without what it says of anybody: what stands in a record. */
  summary(of = this.#records): BacktestSummary {
    return {
      records: this.#records,
      of,
      decisions: this.#decisions,
      notReplayed: sum(this.#incomplete),
      ...(this.#from !== undefined && { from: this.#from }),
      ...(this.#to !== undefined && { to: this.#to }),
      changes: { ...this.#changes },
    };
  }

  #intervals(): Readonly<Record<DecisionChange, Interval>> {
    const none = { low: 0, high: 1 };
    return Object.fromEntries(
      DECISION_CHANGES.map((change) => [change, wilsonInterval(this.#changes[change], this.#decisions) ?? none]),
    ) as Record<DecisionChange, Interval>;
  }
}

const STRONGER: Readonly<Record<Exclude<Effect, 'allow'>, DecisionChange>> = {
  flag: 'flagged',
  redact: 'redacted',
  ask: 'asked',
  block: 'blocked',
};

/** What another decision would change; `undefined`: nothing. */
export function changeBetween(
  recorded: Pick<Decision, 'verdict' | 'flags' | 'redact' | 'policies'>,
  candidate: Decision,
): DecisionChange | undefined {
  const before = recordedEffect(recorded);
  const after = effectUnder(candidate, recorded);
  if (after === before) {
    return after === 'redact' && recorded.redact.join() !== candidate.redact.join() ? 'redacted-otherwise' : undefined;
  }
  if (EFFECTS.indexOf(after) < EFFECTS.indexOf(before)) return 'let-through';
  return after === 'allow' ? undefined : STRONGER[after];
}

/** A decision taken anew, under what had broken at the time. */
function withPostures(
  decision: Decision,
  recorded: Pick<Decision, 'policies' | 'verdict' | 'flags' | 'redact'>,
): Decision {
  const postures = posturesOf(recorded);
  const effect = effectUnder(decision, recorded);
  return {
    ...decision,
    ...(effect === 'block' && { verdict: 'block' }),
    policies: [...decision.policies, ...postures],
  };
}

function difference(before: readonly string[], after: readonly string[]): readonly string[] {
  return [...before.filter((id) => !after.includes(id)), ...after.filter((id) => !before.includes(id))];
}

function zeros<T extends string>(words: readonly T[]): Record<T, number> {
  return Object.fromEntries(words.map((word) => [word, 0])) as Record<T, number>;
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
