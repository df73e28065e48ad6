/** Text that stands in every match of an expression. */
export interface RequiredLiteral {
  readonly text: string;
  /** Every match begins with it. */
  readonly leads: boolean;
}

/** Shorter ones stand in too many texts to spare work. */
const MIN_LITERAL_CHARS = 3;
const QUANTIFIERS = '?*+{';

/**
 * Finds the longest text that an expression in RE2 syntax requires, so that the trigger scan can tell where it is worth
 * running. Looks at the top level only and gives up on alternatives: what it misses costs time, never a match.
 * @returns undefined where no text of at least three ASCII characters is sure to stand in every match
 */
export function requiredLiteral(pattern: string): RequiredLiteral | undefined {
  const runs = literalRuns(pattern);
  if (runs === undefined) return undefined;
  let best: RequiredLiteral | undefined;
  for (const run of runs) {
    if (run.text.length >= MIN_LITERAL_CHARS && run.text.length > (best?.text.length ?? 0)) best = run;
  }
  return best;
}

/** One piece of an expression at its top level: a literal character, or something else. */
interface Piece {
  readonly literal: string | undefined;
  readonly end: number;
}

function literalRuns(pattern: string): RequiredLiteral[] | undefined {
  const runs: RequiredLiteral[] = [];
  let run = '';
  let runLeads = true;
  const close = (leadsNext: boolean) => {
    if (run !== '') runs.push({ text: run, leads: runLeads });
    run = '';
    runLeads = leadsNext;
  };
  for (let at = 0; at < pattern.length; ) {
    if (pattern[at] === '|') return undefined;
    const piece = pieceAt(pattern, at);
    if (piece === undefined) return undefined;
    const quantifierEnd = skipQuantifier(pattern, piece.end);
    if (piece.literal === undefined || quantifierEnd > piece.end) close(false);
    else run += piece.literal;
    at = quantifierEnd;
  }
  close(false);
  return runs;
}

function pieceAt(pattern: string, at: number): Piece | undefined {
  const char = pattern.charAt(at);
  if (char === '\\') return escapeAt(pattern, at);
  if (char === '[') return skipped(classEnd(pattern, at));
  if (char === '(') return skipped(groupEnd(pattern, at));
  if ('^$.'.includes(char)) return skipped(at + 1);
  return { literal: isPlain(char) ? char : undefined, end: at + 1 };
}

function skipped(end: number | undefined): Piece | undefined {
  return end === undefined ? undefined : { literal: undefined, end };
}

function escapeAt(pattern: string, at: number): Piece | undefined {
  const escaped = pattern.charAt(at + 1);
  if (escaped === '' || 'QEpPxCc01234567'.includes(escaped)) return undefined;
  return { literal: /[A-Za-z0-9]/.test(escaped) || !isPlain(escaped) ? undefined : escaped, end: at + 2 };
}

function classEnd(pattern: string, at: number): number | undefined {
  let i = at + 1;
  if (pattern[i] === '^') i++;
  if (pattern[i] === ']') i++;
  for (; i < pattern.length; i++) {
    if (pattern[i] === '\\') i++;
    else if (pattern[i] === '[' && pattern[i + 1] === ':') return undefined;
    else if (pattern[i] === ']') return i + 1;
  }
  return undefined;
}

function groupEnd(pattern: string, at: number): number | undefined {
  let depth = 0;
  for (let i = at; i < pattern.length; i++) {
    if (pattern[i] === '\\') {
      if (pattern[i + 1] === 'Q') return undefined;
      i++;
    } else if (pattern[i] === '[') {
      const end = classEnd(pattern, i);
      if (end === undefined) return undefined;
      i = end - 1;
    } else if (pattern[i] === '(') depth++;
    else if (pattern[i] === ')' && --depth === 0) return i + 1;
  }
  return undefined;
}

function skipQuantifier(pattern: string, at: number): number {
  if (at >= pattern.length || !QUANTIFIERS.includes(pattern.charAt(at))) return at;
  const end = pattern[at] === '{' ? pattern.indexOf('}', at) + 1 : at + 1;
  if (end === 0) return at;
  return pattern[end] === '?' ? end + 1 : end;
}

function isPlain(char: string): boolean {
  return char >= ' ' && char <= '~';
}
