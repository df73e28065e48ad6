import { RE2JS } from 're2js';
import type { PatternSource } from './translate-pattern.ts';

/** Instructions that are kept compiled: some 16 MB. */
const KEPT_INSTRUCTIONS = 65_536;
/** Words that the engine may remember of its searches: 32 MB. */
const REMEMBERED_WORDS = 4_194_304;
/** Words of a state of the engine, beside one for each instruction. */
const STATE_WORDS = 64;
/** Ranges of a set of Unicode: each may become a word of every state. */
const SET_RANGES = 1_300;

/**
 * What is compiled, of all schemas: a schema of a hundred bytes may hold patterns that compile to megabytes, and a server may send a thousand
 * of them. The engine remembers, too: at most a state for each character that it searched. When either is too much, all is let go.
 */
export class CompiledPatterns {
  readonly #kept = new Map<string, RE2JS>();
  #instructions = 0;
  #words = 0;

  get({ source }: PatternSource): RE2JS | undefined {
    return this.#kept.get(source);
  }

  /** Cost: some 2 us an instruction. */
  compile({ source, instructions }: PatternSource): RE2JS {
    const expression = RE2JS.compile(source);
    if (this.#instructions + instructions > KEPT_INSTRUCTIONS) this.#forget();
    this.#kept.set(source, expression);
    this.#instructions += instructions;
    return expression;
  }

  /** Notes that so many characters were searched. */
  searched({ instructions, sets }: PatternSource, chars: number): void {
    this.#words += chars * (STATE_WORDS + instructions + SET_RANGES * sets);
    if (this.#words > REMEMBERED_WORDS) this.#forget();
  }

  #forget(): void {
    this.#kept.clear();
    this.#instructions = 0;
    this.#words = 0;
  }
}
