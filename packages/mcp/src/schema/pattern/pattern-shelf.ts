import { RE2JS } from 're2js';
import type { CheckRun } from '../check-run.ts';
import type { SchemaLimits } from '../schema-limits.ts';
import { CompiledPatterns } from './compiled-patterns.ts';
import { type PatternSource, translatePattern } from './translate-pattern.ts';

/** A pattern of a schema. */
export interface SchemaPattern {
  /** Cost: O(text) times O(instructions), which is spent; `false` where the run has stopped. */
  matches(text: string, run: CheckRun): boolean;
}

/** Characters, by instructions, that are one step. */
const PER_STEP = 8;
/** Steps that compiling one instruction counts for. */
const COMPILE_STEPS = 16;

/** One for the process, since what it bounds is the memory of the process. */
const compiled = new CompiledPatterns();

/** The patterns of one schema, in RE2. They are compiled when the schema is opened, to see that RE2 knows them, and again when they are used. */
export class PatternShelf {
  readonly #patterns = new Map<string, SchemaPattern>();
  readonly #limits: SchemaLimits;
  #instructions = 0;

  constructor(limits: SchemaLimits) {
    this.#limits = limits;
  }

  /** @returns `unknown` where it is none, or RE2 can't say it */
  add(pattern: string): SchemaPattern | 'unknown' | 'too-large' {
    const kept = this.#patterns.get(pattern);
    if (kept !== undefined) return kept;
    if (pattern.length > this.#limits.maxPatternChars) return 'too-large';
    const translated = translatePattern(pattern);
    if (translated === undefined) return 'unknown';
    this.#instructions += translated.instructions;
    if (translated.instructions > this.#limits.maxPatternInstructions) return 'too-large';
    if (this.#instructions > this.#limits.maxSchemaInstructions) return 'too-large';
    if (!compiles(translated)) return 'unknown';
    const added = { matches: (text: string, run: CheckRun) => matches(translated, text, run) };
    this.#patterns.set(pattern, added);
    return added;
  }
}

/** Whatever the engine throws at a pattern that somebody else wrote means that it is none of ours. */
function compiles({ source }: PatternSource): boolean {
  try {
    return RE2JS.compile(source) !== undefined;
  } catch {
    return false;
  }
}

function matches(pattern: PatternSource, text: string, run: CheckRun): boolean {
  const { instructions } = pattern;
  if (!run.spend(1 + Math.floor(((text.length + 1) * instructions) / PER_STEP))) return false;
  let expression = compiled.get(pattern);
  if (expression === undefined) {
    if (!run.spend(instructions * COMPILE_STEPS)) return false;
    expression = compiled.compile(pattern);
  }
  const found = expression.test(text);
  compiled.searched(pattern, text.length);
  return found;
}
