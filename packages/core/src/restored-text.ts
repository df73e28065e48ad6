import { ownText } from './own-text.ts';
import type { Piece, PlaceholderTable } from './placeholders.ts';
import type { TextEdit } from './protocol.ts';
import type { Span } from './vocabulary.ts';

/** A placeholder, an escaped look-alike of it or a mark: where it stands in the wire's text, and where in the restored one. */
interface Swap {
  readonly wire: Span;
  readonly restored: Span;
  readonly value: string;
  readonly kind: Exclude<Piece['kind'], 'text'>;
}

/**
 * Reads an answer's text as its receiver would: with the real values in the place of placeholders, and words unmarked. Detectors judge that
 * reading; the map leads from its offsets back to those of the wire.
 */
export class RestoredText {
  private readonly placeholders: PlaceholderTable;
  private readonly swaps: Swap[] = [];
  private carry = '';
  private wireLength = 0;
  private restoredLength = 0;
  /** Values and escapes that were put back; marks are none. */
  restored = 0;
  /** Marks that were taken out. */
  unmarked = 0;

  constructor(placeholders: PlaceholderTable) {
    this.placeholders = placeholders;
  }

  /** Takes wire text; returns the restored text that is certain by now. A tail that may become a placeholder waits. */
  push(text: string): string {
    if (this.placeholders.restorable === 0) {
      this.wireLength += text.length;
      this.restoredLength += text.length;
      return text;
    }
    const whole = this.carry + text;
    const certain = this.placeholders.certainTo(whole);
    this.carry = ownText(whole.slice(certain));
    return this.restore(whole.slice(0, certain));
  }

  end(): string {
    const rest = this.carry;
    this.carry = '';
    return this.restore(rest);
  }

  /** Wire offset up to which the text is clear when the restored text is clear up to `offset`; never inside a placeholder. */
  toWire(offset: number): number {
    const swap = this.swaps.findLast(({ restored }) => restored.start < offset);
    if (swap === undefined) return offset;
    if (offset < swap.restored.end) return swap.wire.start;
    return swap.wire.end + offset - swap.restored.end;
  }

  /** Restored offset at which the text begins that a wire offset begins; of an offset within a placeholder, its value's start. */
  toRestored(offset: number): number {
    const swap = this.swaps.findLast(({ wire }) => wire.start < offset);
    if (swap === undefined) return offset;
    if (offset < swap.wire.end) return swap.restored.start;
    return swap.restored.end + offset - swap.wire.end;
  }

  /** The wire range that covers a restored one: placeholders that it touches are in it whole. */
  spanToWire({ start, end }: Span): Span {
    const first = this.swaps[this.firstWhere(({ restored }) => restored.end > start)];
    const last = this.swaps[this.firstWhere(({ restored }) => restored.end >= end)];
    return {
      start: first !== undefined && first.restored.start <= start ? first.wire.start : this.toWire(start),
      end: last !== undefined && last.restored.start < end ? last.wire.end : this.toWire(end),
    };
  }

  /**
   * Edits that put values back within a wire range.
   * @param allowed whether a placeholder at a restored offset may be replaced by its value
   */
  restores(range: Span, allowed: (restoredStart: number) => boolean): readonly TextEdit[] {
    const edits: TextEdit[] = [];
    for (let at = this.firstWhere(({ wire }) => wire.start >= range.start); at < this.swaps.length; at += 1) {
      const swap = this.swaps[at];
      if (swap === undefined || swap.wire.end > range.end) break;
      const { wire, restored, value, kind } = swap;
      if (kind === 'placeholder' && !allowed(restored.start)) continue;
      if (kind === 'mark') this.unmarked += 1;
      else this.restored += 1;
      edits.push({ ...wire, text: value });
    }
    return edits;
  }

  /** Index of the first swap that satisfies a condition which, once true, stays true; their number when none does. */
  private firstWhere(holds: (swap: Swap) => boolean): number {
    let low = 0;
    let high = this.swaps.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const swap = this.swaps[middle];
      if (swap !== undefined && holds(swap)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  private restore(text: string): string {
    let restored = '';
    for (const piece of this.placeholders.pieces(text)) {
      const value = piece.kind === 'text' ? piece.text : piece.value;
      if (piece.kind !== 'text') {
        this.swaps.push({
          wire: { start: this.wireLength, end: this.wireLength + piece.text.length },
          restored: { start: this.restoredLength, end: this.restoredLength + value.length },
          value,
          kind: piece.kind,
        });
      }
      this.wireLength += piece.text.length;
      this.restoredLength += value.length;
      restored += value;
    }
    return restored;
  }
}
