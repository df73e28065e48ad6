import { PatternCursor } from './pattern-cursor.ts';
import { readClass, SET_WEIGHT } from './read-class.ts';
import { pointSource, readEscape } from './read-escape.ts';

export interface PatternSource {
  /** For RE2, without flags. */
  readonly source: string;
  /** At least as many as RE2 compiles it to. */
  readonly instructions: number;
  /** Sets of Unicode in it. */
  readonly sets: number;
}

/** A group that is open: what it weighs, with one for each branch. */
interface Group {
  weight: number;
}

const QUANTIFIER = /[*+?]|\{([0-9]{1,4})(?:(,)([0-9]{0,4}))?\}/y;
/** What some dialects read as a quantifier and others as text. */
const DOUBTFUL = /[0-9,]/y;
const NAME = /\?<[A-Za-z_$][\w$]{0,63}>/y;
const MAX_COUNT = 1_000;
const ANY_BUT_LINE_ENDS = `[^${[0x0a, 0x0d, 0x2028, 0x2029].map(pointSource).join('')}]`;
const FRAME_INSTRUCTIONS = 4;

/**
 * Puts a pattern of ECMA-262 (with the flag `u`, as JSON Schema asks) into RE2's words, so that both match the same texts, and says what
 * it will compile to before that is done: a short pattern may be huge.
 * @returns `undefined` where RE2 can't say it (looking around, what was captured before), or where it is no pattern
 * Cost: O(length).
 */
export function translatePattern(pattern: string): PatternSource | undefined {
  const translator = new Translator(pattern);
  return translator.run() ? translator.result() : undefined;
}

class Translator {
  readonly #cursor: PatternCursor;
  readonly #out: string[] = [];
  readonly #groups: Group[] = [{ weight: FRAME_INSTRUCTIONS }];
  #sets = 0;
  /** Weight of what a quantifier would repeat; 0 where there is nothing. */
  #last = 0;

  constructor(pattern: string) {
    this.#cursor = new PatternCursor(pattern);
  }

  run(): boolean {
    while (!this.#cursor.isAtEnd) if (!this.#term()) return false;
    return this.#groups.length === 1;
  }

  result(): PatternSource {
    return { source: this.#out.join(''), instructions: this.#groups[0]?.weight ?? 0, sets: this.#sets };
  }

  #term(): boolean {
    const quantifier = this.#cursor.match(QUANTIFIER);
    if (quantifier !== undefined) return this.#repeat(quantifier);
    const next = this.#cursor.take();
    switch (next) {
      case '\\':
        return this.#escape();
      case '[': {
        const found = readClass(this.#cursor);
        if (found === undefined) return false;
        this.#sets += found.sets;
        return this.#atom(found.source, found.weight);
      }
      case '(':
        return this.#open();
      case ')':
        return this.#close();
      case '|':
        return this.#edge('|');
      case '^':
      case '$':
        return this.#edge(next);
      case '.':
        return this.#atom(ANY_BUT_LINE_ENDS, 1);
      case '{':
        return this.#cursor.match(DOUBTFUL) === undefined && this.#atom(pointSource(0x7b), 1);
      default: {
        const point = next.codePointAt(0) ?? 0;
        return (point < 0xd800 || point > 0xdfff) && this.#atom(pointSource(point), 1);
      }
    }
  }

  #atom(source: string, weight: number): boolean {
    this.#out.push(source);
    this.#add(weight);
    this.#last = weight;
    return true;
  }

  /** What matches no character, and is not repeated. */
  #edge(source: string): boolean {
    this.#out.push(source);
    this.#add(1);
    this.#last = 0;
    return true;
  }

  #add(weight: number): void {
    const group = this.#groups.at(-1);
    if (group !== undefined) group.weight += weight;
  }

  #escape(): boolean {
    const escaped = readEscape(this.#cursor);
    switch (escaped?.kind) {
      case 'point':
        return this.#atom(pointSource(escaped.point), 1);
      case 'set':
        this.#sets += escaped.isLarge ? 1 : 0;
        return this.#atom(`[${escaped.inside}]`, escaped.isLarge ? 1 + SET_WEIGHT : 1);
      case 'edge':
        return this.#edge(escaped.source);
      default:
        return false;
    }
  }

  #open(): boolean {
    if (!this.#cursor.takes('?:') && this.#cursor.match(NAME) === undefined && this.#cursor.takes('?')) return false;
    this.#out.push('(?:');
    this.#groups.push({ weight: 1 });
    this.#last = 0;
    return true;
  }

  #close(): boolean {
    const group = this.#groups.pop();
    return group !== undefined && this.#groups.length > 0 && this.#atom(')', group.weight);
  }

  #repeat([written, from, comma, to]: RegExpExecArray): boolean {
    if (this.#last === 0) return false;
    const least = Number(from ?? 0);
    const most = comma === undefined || to === '' ? least : Number(to);
    if (most < least || most > MAX_COUNT) return false;
    this.#add((this.#last + 1) * Math.max(most, least, 1) + 1 - this.#last);
    this.#last = 0;
    this.#out.push(written, this.#cursor.takes('?') ? '?' : '');
    return true;
  }
}
