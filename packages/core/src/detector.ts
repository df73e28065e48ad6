import type { ConversationReader, Course, Speaker, SpokenNote } from './conversation.ts';
import type { Decoding, TextLayer, TextView } from './text-view.ts';
import type { ToolDefinition } from './transcript.ts';
import type { Category, Checkpoint, LanguageGroup, Origin, Span } from './vocabulary.ts';

/** Keyed fingerprint of a match's canonical value: HMAC-SHA-256 with the install's key, 32 hexadecimal characters. */
export type Fingerprint = string;

/** What a detector saw. Never holds the text itself. */
export interface Finding {
  readonly detector: string;
  readonly category: Category;
  /** What exactly, kebab-case, unique across the catalogue: `email`, `aws-access-key-id`, `markdown-image`. */
  readonly type: string;
  /** Confidence, 0..1, before any threshold; on the scale of the house's calibration where there is one. */
  readonly score: number;
  /** The detector's own, where calibration changed it. */
  readonly rawScore?: number;
  /** What its text is written in, where the score is one that can be calibrated and it isn't `latin`. */
  readonly language?: Exclude<LanguageGroup, 'latin'>;
  /** Where in the segment's raw text. */
  readonly span: Span;
  /** The decodings that revealed it, outermost first; empty when it stood there in clear. */
  readonly via: readonly Decoding[];
  readonly fingerprint: Fingerprint;
}

export const UNINSPECTED = ['abstained', 'skipped', 'timed-out', 'failed', 'unsupported'] as const;
export type Uninspected = (typeof UNINSPECTED)[number];

/** A detector's answer: what it found, or why there is nothing to trust. `reason` is a stable kebab-case code. */
export type Outcome =
  | { readonly status: 'inspected'; readonly findings: readonly Finding[] }
  | { readonly status: Uninspected; readonly reason: string };

/**
 * When one of a detector's rules is worth running: a keyword is in the text (ASCII case-insensitive), or a run of at
 * least `digits` digits with nothing but separators (space, `.`, `-`, `/`, `(`, `)`, `+`) between them.
 * The prefilter finds all triggers of all detectors in one pass over each layer.
 */
export interface Trigger {
  readonly rule: string;
  readonly keywords?: readonly string[];
  readonly digits?: number;
  /**
   * Where a keyword counts; default anywhere. `word`: no ASCII letter or digit goes before or behind it; in a text that grows,
   * what lies behind may not be known yet: then it counts. `word-start`: no ASCII letter goes before its first one, or only
   * that of an escape (`\n`).
   */
  readonly as?: 'word' | 'word-start';
}

/** What a request says about itself, for detectors whose answer depends on it (`cache: 'request'`). */
export interface RequestContext {
  /** System and developer texts of this request, in order. */
  readonly instructions: readonly string[];
  /** Name, description and schema texts of the tools of this request. */
  readonly definitions: readonly string[];
  /** Tools that the request defines. */
  readonly tools?: readonly ToolDefinition[];
  /** Marks that were planted so that a leak shows; from configuration. */
  readonly canaries: readonly string[];
}

/** The question put to a detector about one view. */
export interface Inspection {
  readonly point: Checkpoint;
  readonly origin: Origin;
  /** Start offsets in the layer, ascending, at which a trigger of this detector's `rule` fired. */
  hits(layer: TextLayer, rule: string): readonly number[];
  /** Keyed fingerprint of a canonical value. */
  fingerprint(value: string): Fingerprint;
  /** Present where the caller has a request at hand; a `cache: 'request'` detector without one abstains. */
  readonly request?: RequestContext;
  /** Whether more came before what is seen here: the end of a text that grows. */
  readonly isCut?: boolean;
}

/**
 * How much text around a place decides whether a match starts there.
 * `local`: a match spans at most `maxMatchChars` raw characters, and nothing further than `lookaheadChars` behind its end
 * (or `lookbehindChars` before its start) changes it. `window`: scored over windows that move by `strideChars`. `whole`: needs everything.
 */
export type Reach =
  | {
      readonly kind: 'local';
      readonly maxMatchChars: number;
      readonly lookaheadChars: number;
      readonly lookbehindChars: number;
    }
  | { readonly kind: 'window'; readonly windowChars: number; readonly strideChars: number }
  | { readonly kind: 'whole' };

/** A local detector: synchronous, total (failures are outcomes), linear in the text. */
export interface Detector {
  readonly id: string;
  /** Changes whenever the same text may give another answer: part of every cache key and every receipt. */
  readonly version: string;
  readonly points: readonly Checkpoint[];
  /** Every type of finding that it can yield: policies may name these, and a policy that names another one is refused. */
  readonly types: readonly string[];
  /**
   * Unicode names of the scripts whose languages it knows, such as `Latin`; default: languages don't matter to it. Of a text
   * with a sentence in another script the receipt says that it abstained, whatever it finds there.
   */
  readonly scripts?: readonly string[];
  /** `content`: the answer depends on the text, point and role alone and may be cached. `request`: never cached. */
  readonly cache: 'content' | 'request';
  readonly reach: Reach;
  /** Rules without a trigger hit need not run; a detector with no triggers runs on every view. */
  readonly triggers: readonly Trigger[];
  inspect(view: TextView, ask: Inspection): Outcome;
  /**
   * First raw offset of `tail` that may still become (part of) a match when more text arrives; `tail.raw.length` when
   * nothing is pending. A detector without it is run on streams but holds nothing. `ask.hits` covers `tail`.
   */
  pendingFrom?(tail: TextView, ask: Inspection): number;
  /** What it sees only in the whole of a conversation. At most one detector of an inspector has it. */
  readonly conversation?: ConversationReader;
}

/** One detector's line in a receipt. */
export interface ReceiptLine {
  readonly detector: string;
  readonly version: string;
  readonly status: 'inspected' | Uninspected;
  /** Stable code of why it was not inspected. */
  readonly reason?: string;
  /** Segments that this line speaks for. */
  readonly segments: number;
}

/** What one text, or several that belong together, yielded. */
export interface Inspected {
  readonly findings: readonly Finding[];
  readonly lines: readonly ReceiptLine[];
}

/**
 * The detection stage behind one interface: normalises once, scans triggers once, runs every detector of the checkpoint.
 * Never throws: a detector that does is `failed`, one over its budget `timed-out`.
 */
export interface Inspector {
  /** Hash of detectors, versions and configuration: part of every cache key, named in every record. */
  readonly version: string;
  /** Ids and versions of what runs at a checkpoint. */
  at(point: Checkpoint): readonly Pick<Detector, 'id' | 'version' | 'cache' | 'reach'>[];
  /** Inspects one text. `only` limits the run to detectors whose outcome may, or may not, be cached. */
  inspect(text: string, question: InspectorQuestion): Inspected;
  /** Opens a stream of text, inspected as it grows. */
  stream(question: InspectorQuestion): InspectedStream;
  /** Present where a detector looks at conversations. */
  readonly conversation?: ConversationInspector;
}

export interface InspectorQuestion {
  readonly point: Checkpoint;
  readonly origin: Origin;
  readonly request?: RequestContext;
  readonly only?: Detector['cache'];
}

/**
 * Text that grows. Offsets are UTF-16 from the stream's start.
 * INVARIANT: for detectors of local reach, the union of all findings returned equals the findings of `inspect()` on the whole text.
 */
export interface InspectedStream {
  /**
   * Takes more text; returns the findings that became final, and the offset up to which text is now clear:
   * no finding of a holding detector can begin before it any more, except those already returned.
   */
  push(text: string): { readonly findings: readonly Finding[]; readonly clearTo: number };
  /** The text has ended: returns the rest. */
  end(): { readonly findings: readonly Finding[]; readonly clearTo: number };
  /** Receipt of what ran so far. */
  readonly lines: readonly ReceiptLine[];
}

/** The conversation's side of an inspector. Never throws. */
export interface ConversationInspector {
  /** The line of a receipt when the detector broke. */
  readonly failed: ReceiptLine;
  /** See `ConversationReader`; true when the detector broke. */
  tellsAlone(text: string): boolean;
  /** Undefined when the detector broke. */
  note(text: string, speaker: Speaker): SpokenNote | undefined;
  /** Findings carry the span `0..chars`. */
  judge(course: Pick<Course, 'turns' | 'textOf'>, chars: number): ConversationJudgement;
}

export interface ConversationJudgement {
  readonly findings: readonly Finding[];
  /** A line when the detector broke. */
  readonly broken: readonly ReceiptLine[];
}
