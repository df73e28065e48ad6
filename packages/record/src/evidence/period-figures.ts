import { type AuditRecord, effectOf, type LeafIndex, type RecordedDecision } from '@sallyport/core';

/** Leaves that are kept as examples of one figure: the newest. */
export const EXAMPLES_PER_FIGURE = 3;
/** Different figures, and different names of one list, beyond which further ones are not told apart. */
export const FIGURES_MAX = 5_000;
const OTHER = 'other';

/** What the records of a period come to, without anything that they hold of content or of people. */
export interface PeriodReport {
  /** Of the first and the last record. */
  readonly first: string | undefined;
  readonly last: string | undefined;
  readonly records: number;
  readonly figures: Readonly<Record<string, number>>;
  /** Policies that held, and how often. */
  readonly policies: Readonly<Record<string, number>>;
  /** Hashes of policy sets that decided, and versions of the detectors that looked. */
  readonly policySets: readonly string[];
  readonly detectors: readonly string[];
  readonly inspectedChars: number;
  readonly uninspectedChars: number;
}

/**
 * Counts over the records of a period. Names: `records.<kind>` (`records.shred-again` for an erasure that is only stated again), `outcomes.<outcome>`, `effects.<effect>` (one for each exchange),
 * `found.<category>`, `stopped.<category>`, `redacted.<category>`, `flagged.<category>`, `denied.<action>`, `faults.<code>`,
 * `approvals.<step>`, `tools.<step>`,
 * `admin.<outcome>` (calls of operators, among them those that a record only counts; their faults are no `faults.<code>`). Bounded memory; 10 us a record.
 */
export class PeriodFigures {
  readonly #figures = new Map<string, number>();
  readonly #examples = new Map<string, LeafIndex[]>();
  readonly #policies = new Map<string, number>();
  readonly #policySets = new Set<string>();
  readonly #detectors = new Set<string>();
  #first: string | undefined;
  #last: string | undefined;
  #records = 0;
  #inspected = 0;
  #uninspected = 0;

  take(index: LeafIndex, record: AuditRecord): void {
    this.#records += 1;
    this.#first ??= record.at;
    this.#last = record.at;
    this.#count(
      `records.${record.kind === 'shred' && record.again !== undefined ? 'shred-again' : record.kind}`,
      index,
    );
    if ('policySet' in record && record.policySet !== undefined) note(this.#policySets, record.policySet);
    if ('decisions' in record) for (const decision of record.decisions) this.#decision(decision, index);
    if (record.kind !== 'admin' && 'fault' in record && record.fault !== undefined)
      this.#count(`faults.${record.fault}`, index);
    if (record.kind === 'approval') this.#count(`approvals.${record.step}`, index);
    if (record.kind === 'tool') this.#count(`tools.${record.step}`, index);
    if (record.kind === 'admin') this.#count(`admin.${record.outcome}`, index, 1 + (record.suppressed ?? 0));
    if (record.kind === 'opened') note(this.#detectors, record.detectors);
    if (record.kind === 'opened' || record.kind === 'closed') {
      this.#inspected += record.receipt.inspectedChars;
      this.#uninspected += record.receipt.uninspectedChars;
    }
    if (record.kind === 'closed') {
      this.#count(`outcomes.${record.outcome}`, index);
      this.#count(`effects.${record.effect}`, index);
    }
  }

  /** Newest leaves that counted for a figure. */
  examples(figure: string): readonly LeafIndex[] {
    return this.#examples.get(figure) ?? [];
  }

  report(): PeriodReport {
    return {
      first: this.#first,
      last: this.#last,
      records: this.#records,
      figures: sorted(this.#figures),
      policies: sorted(this.#policies),
      policySets: [...this.#policySets],
      detectors: [...this.#detectors].filter((version) => version !== ''),
      inspectedChars: this.#inspected,
      uninspectedChars: this.#uninspected,
    };
  }

  #decision(recorded: RecordedDecision, index: LeafIndex): void {
    const { decision } = recorded;
    for (const policy of decision.policies) add(this.#policies, policy);
    if (recorded.kind === 'access') {
      if (decision.verdict !== 'allow') this.#count(`denied.${recorded.question.action}`, index);
      return;
    }
    const { findings } = recorded.question.context;
    const effect = effectOf(decision);
    const redacted = new Set(decision.redact.flatMap((at) => findings[at]?.category ?? []));
    for (const category of new Set(findings.map((finding) => finding.category))) {
      this.#count(`found.${category}`, index);
      if (effect === 'block' || effect === 'ask') this.#count(`stopped.${category}`, index);
      else if (redacted.has(category)) this.#count(`redacted.${category}`, index);
      else if (effect === 'flag') this.#count(`flagged.${category}`, index);
    }
  }

  #count(figure: string, index: LeafIndex, times = 1): void {
    const name = add(this.#figures, figure, times);
    const examples = this.#examples.get(name) ?? [];
    if (examples.at(-1) !== index) examples.push(index);
    if (examples.length > EXAMPLES_PER_FIGURE) examples.shift();
    this.#examples.set(name, examples);
  }
}

/** @returns the name that it was counted under */
function add(counts: Map<string, number>, wanted: string, times = 1): string {
  const name = counts.has(wanted) || counts.size < FIGURES_MAX ? wanted : OTHER;
  counts.set(name, (counts.get(name) ?? 0) + times);
  return name;
}

function note(names: Set<string>, name: string): void {
  if (names.size < FIGURES_MAX) names.add(name);
}

function sorted(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
