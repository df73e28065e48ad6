import { NOTHING_TO_COMPARE, type Receipt } from '@sallyport/core';
import { CountedNames } from '../../sketch/counted-names.ts';
import { shareOf } from '../distribution.ts';

/** Reasons why something was not inspected that are told apart, and kinds of content that nobody can read here. */
export const COVERAGE_NAMES_MAX = 200;

/** How much was looked at. Receipts of requests and of answers count apart: an exchange has one of each. */
export interface CoverageReport {
  /** Characters of text. */
  readonly inspectedChars: number;
  readonly uninspectedChars: number;
  /** Inspected, 0..1. */
  readonly share?: number;
  /** Content that no detector can read, such as pictures: parts and bytes, by kind. */
  readonly unseen: Readonly<Record<string, { readonly parts: number; readonly bytes: number }>>;
  /** Receipts with any content, and those of them of which all was inspected. */
  readonly receipts: number;
  readonly whole: number;
  /** Parts of text that a detector did not judge: `personal-data skipped length`. */
  readonly gaps: Readonly<Record<string, number>>;
}

/** Adds up receipts. Bounded. */
export class CoverageCounts {
  readonly #unseenParts = new CountedNames(COVERAGE_NAMES_MAX);
  readonly #unseenBytes = new CountedNames(COVERAGE_NAMES_MAX);
  readonly #gaps = new CountedNames(COVERAGE_NAMES_MAX);
  #inspected = 0;
  #uninspected = 0;
  #receipts = 0;
  #whole = 0;

  take({ inspectedChars, uninspectedChars, unseen, lines }: Receipt): void {
    this.#inspected += inspectedChars;
    this.#uninspected += uninspectedChars;
    for (const { kind, count, bytes } of unseen) {
      this.#unseenParts.add(kind, count);
      this.#unseenBytes.add(kind, bytes);
    }
    for (const { detector, status, reason, segments } of lines) {
      if (status === 'inspected' || reason === NOTHING_TO_COMPARE) continue;
      this.#gaps.add([detector, status, ...(reason === undefined ? [] : [reason])].join(' '), segments);
    }
    if (inspectedChars + uninspectedChars === 0 && unseen.length === 0) return;
    this.#receipts += 1;
    if (uninspectedChars === 0 && unseen.length === 0) this.#whole += 1;
  }

  report(): CoverageReport {
    const share = shareOf(this.#inspected, this.#inspected + this.#uninspected);
    return {
      inspectedChars: this.#inspected,
      uninspectedChars: this.#uninspected,
      ...(share !== undefined && { share }),
      unseen: Object.fromEntries(
        this.#unseenParts.entries().map(([kind, parts]) => [kind, { parts, bytes: this.#unseenBytes.of(kind) }]),
      ),
      receipts: this.#receipts,
      whole: this.#whole,
      gaps: Object.fromEntries(this.#gaps.entries()),
    };
  }
}
