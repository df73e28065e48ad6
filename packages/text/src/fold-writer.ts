import type { Decoding, Span } from '@sallyport/core';
import type { HiddenRun } from './hidden-runs.ts';
import { OffsetMap } from './offset-map.ts';

/** A text with its disguises taken off, and where each unit of it came from. */
export interface Folded {
  readonly text: string;
  readonly map: OffsetMap;
  /** Texts carried by characters that draw nothing, with their source ranges. */
  readonly hidden: readonly (HiddenRun & { readonly kind: Decoding })[];
}

/** State of one fold: the edits so far, and the text that they give. */
export class FoldWriter {
  readonly source: string;
  readonly map = new OffsetMap();
  readonly hidden: (HiddenRun & { kind: Decoding })[] = [];
  /** The word that was looked at last: where it ends, and whether its look-alikes are disguise. */
  word = { end: 0, disguised: false };
  #out = '';
  /** Source offset up to which the output is written. */
  #done = 0;

  constructor(source: string) {
    this.source = source;
  }

  /** Source offset up to which everything is decided by edits already made. */
  get done(): number {
    return this.#done;
  }

  /** Replaces a range of the source that begins at or after `done`. */
  replace(kind: Decoding, span: Span, text: string): void {
    this.#out += this.source.slice(this.#done, span.start);
    const at = this.#out.length;
    this.#out += text;
    this.#done = span.end;
    this.map.add(kind, span, { start: at, end: this.#out.length });
  }

  finish(): Folded | undefined {
    if (this.map.size === 0) return undefined;
    const { map, hidden } = this;
    return { text: this.#out + this.source.slice(this.#done), map, hidden };
  }
}
