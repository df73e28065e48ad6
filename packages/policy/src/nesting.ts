import { endOfLine, endOfString } from './statement.ts';

/**
 * How deep one policy may nest, in the weights below: about 50 brackets, or 160 chained operators.
 * Cedar's WASM recurses on a stack of its own, and overflowing that corrupts it for the rest of the process. Measured with
 * 4.13: parsing overflows between 112 and 128 brackets, evaluating between 320 and 384 operators. The bound is half of that.
 */
export const MAX_NESTING_WEIGHT = 640;

const BRACKET_WEIGHT = 12;
const STEP_WEIGHT = 4;

/** One open bracket. `operand` is the part between two operators, which grows by accesses and brackets. */
class Level {
  #chain = 0;
  #operand = 0;
  #deepestOperand = 0;
  #deepestElement = 0;

  deepenOperand(weight: number): void {
    this.#operand += weight;
  }

  /** An operator: its operands are siblings, but a chain of them nests to the left. */
  nextOperand(weight: number): void {
    this.#deepestOperand = Math.max(this.#deepestOperand, this.#operand);
    this.#operand = 0;
    this.#chain += weight;
  }

  /** A comma or a semicolon: what follows has nothing to do with what was before. */
  nextElement(): void {
    this.nextOperand(0);
    this.#deepestElement = Math.max(this.#deepestElement, this.#chain + this.#deepestOperand);
    this.#chain = 0;
    this.#deepestOperand = 0;
  }

  weight(): number {
    this.nextElement();
    return this.#deepestElement;
  }
}

/** An upper bound, in weights, of how deep Cedar would recurse over a policy's text. Cost: O(n). */
export function nestingWeight(text: string): number {
  const outermost = new Level();
  const levels = [outermost];
  const token = /\/\/|"|[([{]|[)\]}]|[,;]|&&|\|\||[.+\-*!]|[=<>]=?|[A-Za-z0-9_]+/g;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const word = match[0];
    const level = levels[levels.length - 1] ?? outermost;
    if (word === '//') token.lastIndex = endOfLine(text, match.index);
    else if (word === '"') token.lastIndex = endOfString(text, match.index);
    else if ('([{'.includes(word)) levels.push(new Level());
    else if (')]}'.includes(word)) {
      const parent = levels[levels.length - 2];
      // A bracket that nothing opened is a syntax error, for Cedar to report.
      if (parent === undefined) continue;
      levels.pop();
      parent.deepenOperand(level.weight() + BRACKET_WEIGHT);
    } else weigh(word, level);
  }
  // Brackets that nothing closes still make a parser recurse.
  let inner = 0;
  for (const level of levels.reverse()) {
    level.deepenOperand(inner);
    inner = level.weight() + BRACKET_WEIGHT;
  }
  return inner - BRACKET_WEIGHT;
}

/** Operators that nest when chained, `if` among them. */
const CHAINED = new Set(['&&', '||', '+', '-', '*', '!', 'if']);
/** Operators of which a bracket has at most one between two chained ones. */
const COMPARISONS = new Set(['=', '==', '<', '<=', '>', '>=', 'in', 'has', 'like', 'is']);

function weigh(word: string, level: Level): void {
  if (CHAINED.has(word)) level.nextOperand(STEP_WEIGHT);
  else if (COMPARISONS.has(word)) level.nextOperand(0);
  else if (word === '.') level.deepenOperand(STEP_WEIGHT);
  else if (word === ',' || word === ';') level.nextElement();
}
