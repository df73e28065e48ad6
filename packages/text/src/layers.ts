import type { Decoding, Span, TextLayer } from '@sallyport/core';
import type { OffsetMap } from './offset-map.ts';

const NO_DECODINGS: readonly Decoding[] = [];

/** A layer that can tell which of its decodings a part of it owes to. */
export interface MappedLayer extends TextLayer {
  /** Decodings on the way from the raw text to this layer, without the foldings that did nothing within `span`. */
  viaAt(span: Span): readonly Decoding[];
}

/** The text as it came. */
export class RawLayer implements MappedLayer {
  readonly text: string;
  readonly via = NO_DECODINGS;
  readonly growing = true;

  constructor(text: string) {
    this.text = text;
  }

  toRaw(start: number, end: number): Span {
    return { start, end };
  }

  viaAt(): readonly Decoding[] {
    return NO_DECODINGS;
  }
}

/** What a layer was made from: its text, and where each unit of it stood in the parent. */
export interface LayerSource {
  readonly text: string;
  toSource(start: number, end: number): Span;
}

/** How a layer was made. */
interface LayerMaking {
  readonly kinds: readonly Decoding[];
  /** Of a folded layer: each edit. What was decoded as a whole has none. */
  readonly edits?: OffsetMap;
  readonly growing: boolean;
}

/** A layer that was made from another one. */
export class DerivedLayer implements MappedLayer {
  readonly text: string;
  readonly via: readonly Decoding[];
  readonly growing: boolean;
  readonly #parent: MappedLayer;
  readonly #source: LayerSource;
  readonly #making: LayerMaking;

  constructor(parent: MappedLayer, source: LayerSource, making: LayerMaking) {
    this.text = source.text;
    this.via = [...parent.via, ...making.kinds];
    this.growing = making.growing;
    this.#parent = parent;
    this.#source = source;
    this.#making = making;
  }

  toRaw(start: number, end: number): Span {
    const inParent = this.#source.toSource(start, end);
    return this.#parent.toRaw(inParent.start, inParent.end);
  }

  viaAt(span: Span): readonly Decoding[] {
    const { kinds, edits } = this.#making;
    const touched = edits === undefined ? kinds : kinds.filter((kind) => this.#touches(edits, kind, span));
    return [...this.#parent.viaAt(span), ...touched];
  }

  #touches(edits: OffsetMap, wanted: Decoding, span: Span): boolean {
    for (const { kind, start, end } of edits.edits()) {
      if (kind !== wanted) continue;
      const raw = this.#parent.toRaw(start, end);
      if (raw.start < span.end && raw.end > span.start) return true;
    }
    return false;
  }
}
