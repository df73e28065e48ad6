import { SallyportError, type Trigger } from '@sallyport/core';

/** Number of a detector's rule: where its hits are collected. */
export type Slot = number;

export interface DigitSlot {
  readonly slot: Slot;
  readonly digits: number;
}

/** The rules of all detectors, numbered, with what fires them. */
export class TriggerSlots {
  readonly #slots = new Map<string, Map<string, Slot>>();
  readonly #detectors: string[] = [];
  readonly #keywords = new Map<string, Slot[]>();
  readonly #digitRuns: DigitSlot[] = [];
  readonly #as = new Map<Slot, NonNullable<Trigger['as']>>();

  /** @throws {SallyportError} `INTERNAL` for an empty keyword or a digit count below 1 */
  add(detector: string, { rule, keywords = [], digits, as }: Trigger): void {
    const slot = this.#enter(detector, rule);
    if (as !== undefined) this.#as.set(slot, as);
    for (const keyword of keywords) {
      if (keyword === '') throw new SallyportError('INTERNAL', { detail: `empty keyword in rule \`${rule}\`` });
      const folded = keyword.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
      const slots = this.#keywords.get(folded) ?? [];
      if (!slots.includes(slot)) slots.push(slot);
      this.#keywords.set(folded, slots);
    }
    if (digits === undefined) return;
    if (!(digits >= 1)) throw new SallyportError('INTERNAL', { detail: `digit count below 1 in rule \`${rule}\`` });
    this.#digitRuns.push({ slot, digits });
  }

  /** Keywords in lower case, each with the slots that it fires. */
  get keywords(): ReadonlyMap<string, readonly Slot[]> {
    return this.#keywords;
  }

  /** Ascending by digits. */
  get digitRuns(): readonly DigitSlot[] {
    return [...this.#digitRuns].sort((a, b) => a.digits - b.digits);
  }

  slotOf(detector: string, rule: string): Slot | undefined {
    return this.#slots.get(detector)?.get(rule);
  }

  /** Where its keywords count; undefined for anywhere. */
  asOf(slot: Slot): Trigger['as'] {
    return this.#as.get(slot);
  }

  detectorOf(slot: Slot): string {
    return this.#detectors[slot] ?? '';
  }

  #enter(detector: string, rule: string): Slot {
    const rules = this.#slots.get(detector) ?? new Map<string, Slot>();
    this.#slots.set(detector, rules);
    const known = rules.get(rule);
    if (known !== undefined) return known;
    const slot = this.#detectors.length;
    this.#detectors.push(detector);
    rules.set(rule, slot);
    return slot;
  }
}

/** Hits by slot. Offsets may come out of order; they leave ascending and distinct. */
export class SlotHits {
  readonly #offsets = new Map<Slot, number[]>();
  readonly #unordered = new Set<Slot>();

  add(slot: Slot, offset: number): void {
    const offsets = this.#offsets.get(slot);
    if (offsets === undefined) {
      this.#offsets.set(slot, [offset]);
      return;
    }
    const last = offsets[offsets.length - 1] ?? -1;
    if (offset === last) return;
    if (offset < last) this.#unordered.add(slot);
    offsets.push(offset);
  }

  /** Those that were hit. */
  slots(): Iterable<Slot> {
    return this.#offsets.keys();
  }

  of(slot: Slot): readonly number[] {
    const offsets = this.#offsets.get(slot);
    if (offsets === undefined) return NO_OFFSETS;
    if (!this.#unordered.has(slot)) return offsets;
    const ordered = [...new Set(offsets)].sort((a, b) => a - b);
    this.#unordered.delete(slot);
    this.#offsets.set(slot, ordered);
    return ordered;
  }

  /** Drops the offsets of each slot below its least one. */
  forget(leastOf: (slot: Slot) => number): void {
    for (const [slot, offsets] of this.#offsets) {
      const least = leastOf(slot);
      if ((offsets[0] ?? 0) >= least && !this.#unordered.has(slot)) continue;
      const ordered = this.of(slot);
      const from = ordered.findIndex((offset) => offset >= least);
      if (from < 0) this.#offsets.delete(slot);
      else this.#offsets.set(slot, ordered.slice(from));
    }
  }
}

export const NO_OFFSETS: readonly number[] = [];
