import type {
  Finding,
  InspectedStream,
  Inspection,
  InspectorQuestion,
  Outcome,
  ReceiptLine,
  TextLayer,
} from '@sallyport/core';
import { type MappedView, plainViewOf, type TriggerHits, type TriggerStream, viewOf } from '@sallyport/text';
import { channelOf } from '../calibration/calibrated.ts';
import type { GrowingAbstentions } from './abstentions.ts';
import { DetectorProgress } from './detector-progress.ts';
import { DECODING_LINE, HELD_LINE } from './engine-lines.ts';
import { GrowingText } from './growing-text.ts';
import { inspectGuarded, lineOf } from './guarded-run.ts';
import { askOf, type InspectionPlan, needsHits, quietAskOf } from './inspection-plan.ts';
import type { InspectorSettings } from './inspector-settings.ts';
import { readLayers } from './read-layers.ts';
import { rememberedFingerprints } from './remembered-fingerprints.ts';
import { type Settling, settleFindings } from './settle-findings.ts';

/** Characters that one stream holds back at most; beyond, the older half is decided as it stands and the receipt says so. */
export const MAX_HELD_CHARS = 262_144;
/**
 * Characters held from which the tail is read again only after it grew by an eighth: text that keeps looking like the
 * beginning of a match would else be read again with every word.
 */
const PATIENT_CHARS = 96;
/** A tail that took so long to read, milliseconds, is read again only after so many characters more. */
const DEAR_READ_MS = 0.2;
const DEAR_UNREAD_CHARS = 64;
/**
 * Characters that may go unread while they only go on with a word: a word is open until it ends (see `openFrom`), so
 * reading could let go no more than what a detector held before it.
 */
const UNREAD_WORD_CHARS = 64;
const TOKEN = /^[\w+/-]+$/;
/** Characters kept for detectors that need the whole text; for longer streams they abstain. */
export const MAX_WHOLE_CHARS = 262_144;
/** Characters of the tail that may be dropped before it is worth it; less where reading the tail is dear. */
const TRIM_CHARS = 512;
const LAYERED_TRIM_CHARS = 64;
/** Kept before what the detectors ask for, so that a word boundary can be seen. */
const MARGIN_CHARS = 16;

interface Told {
  readonly outcomes: readonly Outcome[];
  readonly own: readonly ReceiptLine[];
}

type Advance = ReturnType<InspectedStream['push']>;

const NO_FINDINGS: readonly Finding[] = [];

/**
 * Inspects a text while it grows (see `InspectedStream`). Detectors of local reach see the end of the text again as long
 * as a match may be in it; a match is returned once nothing that follows can change it. Windowed detectors run whenever
 * the text grew by their stride, and at the end, over the tail that is there; detectors that need everything run at the
 * end, on texts up to `MAX_WHOLE_CHARS`.
 * Cost: while no trigger fires, O(what is new) and one `pendingFrom` of each detector; else O(reach) per push.
 */
export class GrowingInspection implements InspectedStream {
  readonly #plan: InspectionPlan;
  readonly #question: InspectorQuestion;
  readonly #settings: InspectorSettings;
  readonly #progress: readonly DetectorProgress[];
  /** The question of each detector while none of its triggers fired. */
  readonly #quietAsk: Inspection;
  readonly #text: GrowingText;
  readonly #triggers: TriggerStream;
  readonly #keepsWhole: boolean;
  readonly #abstentions: GrowingAbstentions;
  readonly #settling: Settling;
  #whole = '';
  #wholeComplete = true;
  #clearTo = 0;
  #readTo = 0;
  /** What the last reading took. */
  #readMs = 0;
  #truncated = false;
  #forced = false;
  /** The detectors' lines as they were last asked for, and the outcomes that they tell of. */
  #told: Told = { outcomes: [], own: [] };

  constructor(plan: InspectionPlan, question: InspectorQuestion, settings: InspectorSettings) {
    this.#plan = plan;
    this.#question = question;
    this.#settings = { ...settings, fingerprint: rememberedFingerprints(settings.fingerprint) };
    this.#progress = plan.detectors.map((detector) => new DetectorProgress(detector));
    this.#quietAsk = quietAskOf({ question, fingerprint: this.#settings.fingerprint });
    this.#text = new GrowingText(settings.limits);
    this.#triggers = plan.scanner.stream();
    this.#abstentions = plan.abstentions.growing();
    this.#settling = { ...settings, channel: channelOf(question) };
    this.#keepsWhole = plan.detectors.some(({ reach }) => reach.kind === 'whole');
  }

  push(text: string): Advance {
    if (text === '') return { findings: NO_FINDINGS, clearTo: this.#clearTo };
    this.#text.append(text);
    this.#triggers.push(text);
    this.#abstentions.push(text);
    if (this.#keepsWhole) this.#keep(text);
    return this.#isPatient(text) ? { findings: NO_FINDINGS, clearTo: this.#clearTo } : this.#read(false);
  }

  /** Whether reading the tail again can wait: it would take long, or let nothing go. */
  #isPatient(text: string): boolean {
    const { length } = this.#text;
    const held = length - this.#clearTo;
    const unread = length - this.#readTo;
    if (held > PATIENT_CHARS && unread < held / 8) return true;
    if (this.#readMs > DEAR_READ_MS && unread < DEAR_UNREAD_CHARS) return true;
    return unread < UNREAD_WORD_CHARS && TOKEN.test(text);
  }

  end(): Advance {
    const { findings, clearTo } = this.#read(true);
    return { findings: [...findings, ...this.#readWhole()], clearTo };
  }

  get lines(): readonly ReceiptLine[] {
    const { outcomes, own } = this.#told;
    if (this.#progress.some(({ outcome }, at) => outcome !== outcomes[at])) {
      this.#told = {
        outcomes: this.#progress.map(({ outcome }) => outcome),
        own: this.#progress.map(({ detector, outcome }) => lineOf(detector, outcome)),
      };
      return this.lines;
    }
    const beside = [...(this.#truncated ? [DECODING_LINE] : []), ...(this.#forced ? [HELD_LINE] : [])];
    return this.#abstentions.applied(beside.length === 0 ? own : [...own, ...beside]);
  }

  #keep(text: string): void {
    if (this.#whole.length + text.length > MAX_WHOLE_CHARS) this.#wholeComplete = false;
    if (this.#wholeComplete) this.#whole += text;
    else this.#whole = '';
  }

  #read(final: boolean): Advance {
    const { nowMs } = this.#settings;
    const beganMs = nowMs();
    const view = this.#text.view();
    this.#readTo = this.#text.length;
    this.#truncated ||= view.truncated;
    const findings = this.#advanceAll(view, final);
    const settled = settleFindings(findings, view, this.#settling);
    const { base } = this.#text;
    this.#clear(final);
    this.#trim(view);
    this.#readMs = nowMs() - beganMs;
    return { findings: settled.map((finding) => shifted(finding, base)), clearTo: this.#clearTo };
  }

  #advanceAll(view: MappedView, final: boolean): readonly Finding[] {
    const { nowMs, budgets, fingerprint } = this.#settings;
    const { base, length } = this.#text;
    const deadlineMs = nowMs() + budgets.callMs;
    const outOfTime = () => nowMs() > deadlineMs;
    const forcedTo = this.#forcedTo(length);
    const settled = this.#settledView(view);
    const hitsIn = this.#hitsIn(view);
    const source = { question: this.#question, fingerprint, hitsIn, isCut: base > 0 };
    let findings: Finding[] | undefined;
    for (const progress of this.#progress) {
      const live = this.#isLive(progress, view, hitsIn);
      const ask = live ? askOf(progress.detector, source) : this.#quietAsk;
      const found = progress.advance({ view, settled, base, ask, live, final, forcedTo, outOfTime });
      if (found.length === 0) continue;
      findings ??= [];
      findings.push(...found);
    }
    return findings ?? NO_FINDINGS;
  }

  /**
   * The tail without its end, where that may still read otherwise: the `&` of an entity may become any sign, so what
   * is before it must be judged as if anything could follow.
   */
  #settledView(view: MappedView): MappedView {
    const { foldOpenFrom, raw } = view;
    if (foldOpenFrom >= raw.length) return view;
    const settled = raw.slice(0, foldOpenFrom);
    if (!this.#text.isPlain) return viewOf(settled, this.#settings.limits);
    return plainViewOf(settled, { openFrom: foldOpenFrom, foldOpenFrom });
  }

  /** Hits by layer, of the view or of its settled part, each found when it is first asked for. */
  #hitsIn(view: MappedView): (layer: TextLayer) => TriggerHits {
    const found = new Map<TextLayer, TriggerHits>();
    const find = (layer: TextLayer) => {
      if (layer.via.length > 0) return this.#plan.scanner.scan(layer.text);
      const hits = this.#triggers.from(this.#text.base);
      return layer === view.layers[0] ? hits : upTo(hits, layer.text.length);
    };
    return (layer) => {
      const hits = found.get(layer) ?? find(layer);
      found.set(layer, hits);
      return hits;
    };
  }

  /** Whether the detector may have something to say: a trigger fired so near that a match still to come may need it. */
  #isLive(
    { detector, decidedTo }: DetectorProgress,
    view: MappedView,
    hitsIn: (layer: TextLayer) => TriggerHits,
  ): boolean {
    if (!needsHits(detector)) return true;
    const { reach, id } = detector;
    if (!this.#text.isPlain) return view.layers.some((layer) => hitsIn(layer).fired(id));
    const before = reach.kind === 'local' ? reach.lookbehindChars : Number.POSITIVE_INFINITY;
    return this.#triggers.lastHit(id) >= Math.max(decidedTo - before, this.#text.base);
  }

  #forcedTo(length: number): number {
    if (length - this.#clearTo <= MAX_HELD_CHARS) return 0;
    this.#forced = true;
    return length - MAX_HELD_CHARS / 2;
  }

  #clear(final: boolean): void {
    let clearTo = this.#text.length;
    if (!final) {
      for (const progress of this.#progress) {
        if (progress.holds) clearTo = Math.min(clearTo, progress.decidedTo);
      }
    }
    this.#clearTo = Math.max(this.#clearTo, clearTo);
  }

  /** Hits before it were looked at already, though another detector may still need the text. */
  #hitsNeededFrom(detector: string): number {
    const progress = this.#progress.find((one) => one.detector.id === detector);
    const { base, length } = this.#text;
    return progress === undefined ? base : Math.max(base, progress.neededFrom(length) - MARGIN_CHARS);
  }

  #trim(view: MappedView): void {
    const { base, length } = this.#text;
    let needed = length;
    for (const progress of this.#progress) needed = Math.min(needed, progress.neededFrom(length));
    needed -= MARGIN_CHARS;
    if (needed - base < (this.#text.isPlain ? TRIM_CHARS : LAYERED_TRIM_CHARS)) return;
    this.#text.trim(needed, view);
    if (this.#text.length - this.#text.base > 2 * MAX_HELD_CHARS) this.#text.forceTrim(needed);
    this.#triggers.forget((detector) => this.#hitsNeededFrom(detector));
  }

  #readWhole(): readonly Finding[] {
    const findings: Finding[] = [];
    if (!this.#keepsWhole) return findings;
    const { fingerprint, limits } = this.#settings;
    const { view, hits } = readLayers(this.#plan.scanner, viewOf(this.#whole, limits));
    for (const progress of this.#progress) {
      const { detector } = progress;
      if (detector.reach.kind !== 'whole') continue;
      if (!this.#wholeComplete) {
        progress.stop({ status: 'abstained', reason: 'length' });
        continue;
      }
      const ask = askOf(detector, { question: this.#question, fingerprint, hitsIn: (layer) => hits.get(layer) });
      const outcome = inspectGuarded(detector, view, ask);
      if (outcome.status === 'inspected') findings.push(...outcome.findings);
      else progress.stop(outcome);
      progress.complete();
    }
    return settleFindings(findings, view, this.#settling);
  }
}

/** Hits of the beginning of a text. */
function upTo(hits: TriggerHits, length: number): TriggerHits {
  return {
    fired: (detector) => hits.fired(detector),
    hits: (detector, rule) => hits.hits(detector, rule).filter((start) => start < length),
  };
}

function shifted(finding: Finding, base: number): Finding {
  const { start, end } = finding.span;
  return base === 0 ? finding : { ...finding, span: { start: start + base, end: end + base } };
}
