import { effectOf, type RecordedDecision } from '@sallyport/core';

/** Which way something went: with a request, to a model or a tool, or with the answer. */
export const DIRECTIONS = ['request', 'answer'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** Types of findings that are told apart; the catalogue has fewer. */
export const EXPOSURE_TYPES_MAX = 1_000;
const OTHER_TYPE = 'other';

/** Values of one type that did not go on. */
export interface Exposure {
  /** `other` is what policies redact besides. */
  readonly category: 'personal-data' | 'secrets' | 'other';
  readonly type: string;
  /** Values that were replaced. */
  readonly redacted: Readonly<Record<Direction, number>>;
  /** Decisions that stopped the text which held some. */
  readonly blocked: Readonly<Record<Direction, number>>;
}

interface Counted {
  readonly redacted: Record<Direction, number>;
  readonly blocked: Record<Direction, number>;
}

/** Counts personal data and secrets that were kept from going on, by type and direction. Bounded. */
export class ExposureCounts {
  readonly #counted = new Map<string, Counted>();
  readonly #categories = new Map<string, 'personal-data' | 'secrets'>();

  /** Learns what kind of thing each type is, and counts what was blocked. @returns decisions that it counted */
  decided(decisions: readonly RecordedDecision[], direction: Direction): number {
    let blocked = 0;
    for (const recorded of decisions) {
      if (recorded.kind === 'access') continue;
      const types = new Set<string>();
      for (const { category, type } of recorded.question.context.findings) {
        if (category !== 'personal-data' && category !== 'secrets') continue;
        if (this.#categories.size < EXPOSURE_TYPES_MAX) this.#categories.set(type, category);
        types.add(type);
      }
      if (types.size === 0 || effectOf(recorded.decision) !== 'block') continue;
      blocked += 1;
      for (const type of types) this.#of(type).blocked[direction] += 1;
    }
    return blocked;
  }

  /** @param before what of it was counted already @returns values that it counted */
  redacted(
    counts: Readonly<Record<string, number>>,
    direction: Direction,
    before: Readonly<Record<string, number>> = {},
  ): number {
    let sum = 0;
    for (const [type, count] of Object.entries(counts)) {
      // A type may have a name that every object knows.
      const counted = Object.hasOwn(before, type) ? (before[type] ?? 0) : 0;
      const more = Math.max(0, count - counted);
      if (more === 0) continue;
      this.#of(type).redacted[direction] += more;
      sum += more;
    }
    return sum;
  }

  report(): readonly Exposure[] {
    const all = Array.from(this.#counted, ([type, { redacted, blocked }]) => ({
      category: this.#categories.get(type) ?? ('other' as const),
      type,
      redacted: { ...redacted },
      blocked: { ...blocked },
    }));
    return all.sort((a, b) => total(b) - total(a) || (a.type < b.type ? -1 : 1));
  }

  #of(wanted: string): Counted {
    const type = this.#counted.has(wanted) || this.#counted.size < EXPOSURE_TYPES_MAX ? wanted : OTHER_TYPE;
    const counted = this.#counted.get(type) ?? {
      redacted: { request: 0, answer: 0 },
      blocked: { request: 0, answer: 0 },
    };
    this.#counted.set(type, counted);
    return counted;
  }
}

function total({ redacted, blocked }: Exposure): number {
  return redacted.request + redacted.answer + blocked.request + blocked.answer;
}
