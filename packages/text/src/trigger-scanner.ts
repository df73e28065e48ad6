import { SallyportError, type Trigger } from '@sallyport/core';
import { KeywordAutomaton } from './keyword-automaton.ts';

/** The triggers of one detector. */
export interface TriggerSet {
  readonly detector: string;
  readonly triggers: readonly Trigger[];
}

/** What a scan of one text found. */
export interface TriggerHits {
  /** Whether any rule of the detector fired. */
  fired(detector: string): boolean;
  /** Start offsets at which a rule of the detector fired, ascending and distinct; empty for rules that don't exist. */
  hits(detector: string, rule: string): readonly number[];
}

export interface TriggerScanner {
  /** Cost: O(length), 3-6 ns per unit whatever the number of keywords. */
  scan(text: string): TriggerHits;
}

const NO_OFFSETS: readonly number[] = [];
const NO_HITS: TriggerHits = { fired: () => false, hits: () => NO_OFFSETS };

/** A detector's rule: where its hits are collected. */
type Slot = number;

interface DigitSlot {
  readonly slot: Slot;
  readonly digits: number;
}

/**
 * Compiles the triggers of all detectors into one scanner. A keyword that several rules name is looked for once.
 * @throws {SallyportError} `INTERNAL` for an empty keyword or a digit count below 1
 */
export function createTriggerScanner(sets: readonly TriggerSet[]): TriggerScanner {
  const catalogue = new SlotCatalogue();
  for (const { detector, triggers } of sets) {
    for (const trigger of triggers) catalogue.add(detector, trigger);
  }
  return new CompiledScanner(catalogue);
}

class SlotCatalogue {
  /** Slots by detector and rule. */
  readonly slots = new Map<string, Map<string, Slot>>();
  readonly keywords = new Map<string, Slot[]>();
  readonly digitRuns: DigitSlot[] = [];
  #size = 0;

  add(detector: string, { rule, keywords = [], digits }: Trigger): void {
    const slot = this.#slotOf(detector, rule);
    for (const keyword of keywords) {
      if (keyword === '') throw new SallyportError('INTERNAL', { detail: `empty keyword in rule \`${rule}\`` });
      const folded = keyword.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
      const slots = this.keywords.get(folded) ?? [];
      if (!slots.includes(slot)) slots.push(slot);
      this.keywords.set(folded, slots);
    }
    if (digits === undefined) return;
    if (!(digits >= 1)) throw new SallyportError('INTERNAL', { detail: `digit count below 1 in rule \`${rule}\`` });
    this.digitRuns.push({ slot, digits });
  }

  #slotOf(detector: string, rule: string): Slot {
    const rules = this.slots.get(detector) ?? new Map<string, Slot>();
    this.slots.set(detector, rules);
    const slot = rules.get(rule) ?? this.#size++;
    rules.set(rule, slot);
    return slot;
  }
}

class CompiledScanner implements TriggerScanner {
  readonly #slots: ReadonlyMap<string, ReadonlyMap<string, Slot>>;
  readonly #automaton: KeywordAutomaton | undefined;
  readonly #keywordChars: readonly number[];
  readonly #keywordSlots: readonly (readonly Slot[])[];
  /** Ascending by digits. */
  readonly #digitRuns: readonly DigitSlot[];

  constructor(catalogue: SlotCatalogue) {
    const keywords = [...catalogue.keywords.keys()];
    this.#slots = catalogue.slots;
    this.#keywordChars = keywords.map((keyword) => keyword.length);
    this.#keywordSlots = [...catalogue.keywords.values()];
    this.#automaton = keywords.length === 0 ? undefined : new KeywordAutomaton(keywords);
    this.#digitRuns = [...catalogue.digitRuns].sort((a, b) => a.digits - b.digits);
  }

  scan(text: string): TriggerHits {
    let collected: CollectedHits | undefined;
    this.#automaton?.scan(text, (keyword, end) => {
      collected ??= new CollectedHits(this.#slots);
      const start = end - (this.#keywordChars[keyword] ?? 0);
      for (const slot of this.#keywordSlots[keyword] ?? []) collected.add(slot, start);
    });
    const fewest = this.#digitRuns[0]?.digits;
    if (fewest !== undefined) {
      scanDigitRuns(text, fewest, (start, digits) => {
        collected ??= new CollectedHits(this.#slots);
        for (const run of this.#digitRuns) {
          if (run.digits > digits) break;
          collected.add(run.slot, start);
        }
      });
    }
    return collected ?? NO_HITS;
  }
}

class CollectedHits implements TriggerHits {
  readonly #slots: ReadonlyMap<string, ReadonlyMap<string, Slot>>;
  readonly #offsets = new Map<Slot, number[]>();
  /** Slots whose offsets did not come in order. */
  readonly #unordered = new Set<Slot>();

  constructor(slots: ReadonlyMap<string, ReadonlyMap<string, Slot>>) {
    this.#slots = slots;
  }

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

  fired(detector: string): boolean {
    for (const slot of this.#slots.get(detector)?.values() ?? []) {
      if (this.#offsets.has(slot)) return true;
    }
    return false;
  }

  hits(detector: string, rule: string): readonly number[] {
    const slot = this.#slots.get(detector)?.get(rule);
    const offsets = slot === undefined ? undefined : this.#offsets.get(slot);
    if (slot === undefined || offsets === undefined) return NO_OFFSETS;
    if (!this.#unordered.has(slot)) return offsets;
    const ordered = [...new Set(offsets)].sort((a, b) => a - b);
    this.#unordered.delete(slot);
    this.#offsets.set(slot, ordered);
    return ordered;
  }
}

const DIGIT = 1;
const SEPARATOR = 2;
const DIGIT_KINDS = new Uint8Array(128);
for (const char of '0123456789') DIGIT_KINDS[char.charCodeAt(0)] = DIGIT;
for (const char of ' .-/()+') DIGIT_KINDS[char.charCodeAt(0)] = SEPARATOR;

/** Reports each maximal run of at least `fewest` digits with nothing but separators between them. Cost: O(length). */
function scanDigitRuns(text: string, fewest: number, found: (start: number, digits: number) => void): void {
  const n = text.length;
  let start = 0;
  let digits = 0;
  for (let i = text.search(/[0-9]/); i >= 0 && i < n; i++) {
    const unit = text.charCodeAt(i);
    const kind = unit < 128 ? DIGIT_KINDS[unit] : 0;
    if (kind === DIGIT) {
      if (digits === 0) start = i;
      digits++;
    } else if (digits > 0 && kind !== SEPARATOR) {
      if (digits >= fewest) found(start, digits);
      digits = 0;
    }
  }
  if (digits >= fewest) found(start, digits);
}
