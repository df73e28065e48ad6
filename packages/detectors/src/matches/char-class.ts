/** Says whether a UTF-16 code unit belongs to a set of characters. */
export type CharClass = (code: number) => boolean;

/**
 * Compiles a set of ASCII characters, written as between the brackets of an expression: `A-Za-z0-9_-`.
 * A hyphen that is meant stands last. Lookup is one array read; code units above 127 are never members.
 */
export function charClass(set: string): CharClass {
  const member = new Uint8Array(128);
  for (let i = 0; i < set.length; i++) {
    const from = set.charCodeAt(i);
    const isRange = set[i + 1] === '-' && i + 2 < set.length;
    const to = isRange ? set.charCodeAt(i + 2) : from;
    member.fill(1, from, to + 1);
    if (isRange) i += 2;
  }
  return (code) => code < 128 && member[code] === 1;
}

export const isDigit: CharClass = (code) => code >= 48 && code <= 57;
export const isAlphanumeric = charClass('A-Za-z0-9');

/** First offset at or after `from`, and at most `limit`, whose character is not in the class. */
export function runEnd(text: string, from: number, { of, limit }: { of: CharClass; limit: number }): number {
  const stop = Math.min(text.length, limit);
  let at = from;
  while (at < stop && of(text.charCodeAt(at))) at++;
  return at;
}

/** Lowest offset, at least `limit`, such that every character from it up to `to` is in the class. */
export function runStart(text: string, to: number, { of, limit }: { of: CharClass; limit: number }): number {
  const stop = Math.max(0, limit);
  let at = to;
  while (at > stop && of(text.charCodeAt(at - 1))) at--;
  return at;
}

/**
 * True behind a line end or tab that is written as two characters (`\\n`): JSON inside JSON glues those letters to the
 * token that follows.
 */
export function isBehindEscape(text: string, at: number): boolean {
  const before = text[at - 1];
  return text[at - 2] === '\\' && (before === 'n' || before === 't' || before === 'r');
}
