import {
  BoundedCache,
  type Category,
  type ClosedRecord,
  type OpenedRecord,
  type RecordedDecision,
} from '@sallyport/core';

/** Exchanges that began and did not end yet, beyond which the oldest are forgotten: what they began with is not known then. */
export const OPEN_EXCHANGES_MAX = 20_000;

/** What the beginning of an exchange says that its end does not. */
export interface Begun {
  /** Categories of what our detectors found in the request. */
  readonly found: ReadonlySet<Category>;
  /** Redactions of the request, by type. */
  readonly redacted: Readonly<Record<string, number>>;
}

/** Joins the records of exchanges: `closed` sums up what `opened` says of the request alone. Bounded memory. */
export class OpenExchanges {
  readonly #open = new BoundedCache<Begun>({ maxEntries: OPEN_EXCHANGES_MAX, maxWeight: OPEN_EXCHANGES_MAX });

  begin(record: OpenedRecord): void {
    this.#open.set(record.exchange, { found: foundIn(record.decisions), redacted: record.redacted }, 1);
  }

  /** @returns undefined for one whose beginning is not known, and for one that was turned away before it had any */
  end({ exchange }: Pick<ClosedRecord, 'exchange'>): Begun | undefined {
    const begun = this.#open.get(exchange);
    this.#open.delete(exchange);
    return begun;
  }
}

/** Categories of findings, also of those that only the fold of a list that was cut tells of. */
export function foundIn(decisions: readonly RecordedDecision[]): ReadonlySet<Category> {
  let found: Set<Category> | undefined;
  for (const recorded of decisions) {
    if (recorded.kind === 'access') continue;
    const { findings, folded } = recorded.question.context;
    for (const { category } of findings) {
      found ??= new Set();
      found.add(category);
    }
    for (const [category, risk] of Object.entries(folded?.risk ?? {}) as [Category, number][]) {
      if (risk === 0) continue;
      found ??= new Set();
      found.add(category);
    }
  }
  return found ?? NOTHING;
}

const NOTHING: ReadonlySet<Category> = new Set();
