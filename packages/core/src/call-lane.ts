import { continuesUrl } from './continues-url.ts';
import type { ReceiptLine } from './detector.ts';
import { merge } from './enforce.ts';
import { inspectJoined } from './joined.ts';
import type { AnswerCodec, Lane, LaneLeaf, TextEdit } from './protocol.ts';
import { RestoredText } from './restored-text.ts';
import type { LaneFinding, LaneParts } from './text-lane.ts';

interface Leaf {
  readonly leaf: LaneLeaf;
  readonly text: RestoredText;
  readonly restored: string;
}

/** A finding in one leaf of a call. */
export interface CallFinding extends LaneFinding {
  readonly leaf: number;
}

/** One tool call of an answer: held whole, then judged leaf by leaf on what it would really do. */
export class CallLane {
  readonly lane: Lane;
  private readonly parts: LaneParts;
  private text = '';
  private leaves: readonly Leaf[] = [];
  readonly lines: ReceiptLine[] = [];
  received = 0;
  /** UTF-8 size of the arguments so far. */
  bytes = 0;
  restored = 0;
  ended = false;

  constructor(lane: Lane, parts: LaneParts) {
    this.lane = lane;
    this.parts = parts;
  }

  push(text: string): void {
    this.received += text.length;
    this.bytes += utf8Length(text);
    this.text += text;
  }

  /** The arguments of an ended call as the tool would get them, were every value put back: what a human is asked about. */
  get made(): string {
    const name = this.leaves.find(({ leaf }) => leaf.origin.field === 'name' && leaf.at.start === 0);
    const edits = this.leaves.flatMap(({ leaf, restored }) =>
      leaf === name?.leaf || restored === leaf.text
        ? []
        : [{ ...leaf.at, text: leaf.literal ? JSON.stringify(restored) : restored }],
    );
    return apply(this.text, edits).slice(name?.leaf.at.end ?? 0);
  }

  /** The arguments as they came, with some of it replaced, and no value put back. */
  edited(cuts: readonly { readonly leaf: number; readonly edit: TextEdit }[]): string {
    const name = this.leaves.find(({ leaf }) => leaf.origin.field === 'name' && leaf.at.start === 0);
    const edits = this.leaves.flatMap(({ leaf }, at) => {
      const own = merge(cuts.flatMap((cut) => (cut.leaf === at ? cut.edit : [])));
      if (own.length === 0 || leaf === name?.leaf) return [];
      const edited = apply(leaf.text, own);
      return [{ ...leaf.at, text: leaf.literal ? JSON.stringify(edited) : edited }];
    });
    return apply(this.text, edits).slice(name?.leaf.at.end ?? 0);
  }

  /** The arguments as they leave, with the edits that `edits()` gave. */
  leaving(edits: readonly TextEdit[]): string {
    const name = this.leaves.find(({ leaf }) => leaf.origin.field === 'name' && leaf.at.start === 0);
    const from = name?.leaf.at.end ?? 0;
    const own = edits.filter(({ start }) => start >= from);
    return apply(
      this.text.slice(from),
      own.map(({ start, end, text }) => ({ start: start - from, end: end - from, text })),
    );
  }

  /** The arguments of a call that was not read, as they came. */
  get unread(): string {
    return this.text;
  }

  /** The call is complete: returns what its arguments hold, values put in the place of placeholders. */
  end(codec: AnswerCodec): readonly CallFinding[] {
    this.ended = true;
    this.leaves = codec.leaves(this.lane, this.text).map((leaf) => {
      const text = new RestoredText(this.parts.placeholders);
      return { leaf, text, restored: text.push(leaf.text) + text.end() };
    });
    const findings: CallFinding[] = [];
    const note = (leaf: number, finding: CallFinding['finding'], span = finding.span) => {
      const own = this.leaves[leaf];
      if (own === undefined) return;
      findings.push({
        leaf,
        finding,
        wire: own.text.spanToWire(span),
        value: own.restored.slice(span.start, span.end),
      });
    };
    const { inspector, request } = this.parts;
    for (const [at, { leaf, restored }] of this.leaves.entries()) {
      const inspected = inspector.inspect(restored, { point: 'tool-call', origin: leaf.origin, request });
      this.lines.push(...inspected.lines);
      for (const finding of inspected.findings) note(at, finding);
    }
    const texts = this.leaves.map(({ restored }, segment) => ({ segment, text: restored }));
    const question = { point: 'tool-call', origin: this.lane.origin, request } as const;
    const joined = inspectJoined(texts, inspector, question);
    this.lines.push(...joined.broken);
    for (const { finding, places } of joined.findings) {
      for (const { segment, span } of places) note(segment, finding, span);
    }
    return findings;
  }

  /** Edits of the call's text: per leaf, what the decision replaces and what policy lets be put back. */
  edits(redacted: readonly { readonly leaf: number; readonly edit: TextEdit }[]): readonly TextEdit[] {
    const edits: TextEdit[] = [];
    const byLeaf = new Map<number, TextEdit[]>();
    for (const { leaf, edit } of redacted) {
      const own = byLeaf.get(leaf);
      if (own === undefined) byLeaf.set(leaf, [edit]);
      else own.push(edit);
    }
    for (const [at, { leaf, text, restored }] of this.leaves.entries()) {
      const own = byLeaf.get(at) ?? [];
      const allowed = (offset: number) =>
        this.parts.mayRestore(continuesUrl(restored.slice(0, offset)) ? 'url' : 'tool-argument', this.lane.origin.tool);
      const restores =
        this.parts.placeholders.restorable === 0 ? [] : text.restores({ start: 0, end: leaf.text.length }, allowed);
      this.restored += text.restored;
      const merged = merge(own, restores);
      if (merged.length === 0) continue;
      const edited = apply(leaf.text, merged);
      edits.push({ ...leaf.at, text: leaf.literal ? JSON.stringify(edited) : edited });
    }
    return edits;
  }
}

/** Applies ascending, disjoint edits. */
export function apply(text: string, edits: readonly TextEdit[]): string {
  let out = '';
  let last = 0;
  for (const { start, end, text: replacement } of edits) {
    out += text.slice(last, start) + replacement;
    last = end;
  }
  return out + text.slice(last);
}

/** Size of a text in UTF-8, bytes. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code > 0x7f) bytes += code > 0x7ff && (code < 0xd800 || code > 0xdfff) ? 2 : 1;
  }
  return bytes;
}
