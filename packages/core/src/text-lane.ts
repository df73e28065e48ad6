import { continuesUrl, URL_LOOKBACK_CHARS } from './continues-url.ts';
import type { RestoreSink } from './decision.ts';
import type { Finding, InspectedStream, Inspector, ReceiptLine, RequestContext } from './detector.ts';
import { merge } from './enforce.ts';
import type { TextPoint } from './output-ruling.ts';
import { ownText } from './own-text.ts';
import { PlaceholderTable } from './placeholders.ts';
import type { Lane, TextEdit } from './protocol.ts';
import { RestoredText } from './restored-text.ts';
import type { Span } from './vocabulary.ts';

/** Of a text in which nothing is put back: it is read, and judged, as it stands. */
const NOTHING_PLACED = new PlaceholderTable();
/** Characters that are worth dropping at a time. */
const DROPPED_MIN_CHARS = 512;

export interface LaneParts {
  readonly inspector: Inspector;
  readonly request: RequestContext;
  readonly placeholders: PlaceholderTable;
  /** Whether policy lets values be put back for this principal at a sink; in a tool call, for that tool. */
  readonly mayRestore: (sink: RestoreSink, tool?: string) => boolean;
}

/** A finding of a lane that may or may not be redacted, once the decision is known. */
export interface LaneFinding {
  readonly finding: Finding;
  /** In the lane's wire text. */
  readonly wire: Span;
  readonly value: string;
}

/** One growing text of an answer: restored, inspected as it grows, cleared as far as nothing is pending. */
export class TextLane {
  readonly lane: Lane;
  private readonly parts: LaneParts;
  private readonly text: RestoredText;
  private stream: InspectedStream | undefined;
  /** Restored text that came and was not looked at yet: a lane that closes at once is inspected whole, which costs half. */
  private waiting = '';
  private wholeLines: readonly ReceiptLine[] = [];
  /** Restored text from `recentFrom` on: enough for values of findings and, where something may be put back, the beginning of a URL. */
  private recent = '';
  private recentFrom = 0;
  private fresh: LaneFinding[] = [];
  /** Replacements that reach beyond what is clear: they leave with their last character. */
  private unfinished: TextEdit[] = [];
  private cleared = 0;
  private clearTo = 0;
  private progressed = false;
  received = 0;
  ended = false;
  private settled = false;

  constructor(lane: Lane, parts: LaneParts) {
    this.lane = lane;
    this.parts = parts;
    this.text = new RestoredText(lane.fixed === true ? NOTHING_PLACED : parts.placeholders);
  }

  /** Where it is judged. A call is no text lane. */
  get point(): TextPoint {
    return this.lane.point === 'tool-result' ? 'tool-result' : 'output';
  }

  get lines(): readonly ReceiptLine[] {
    return this.stream?.lines ?? this.wholeLines;
  }

  /** Wire offset up to which all findings are known. */
  get certainTo(): number {
    return this.clearTo;
  }

  /** Values that were put back. */
  get restored(): number {
    return this.text.restored;
  }

  /** Marks of data that were taken out. */
  get unmarked(): number {
    return this.text.unmarked;
  }

  /** Characters that wait for a decision or for more text. */
  get heldChars(): number {
    return this.received - this.cleared;
  }

  push(text: string): void {
    this.received += text.length;
    this.waiting += this.text.push(text);
  }

  /** No more text will come. */
  end(): void {
    if (this.ended) return;
    this.waiting += this.text.end();
    this.ended = true;
  }

  /** Looks at what came since the last call. */
  inspect(): void {
    if (this.settled || (this.waiting === '' && !this.ended)) return;
    const { inspector, request } = this.parts;
    const question = { point: this.lane.point, origin: this.lane.origin, request };
    this.recent += this.waiting;
    if (this.ended && this.stream === undefined) {
      const { findings, lines } = inspector.inspect(this.waiting, question);
      this.wholeLines = lines;
      this.note({ findings, clearTo: 0 });
    } else {
      this.stream ??= inspector.stream(question);
      if (this.waiting !== '') this.note(this.stream.push(this.waiting));
      if (this.ended) this.note(this.stream.end());
    }
    this.waiting = '';
    this.settled = this.ended;
    if (this.ended) this.clearTo = this.received;
  }

  /** Findings that became final since the last call. */
  takeFindings(): readonly LaneFinding[] {
    const { fresh } = this;
    this.fresh = [];
    return fresh;
  }

  /** Whether some of a range was already cleared. */
  isOut({ start }: Span): boolean {
    return start < this.cleared;
  }

  /**
   * Clears what may leave.
   * @param redacted what the decision says to replace, with the placeholder for each
   * @param all whether that is all that came, whatever may still become of its end
   */
  clear(redacted: readonly TextEdit[], all: boolean): { readonly upTo: number; readonly edits: readonly TextEdit[] } {
    if (redacted.length > 0) this.unfinished.push(...redacted);
    const upTo = all ? this.received : Math.max(this.cleared, this.wholeTo());
    const range = { start: this.cleared, end: upTo };
    const { mayRestore, placeholders } = this.parts;
    const allowed = (at: number) => mayRestore(this.inUrl(at) ? 'url' : 'text');
    const restores = placeholders.restorable === 0 ? [] : this.text.restores(range, allowed);
    this.progressed ||= upTo > this.cleared;
    this.cleared = upTo;
    this.dropRecent();
    return { upTo, edits: merge(this.takeFinished(upTo), restores) };
  }

  /** Whether more became clear since the last call. */
  takeProgress(): boolean {
    const { progressed } = this;
    this.progressed = false;
    return progressed;
  }

  /** What is clear, less a replacement that only began: the value's end may still be pending for another detector. */
  private wholeTo(): number {
    let upTo = this.clearTo;
    if (this.unfinished.length === 0) return upTo;
    for (const { start, end } of this.unfinished.sort((a, b) => b.start - a.start)) {
      if (start < upTo && end > upTo) upTo = start;
    }
    return upTo;
  }

  private takeFinished(upTo: number): readonly TextEdit[] {
    if (this.unfinished.length === 0) return [];
    const finished = this.unfinished.filter(({ end }) => end <= upTo);
    this.unfinished = this.unfinished.filter(({ end }) => end > upTo);
    return finished;
  }

  /** Nothing of what has left is asked for again, but for the beginning of a URL. */
  private dropRecent(): void {
    const before = this.parts.placeholders.restorable === 0 ? 0 : URL_LOOKBACK_CHARS;
    const dropped = Math.min(this.text.toRestored(this.cleared) - before - this.recentFrom, this.recent.length);
    if (dropped <= DROPPED_MIN_CHARS) return;
    this.recent = ownText(this.recent.slice(dropped));
    this.recentFrom += dropped;
  }

  private note({ findings, clearTo }: { readonly findings: readonly Finding[]; readonly clearTo: number }): void {
    for (const finding of findings) {
      const { start, end } = finding.span;
      const value = this.recent.slice(Math.max(0, start - this.recentFrom), end - this.recentFrom);
      this.fresh.push({ finding, wire: this.text.spanToWire(finding.span), value });
    }
    this.clearTo = Math.max(this.clearTo, this.text.toWire(clearTo));
  }

  private inUrl(restoredAt: number): boolean {
    return continuesUrl(this.recent.slice(0, Math.max(0, restoredAt - this.recentFrom)));
  }
}
