import { RE2JS } from 're2js';
import type { CheckRun } from '../check-run.ts';
import type { SchemaLimits } from '../schema-limits.ts';
import { type PatternSource, translatePattern } from './translate-pattern.ts';

/** A pattern of a schema. */
export interface SchemaPattern {
  /** Cost: O(text) times O(instructions), which is spent; `false` where the run has stopped. */
  matches(text: string, run: CheckRun): boolean;
}

/** Characters, by instructions, that are one step. */
const PER_STEP = 8;
/** Steps that compiling one instruction again counts for. */
const COMPILE_STEPS = 16;
/** UTF-16 units after which what the engine remembers of its searches is let go: it keeps a state for each at most. */
const REMEMBERED_CHARS = 16_384;

/**
 * The patterns of one schema, in RE2. They are compiled when the schema is opened, which shows whether RE2 knows them, and again after
 * much was searched, because the engine remembers: memory stays within some 16,000 states for all of them.
 */
export class PatternShelf {
  readonly #patterns = new Map<string, KeptPattern>();
  readonly #limits: SchemaLimits;
  #instructions = 0;
  #read = 0;

  constructor(limits: SchemaLimits) {
    this.#limits = limits;
  }

  /** @returns `unknown` where it is none, or RE2 can't say it */
  add(pattern: string): SchemaPattern | 'unknown' | 'too-large' {
    const kept = this.#patterns.get(pattern);
    if (kept !== undefined) return kept;
    if (pattern.length > this.#limits.maxPatternChars) return 'too-large';
    const source = translatePattern(pattern);
    if (source === undefined) return 'unknown';
    this.#instructions += source.instructions;
    if (source.instructions > this.#limits.maxPatternInstructions) return 'too-large';
    if (this.#instructions > this.#limits.maxSchemaInstructions) return 'too-large';
    const added = new KeptPattern(source, (chars) => this.#searched(chars));
    if (!added.compiles()) return 'unknown';
    this.#patterns.set(pattern, added);
    return added;
  }

  #searched(chars: number): void {
    this.#read += chars;
    if (this.#read <= REMEMBERED_CHARS) return;
    this.#read = 0;
    for (const pattern of this.#patterns.values()) pattern.forget();
  }
}

class KeptPattern implements SchemaPattern {
  readonly #pattern: PatternSource;
  readonly #searched: (chars: number) => void;
  #expression: RE2JS | undefined;

  constructor(pattern: PatternSource, searched: (chars: number) => void) {
    this.#pattern = pattern;
    this.#searched = searched;
  }

  /** Whatever the engine throws at a pattern that somebody else wrote means that it is none of ours. */
  compiles(): boolean {
    try {
      this.#expression = RE2JS.compile(this.#pattern.source);
      return true;
    } catch {
      return false;
    }
  }

  forget(): void {
    this.#expression = undefined;
  }

  matches(text: string, run: CheckRun): boolean {
    const { source, instructions } = this.#pattern;
    if (!run.spend(1 + Math.floor(((text.length + 1) * instructions) / PER_STEP))) return false;
    if (this.#expression === undefined) {
      if (!run.spend(instructions * COMPILE_STEPS)) return false;
      this.#expression = RE2JS.compile(source);
    }
    const found = this.#expression.test(text);
    this.#searched(text.length);
    return found;
  }
}
