import type { Span } from '@sallyport/core';

export interface TypedSpan extends Span {
  /** Type of finding, such as `email`. */
  readonly type: string;
}

export interface TypeMetrics {
  readonly labelled: number;
  /** Labelled spans that a finding of the same type overlaps. */
  readonly found: number;
  /** Labelled spans that such a finding covers from end to end: what redaction would take out whole. */
  readonly covered: number;
  readonly predicted: number;
  /** Findings that overlap a labelled span of the same type. */
  readonly right: number;
  readonly recall: number | null;
  readonly precision: number | null;
}

export type SpanMetrics = Readonly<Record<string, TypeMetrics>>;

interface Counts {
  labelled: number;
  found: number;
  covered: number;
  predicted: number;
  right: number;
}

/** Compares findings with labelled spans, by type. */
export class SpanTally {
  readonly #types = new Map<string, Counts>();

  get isEmpty(): boolean {
    return this.#types.size === 0;
  }

  add(labelled: readonly TypedSpan[], predicted: readonly TypedSpan[]): void {
    for (const label of labelled) {
      const counts = this.#of(label.type);
      const same = predicted.filter(({ type }) => type === label.type);
      counts.labelled += 1;
      if (same.some((one) => overlaps(one, label))) counts.found += 1;
      if (same.some((one) => one.start <= label.start && one.end >= label.end)) counts.covered += 1;
    }
    for (const finding of predicted) {
      const counts = this.#of(finding.type);
      counts.predicted += 1;
      if (labelled.some((label) => label.type === finding.type && overlaps(label, finding))) counts.right += 1;
    }
  }

  metrics(): SpanMetrics {
    const sorted = [...this.#types].sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(
      sorted.map(([type, counts]) => [
        type,
        {
          ...counts,
          recall: counts.labelled === 0 ? null : counts.found / counts.labelled,
          precision: counts.predicted === 0 ? null : counts.right / counts.predicted,
        },
      ]),
    );
  }

  #of(type: string): Counts {
    let counts = this.#types.get(type);
    if (counts === undefined) {
      counts = { labelled: 0, found: 0, covered: 0, predicted: 0, right: 0 };
      this.#types.set(type, counts);
    }
    return counts;
  }
}

function overlaps(a: Span, b: Span): boolean {
  return a.start < b.end && b.start < a.end;
}
