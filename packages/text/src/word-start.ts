/** How far before a place it is looked whether a word starts there, UTF-16 units. */
export const LOOK_BEHIND = 2;

const BACKSLASH = 92;

/**
 * Whether a word starts at an offset, or something that is no word: no ASCII letter stands before one of ASCII, or what stands
 * before is the letter of an escape (`\n`).
 */
export function startsWord(text: string, at: number): boolean {
  if (!isLetter(text.charCodeAt(at)) || !isLetter(text.charCodeAt(at - 1))) return true;
  return text.charCodeAt(at - LOOK_BEHIND) === BACKSLASH;
}

/** ASCII letters. */
function isLetter(unit: number): boolean {
  const small = unit | 32;
  return small >= 97 && small <= 122;
}
