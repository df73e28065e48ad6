import type { TextEdit } from '@sallyport/core';

/** A JSON string literal for a text, quotes included. */
export function encodeLiteral(text: string): string {
  return JSON.stringify(text);
}

/** Applies edits to a text. Edits are ascending and disjoint; a list that is not is a programmer's error and gives garbage. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let out = '';
  let from = 0;
  for (const edit of edits) {
    out += text.slice(from, edit.start) + edit.text;
    from = edit.end;
  }
  return out + text.slice(from);
}

/**
 * Edits the text that a JSON string literal stands for; what is not edited keeps its very characters, escapes included.
 * @param literal with its quotes
 * @param edits offsets in the decoded text, ascending and disjoint; an edge inside a surrogate pair moves out of it
 * Cost: O(n).
 */
export function editLiteral(literal: string, edits: readonly TextEdit[]): string {
  const cursor = new LiteralCursor(literal);
  let out = '';
  let from = 0;
  for (const edit of edits) {
    const start = Math.max(from, cursor.to(edit.start, 'before'));
    out += literal.slice(from, start) + encodeLiteral(edit.text).slice(1, -1);
    from = Math.max(start, cursor.to(edit.end, edit.end === edit.start ? 'before' : 'behind'));
  }
  return out + literal.slice(from);
}

/** Walks a literal and its decoded text in step. */
class LiteralCursor {
  readonly #literal: string;
  /** Offset in the literal of the character at `#decoded`. */
  #at = 1;
  #decoded = 0;

  constructor(literal: string) {
    this.#literal = literal;
  }

  /** The literal's offset for a decoded offset, not smaller than the one before; `side` says where to go inside a pair. */
  to(decoded: number, side: 'before' | 'behind'): number {
    const last = this.#literal.length - 1;
    while (this.#at < last && this.#decoded < decoded) {
      const width = this.#pairWidth();
      if (this.#decoded + width > decoded && side === 'before') return this.#at;
      this.#advance(width);
    }
    return this.#at;
  }

  /** 2 when a surrogate pair, escaped or not, stands here. */
  #pairWidth(): 1 | 2 {
    const high = this.#unit(this.#at);
    if (high < 0xd800 || high > 0xdbff) return 1;
    const low = this.#unit(this.#at + this.#size(this.#at));
    return low >= 0xdc00 && low <= 0xdfff ? 2 : 1;
  }

  #advance(width: 1 | 2): void {
    for (let i = 0; i < width; i += 1) this.#at += this.#size(this.#at);
    this.#decoded += width;
  }

  #size(at: number): number {
    if (this.#literal[at] !== '\\') return 1;
    return this.#literal[at + 1] === 'u' ? 6 : 2;
  }

  /** The code unit at an offset; only surrogates matter, so short escapes need not be decoded. */
  #unit(at: number): number {
    if (this.#literal[at] !== '\\') return this.#literal.charCodeAt(at);
    return this.#literal[at + 1] === 'u' ? Number.parseInt(this.#literal.slice(at + 2, at + 6), 16) : 0;
  }
}
