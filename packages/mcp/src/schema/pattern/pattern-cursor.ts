/** Reads a pattern code point by code point, as the `u` flag of ECMA-262 does. */
export class PatternCursor {
  readonly #pattern: string;
  #at = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#pattern.length;
  }

  /** The next code point as a text, taken; nothing at the end. */
  take(): string {
    const point = this.#pattern.codePointAt(this.#at);
    if (point === undefined) return '';
    const taken = String.fromCodePoint(point);
    this.#at += taken.length;
    return taken;
  }

  /** Takes that text where it stands next. */
  takes(text: string): boolean {
    const stands = this.#pattern.startsWith(text, this.#at);
    if (stands) this.#at += text.length;
    return stands;
  }

  /** Takes what an expression with the flag `y` matches next. */
  match(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.#at;
    const match = expression.exec(this.#pattern);
    if (match === null) return undefined;
    this.#at += match[0].length;
    return match;
  }
}
