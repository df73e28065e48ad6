/** How far before a place it is looked whether a word starts there, UTF-16 units. */
export const LOOK_BEHIND = 2;

const BACKSLASH = 92;

/**
 * Whether a word starts with a unit, or something that is no word: no ASCII letter stands before one of ASCII, or what stands
 * before is the letter of an escape (`\\n`).
 * @param before the unit before it, and the one before that; `NaN` where there is none
 */
export function startsWord(unit: number, before: number, beforeThat: number): boolean {
  return !(isLetter(unit) && isLetter(before)) || beforeThat === BACKSLASH;
}

/** ASCII letters. */
function isLetter(unit: number): boolean {
  const small = unit | 32;
  return small >= 97 && small <= 122;
}
