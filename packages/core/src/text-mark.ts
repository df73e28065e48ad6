import type { Segment } from './protocol.ts';

/** Fields in which protocols carry what the assistant says, in answers and in histories alike. */
const SPOKEN: ReadonlySet<string> = new Set(['content', 'text']);

/** Whether a text is what the assistant says, rather than its reasoning or what stands beside it. */
export function isSpoken({ point, origin }: Pick<Segment, 'point' | 'origin'>): boolean {
  const { role, field, tool } = origin;
  return (point === 'output' || point === 'input') && role === 'assistant' && tool === undefined && SPOKEN.has(field);
}

/** White space between two words that a mark waits for, characters; more of it counts as text. */
const PENDING_MAX_CHARS = 1_024;

/**
 * Tells one text from another as it grows, without keeping it: its length and two sums over it. White space at its ends
 * counts for nothing, since clients trim. The sums are no secret and no seal: who keeps a mark, keys it first.
 * Cost: O(length).
 */
export class TextMark {
  private chars = 0;
  private first = 0x811c9dc5;
  private second = 0x1e3779b9;
  /** White space that ends the text so far. */
  private pending = '';

  push(text: string): void {
    const whole = this.pending + (this.chars === 0 ? text.trimStart() : text);
    const end = whole.length > PENDING_MAX_CHARS ? whole.length : whole.trimEnd().length;
    this.pending = whole.slice(end);
    this.chars += end;
    let { first, second } = this;
    for (let at = 0; at < end; at += 1) {
      const code = whole.charCodeAt(at);
      first = Math.imul(first ^ code, 0x01000193);
      second = Math.imul(second, 31) + code;
    }
    this.first = first;
    this.second = second | 0;
  }

  get isEmpty(): boolean {
    return this.chars === 0;
  }

  /** The same for texts that are alike but for white space at their ends. */
  get print(): string {
    return `${this.chars} ${this.first} ${this.second}`;
  }
}
