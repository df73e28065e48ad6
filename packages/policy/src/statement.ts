import type { Position } from './problem.ts';

/** The two sets: who may use what, and what is done about what was found. */
export const POLICY_SETS = ['access', 'guard'] as const;
export type PolicySetName = (typeof POLICY_SETS)[number];

/** One file of policies. */
export interface PolicySource {
  /** File name without folders: `10-secrets.cedar`. */
  readonly name: string;
  readonly text: string;
}

/** One policy as written, with its place. */
export interface Statement {
  readonly set: PolicySetName;
  /** `guard/10-secrets.cedar`. */
  readonly file: string;
  readonly text: string;
  /** UTF-16 offset of `text` in the file. */
  readonly start: number;
  /** Position of a UTF-16 offset of `text`. */
  at(offset: number): Position;
}

/** First offset from `from` that is neither white space nor inside a comment. */
function skipTrivia(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    const char = text.charAt(at);
    if (/\s/.test(char)) at += 1;
    else if (char === '/' && text.charAt(at + 1) === '/') at = endOfLine(text, at);
    else break;
  }
  return at;
}

/** Offset of the line end that ends the comment at `from`. */
export function endOfLine(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charAt(at) !== '\n' && text.charAt(at) !== '\r') at += 1;
  return at;
}

/** Offset behind the string literal that opens at `from`. */
export function endOfString(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text.charAt(at) !== '"') at += text.charAt(at) === '\\' ? 2 : 1;
  return Math.min(at + 1, text.length);
}

function endOfStatement(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    const char = text.charAt(at);
    if (char === ';') return at + 1;
    if (char === '"') at = endOfString(text, at);
    else if (char === '/' && text.charAt(at + 1) === '/') at = endOfLine(text, at);
    else at += 1;
  }
  return at;
}

/**
 * Cuts a source into its policies, each to be parsed by Cedar on its own, so that every message has its place.
 * A policy ends with `;`, which Cedar knows nowhere else outside of strings and comments; a wrong cut can't be misread,
 * since each piece must parse as exactly one policy. Cost: O(n).
 */
export function splitStatements(set: PolicySetName, source: PolicySource): readonly Statement[] {
  const { text } = source;
  const file = `${set}/${source.name}`;
  const lineStarts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lineStarts.push(at + 1);

  const statements: Statement[] = [];
  for (let start = skipTrivia(text, 0); start < text.length; ) {
    const from = start;
    const end = endOfStatement(text, from);
    statements.push({
      set,
      file,
      text: text.slice(from, end),
      start: from,
      at: (offset) => ({ file, ...positionOf(lineStarts, from + offset) }),
    });
    start = skipTrivia(text, end);
  }
  return statements;
}

function positionOf(lineStarts: readonly number[], offset: number): { line: number; column: number } {
  let low = 0;
  let high = lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (lineStarts[low] ?? 0) + 1 };
}

/** Cedar gives places as UTF-8 byte offsets of the text that it was given. */
export function utf16Offset(text: string, byteOffset: number): number {
  return Buffer.from(text, 'utf8').subarray(0, byteOffset).toString('utf8').length;
}

/** Where each annotation and then the policy's own keyword stand in a policy's text. */
export function annotationOffsets(text: string): {
  readonly offsets: ReadonlyMap<string, number>;
  readonly head: number;
} {
  const offsets = new Map<string, number>();
  let at = skipTrivia(text, 0);
  while (text.charAt(at) === '@') {
    const name = /[A-Za-z0-9_]*/y;
    name.lastIndex = at + 1;
    const word = name.exec(text)?.[0] ?? '';
    offsets.set(word, at);
    at = skipTrivia(text, at + 1 + word.length);
    if (text.charAt(at) !== '(') continue;
    at = skipTrivia(text, at + 1);
    if (text.charAt(at) === '"') at = skipTrivia(text, endOfString(text, at));
    if (text.charAt(at) === ')') at = skipTrivia(text, at + 1);
  }
  return { offsets, head: at };
}
