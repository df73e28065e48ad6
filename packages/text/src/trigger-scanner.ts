import { createHash } from 'node:crypto';
import { BoundedCache, ownText, type Trigger } from '@sallyport/core';
import { type DigitRun, DigitRunScanner } from './digit-runs.ts';
import type { FoundKeyword } from './keyword.ts';
import { KeywordAutomata } from './keyword-automata.ts';
import { type DigitSlot, NO_OFFSETS, type Slot, SlotHits, TriggerSlots } from './trigger-slots.ts';
import { LOOK_BEHIND, startsWord } from './word-start.ts';

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
  /** Scans a text that grows. */
  stream(): TriggerStream;
}

/** Triggers of a text that grows. Offsets are from its start. */
export interface TriggerStream {
  /** Takes more text. Cost: O(length of what is new). */
  push(text: string): void;
  /** Where the detector's last hit was, or the last digit of its last run of digits; -1 when there was none. */
  lastHit(detector: string): number;
  /**
   * The hits in what follows `offset`, relative to it. A run of digits that reaches over `offset` counts from there.
   */
  from(offset: number): TriggerHits;
  /** Drops, for each detector, the hits before the offset from which it still needs them. */
  forget(neededFrom: (detector: string) => number): void;
}

const NO_HITS: TriggerHits = { fired: () => false, hits: () => NO_OFFSETS };

/** Keywords of the scanners that are kept for who asks for the same triggers again: some 2 KiB each, as they lie in tables. */
const KEPT_KEYWORDS_MAX = 131_072;
const KEPT_SCANNERS_MAX = 64;

/** Scanners never change, so that all who look for the same triggers share one. */
const compiled = new BoundedCache<TriggerScanner>({ maxEntries: KEPT_SCANNERS_MAX, maxWeight: KEPT_KEYWORDS_MAX });

/**
 * Compiles the triggers of all detectors into one scanner. A keyword that several rules name is looked for once.
 * Cost: 1-3 us a unit of all keywords; 20 ns when the process has compiled the same triggers lately.
 * @throws {SallyportError} `INTERNAL` for an empty keyword or a digit count below 1
 */
export function createTriggerScanner(sets: readonly TriggerSet[]): TriggerScanner {
  const key = createHash('sha256').update(JSON.stringify(sets)).digest('base64');
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const slots = new TriggerSlots();
  for (const { detector, triggers } of sets) {
    for (const trigger of triggers) slots.add(detector, trigger);
  }
  const scanner = new CompiledScanner(slots);
  compiled.set(key, scanner, slots.keywords.size);
  return scanner;
}

class CompiledScanner implements TriggerScanner {
  readonly #slots: TriggerSlots;
  readonly #automata: KeywordAutomata;
  readonly #keywordChars: readonly number[];
  readonly #beforeChars: number;
  readonly #keywordSlots: readonly (readonly KeywordSlot[])[];
  readonly #digitRuns: readonly DigitSlot[];

  constructor(slots: TriggerSlots) {
    const keywords = [...slots.keywords.keys()];
    this.#slots = slots;
    this.#keywordChars = keywords.map((keyword) => keyword.length);
    this.#keywordSlots = Array.from(slots.keywords.values(), (those) =>
      those.map((slot) => ({ slot, as: slots.asOf(slot) })),
    );
    this.#beforeChars = LOOK_BEHIND + this.#keywordChars.reduce((longest, chars) => Math.max(longest, chars), 0);
    this.#automata = new KeywordAutomata(keywords);
    this.#digitRuns = slots.digitRuns;
  }

  scan(text: string): TriggerHits {
    let hits: SlotHits | undefined;
    const found = (slot: Slot, start: number) => {
      hits ??= new SlotHits();
      hits.add(slot, start);
    };
    this.#automata.scan(text, this.#counted(text, 0, found));
    const fewest = this.#digitRuns[0]?.digits;
    if (fewest !== undefined) {
      const report = (run: DigitRun) => {
        hits ??= new SlotHits();
        for (const { slot, digits } of this.#digitRuns) {
          if (digits > run.digits) break;
          hits.add(slot, run.start);
        }
      };
      const runs = new DigitRunScanner(fewest, report);
      runs.push(text);
      if (runs.open !== undefined) report(runs.open);
    }
    return hits === undefined ? NO_HITS : new ScannedHits(this.#slots, hits);
  }

  stream(): TriggerStream {
    return new GrowingScan(this.#slots, this.#digitRuns, (text, found, { before, state }) => {
      const whole = before + text;
      const next = this.#automata.scan(text, this.#counted(whole, before.length, found), state);
      return { before: ownText(whole.slice(-this.#beforeChars)), state: next };
    });
  }

  /**
   * Hands on the keywords that count where they stand, by slot and offset. Where a text ends, nothing is known to come: then they do.
   * @param from where in `text` the offsets begin
   */
  #counted(text: string, from: number, found: (slot: Slot, start: number) => void): FoundKeyword {
    return (keyword, end) => {
      const start = end - (this.#keywordChars[keyword] as number);
      for (const { slot, as } of this.#keywordSlots[keyword] as readonly KeywordSlot[]) {
        if (as === 'word' && isWithin(text, from + start, from + end)) continue;
        if (as === 'word-start' && !startsWord(text, from + start)) continue;
        found(slot, start);
      }
    };
  }
}

interface KeywordSlot {
  readonly slot: Slot;
  readonly as: Trigger['as'];
}

/** Whether a letter or digit of ASCII goes before or after. Where a text was cut, nothing is known to. */
function isWithin(text: string, start: number, end: number): boolean {
  return WORD[text.charCodeAt(start - 1)] === 1 || WORD[text.charCodeAt(end)] === 1;
}

const WORD = Uint8Array.from({ length: 128 }, (_, code) => (/[a-z0-9]/i.test(String.fromCharCode(code)) ? 1 : 0));

class ScannedHits implements TriggerHits {
  readonly #slots: TriggerSlots;
  readonly #hits: SlotHits;
  readonly #fired = new Set<string>();

  constructor(slots: TriggerSlots, hits: SlotHits) {
    this.#slots = slots;
    this.#hits = hits;
    for (const slot of hits.slots()) this.#fired.add(slots.detectorOf(slot));
  }

  fired(detector: string): boolean {
    return this.#fired.has(detector);
  }

  hits(detector: string, rule: string): readonly number[] {
    const slot = this.#slots.slotOf(detector, rule);
    return slot === undefined ? NO_OFFSETS : this.#hits.of(slot);
  }
}

/** Where a scan ended. */
interface ScanEnd {
  /** The end of the text: as much as it takes to tell how keywords stand that start in it. */
  readonly before: string;
  /** Undefined before the first one. */
  readonly state: readonly number[] | undefined;
}

/** Scans on from where a scan ended. */
type Resume = (text: string, found: (slot: Slot, start: number) => void, from: ScanEnd) => ScanEnd;

class GrowingScan implements TriggerStream {
  readonly #slots: TriggerSlots;
  readonly #digitSlots: readonly DigitSlot[];
  readonly #resume: Resume;
  readonly #hits = new SlotHits();
  readonly #last = new Map<string, number>();
  readonly #digits: DigitRunScanner | undefined;
  #runs: DigitRun[] = [];
  #end: ScanEnd = { before: '', state: undefined };
  #length = 0;

  constructor(slots: TriggerSlots, digitSlots: readonly DigitSlot[], resume: Resume) {
    this.#slots = slots;
    this.#digitSlots = digitSlots;
    this.#resume = resume;
    const fewest = digitSlots[0]?.digits;
    if (fewest !== undefined) this.#digits = new DigitRunScanner(fewest, (run) => this.#runs.push(run));
  }

  push(text: string): void {
    const base = this.#length;
    const found = (slot: Slot, start: number) => {
      this.#hits.add(slot, base + start);
      this.#last.set(this.#slots.detectorOf(slot), base + start);
    };
    this.#end = this.#resume(text, found, this.#end);
    this.#length += text.length;
    if (this.#digits === undefined) return;
    const before = this.#runs.length;
    this.#digits.push(text);
    for (const run of this.#runs.slice(before)) this.#touch(run);
    if (this.#digits.open !== undefined) this.#touch(this.#digits.open);
  }

  lastHit(detector: string): number {
    return this.#last.get(detector) ?? -1;
  }

  from(offset: number): TriggerHits {
    const hits = (slot: Slot) => this.#hitsFrom(slot, offset);
    return {
      fired: (detector) => this.lastHit(detector) >= offset,
      hits: (detector, rule) => {
        const slot = this.#slots.slotOf(detector, rule);
        return slot === undefined ? NO_OFFSETS : hits(slot);
      },
    };
  }

  forget(neededFrom: (detector: string) => number): void {
    const least = (slot: Slot) => neededFrom(this.#slots.detectorOf(slot));
    this.#hits.forget(least);
    const leastRun = Math.min(...this.#digitSlots.map(({ slot }) => least(slot)));
    this.#runs = this.#runs.filter((run) => run.end > leastRun);
  }

  #touch(run: DigitRun): void {
    for (const { slot, digits } of this.#digitSlots) {
      if (digits > run.digits) break;
      const detector = this.#slots.detectorOf(slot);
      this.#last.set(detector, Math.max(this.lastHit(detector), run.end - 1));
    }
  }

  #hitsFrom(slot: Slot, offset: number): readonly number[] {
    const keywordHits = this.#hits.of(slot).filter((start) => start >= offset);
    const runHits = this.#runsOf(slot)
      .filter((run) => run.end > offset)
      .map((run) => Math.max(run.start, offset));
    const all = runHits.length === 0 ? keywordHits : [...keywordHits, ...runHits].sort((a, b) => a - b);
    return all.map((start) => start - offset);
  }

  #runsOf(slot: Slot): readonly DigitRun[] {
    const digits = this.#digitSlots.find((run) => run.slot === slot)?.digits;
    if (digits === undefined) return [];
    const runs = this.#digits?.open === undefined ? this.#runs : [...this.#runs, this.#digits.open];
    return runs.filter((run) => run.digits >= digits);
  }
}
