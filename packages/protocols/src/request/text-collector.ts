import { Buffer } from 'node:buffer';
import type { Checkpoint, Origin, Role, Segment, SliceContent, Span, Unseen } from '@sallyport/core';
import { isFault } from '@sallyport/core';
import { ByteOffsets, type JsonNumber, type JsonString, parseJson } from '@sallyport/wire';
import { walkTexts } from '../walk-texts.ts';

/** What is true of a text wherever it stands. */
export interface TextSource {
  readonly point: Checkpoint;
  readonly role: Role;
  readonly tool?: string | undefined;
  /** Signed by the provider: never edited. */
  readonly fixed?: boolean;
}

/** The slice that is being read: its bytes decoded, and what is true of all its texts. */
export interface OpenedSlice extends TextSource {
  readonly slice: number;
  readonly text: string;
  readonly byteLength: number;
}

/** Containers within containers that are looked into inside a string that holds JSON; deeper, the string is one text. */
const INNER_DEPTH = 64;
/** Values and names that are looked into there; of more, the string is one text. */
const INNER_NODES = 100_000;

/** Gathers the segments of one slice of a request. */
export class TextCollector {
  readonly #opened: OpenedSlice;
  readonly #offsets: ByteOffsets;
  readonly #segments: Segment[];
  readonly #unseen: Unseen[];

  /** @param whole gathers the texts of the same slice, of which this one takes a part */
  constructor(opened: OpenedSlice, whole?: TextCollector) {
    this.#opened = opened;
    this.#offsets = whole === undefined ? new ByteOffsets(opened.text, opened.byteLength) : whole.#offsets;
    this.#segments = whole === undefined ? [] : whole.#segments;
    this.#unseen = whole === undefined ? [] : whole.#unseen;
  }

  /** Gathers into the same list texts of which something else is true, such as a document within a user's message. */
  from(source: Partial<TextSource>): TextCollector {
    return new TextCollector({ ...this.#opened, ...source }, this);
  }

  /** A literal is a text. Empty ones have nothing to look at. */
  add(node: JsonString | JsonNumber, field: string, tool = this.#opened.tool): void {
    const text = node.kind === 'string' ? node.value : this.#opened.text.slice(node.start, node.end);
    this.#push(node, text, { field, tool });
  }

  /** A literal whose text may itself be JSON: each string and key in it is a text of its own. */
  addJson(node: JsonString, field: string, tool = this.#opened.tool): void {
    const inside = parseJson(node.value, { maxDepth: INNER_DEPTH, maxNodes: INNER_NODES, strict: false });
    if (isFault(inside) || inside.kind === 'word' || inside.kind === 'number') {
      this.add(node, field, tool);
      return;
    }
    walkTexts(inside, { field, path: '' }, (place) => {
      const span = { start: place.node.start, end: place.node.end };
      const text = place.node.kind === 'string' ? place.node.value : node.value.slice(span.start, span.end);
      this.#push(node, text, { field, tool, inner: span });
    });
  }

  /** A literal that holds a text in base64, which must be UTF-8: edits are of that text. */
  addBase64(node: JsonString, field: string, tool = this.#opened.tool): void {
    this.#push(node, Buffer.from(node.value, 'base64').toString('utf8'), { field, tool, encoding: 'base64' });
  }

  see(kind: Unseen['kind'], at: string, bytes: number): void {
    this.#unseen.push({ kind, at, bytes });
  }

  /** Bytes between two places of the slice. */
  bytesOf(span: Span): number {
    return this.#offsets.at(span.end) - this.#offsets.at(span.start);
  }

  content(): SliceContent {
    return { segments: this.#segments, unseen: this.#unseen };
  }

  #push(literal: Span, text: string, { field, tool, ...within }: Placing): void {
    if (text === '') return;
    const { slice, point, role, fixed } = this.#opened;
    const at = { slice, start: this.#offsets.at(literal.start), end: this.#offsets.at(literal.end) };
    const origin: Origin = tool === undefined ? { role, field } : { role, field, tool };
    const placed = { point, origin, text, at: { ...at, ...within } };
    this.#segments.push(fixed === true ? { ...placed, fixed } : placed);
  }
}

interface Placing {
  readonly field: string;
  readonly tool: string | undefined;
  readonly inner?: Span;
  readonly encoding?: 'base64';
}
