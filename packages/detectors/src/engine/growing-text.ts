import { ownText } from '@sallyport/core';
import { type MappedView, plainViewOf, type ViewLimits, viewOf } from '@sallyport/text';

/** Characters between two places that are remembered as good for a cut. */
const CUT_STRIDE_CHARS = 64;
/** The same within what was read at once: enough to drop most of what came in one long piece. */
const LONG_CUT_STRIDE_CHARS = 512;
/** Places that are tried before giving up the search for a cut. */
const CUT_SEARCH_CHARS = 256;

/** The end of a text that grows: as much of it as is still needed, and how it reads. */
export class GrowingText {
  readonly #limits: ViewLimits;
  #tail = '';
  #base = 0;
  /** Up to here the tail is known to read in one way only, and could be cut. */
  #plainTo = 0;
  /** Whether the tail reads in more than one way. */
  #layered = false;
  /** Offsets at which the text could be cut, ascending. */
  #cuts: number[] = [];

  constructor(limits: ViewLimits) {
    this.#limits = limits;
  }

  /** Offset of the tail in the text. */
  get base(): number {
    return this.#base;
  }

  get length(): number {
    return this.#base + this.#tail.length;
  }

  append(text: string): void {
    this.#tail += text;
  }

  /** Reads the tail. While it reads in one way only, no more than its last words are looked at. */
  view(): MappedView {
    if (!this.#layered) {
      const unread = this.#plainTo - this.#base;
      const end = viewOf(this.#tail.slice(unread), this.#limits);
      if (isPlain(end)) {
        this.#remember(end, this.#plainTo);
        const open = { openFrom: unread + end.openFrom, foldOpenFrom: unread + end.foldOpenFrom };
        return plainViewOf(this.#tail, open);
      }
    }
    const view = viewOf(this.#tail, this.#limits);
    this.#layered = !isPlain(view);
    if (this.#layered) this.#plainTo = this.#base;
    else this.#remember(view, this.#base);
    return view;
  }

  /** Whether the last view had one layer only. */
  get isPlain(): boolean {
    return !this.#layered;
  }

  /** Drops what lies before `needed`, as far as the rest then still reads the same. */
  trim(needed: number, view: MappedView): void {
    const cut = this.#layered ? this.#cutIn(view, needed) : this.#cuts.findLast((at) => at <= needed);
    if (cut === undefined || cut <= this.#base) return;
    this.#drop(cut);
  }

  /** Drops what lies before `needed`, whatever it does to the reading of the rest. */
  forceTrim(needed: number): void {
    const inPair = isLowSurrogate(this.#tail.charCodeAt(needed - this.#base));
    this.#drop(inPair ? needed - 1 : needed);
    this.#layered = true;
  }

  #drop(cut: number): void {
    this.#tail = ownText(this.#tail.slice(cut - this.#base));
    this.#base = cut;
    this.#plainTo = Math.max(this.#plainTo, cut);
    this.#cuts = this.#cuts.filter((at) => at > cut);
  }

  #cutIn(view: MappedView, needed: number): number | undefined {
    const at = view.safeStart(needed - this.#base, CUT_SEARCH_CHARS);
    return at === undefined ? undefined : this.#base + at;
  }

  #remember(view: MappedView, base: number): void {
    const last = view.safeStart(view.openFrom, CUT_SEARCH_CHARS);
    if (last === undefined) return;
    for (let from = LONG_CUT_STRIDE_CHARS; from < last; from += LONG_CUT_STRIDE_CHARS) {
      const at = view.safeStart(from, CUT_SEARCH_CHARS);
      if (at !== undefined) this.#rememberCut(base + at);
    }
    this.#plainTo = base + last;
    this.#rememberCut(this.#plainTo);
  }

  #rememberCut(at: number): void {
    if (at >= (this.#cuts.at(-1) ?? this.#base) + CUT_STRIDE_CHARS) this.#cuts.push(at);
  }
}

function isPlain(view: MappedView): boolean {
  return view.layers.length === 1 && !view.truncated;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
