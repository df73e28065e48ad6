/**
 * What a terminal or a browser would obey or leave out instead of showing it: controls, marks of direction, characters
 * without width or ink, lone surrogates, private and unassigned ones, and spaces that pass for another.
 */
const HIDES = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}/gu;
/** Marks that pile up on one letter reach into the lines above and below. */
const PILED_MARKS = /(?<=\p{M}{3})\p{M}/gu;

/**
 * A text as a person must see it before they answer for it: what would not show, or would change how the rest shows, is
 * written out as `\u{202e}`. Line breaks stay, for the caller to part lines.
 * Cost: O(n).
 */
export function visibleText(text: string): string {
  return text
    .replace(PILED_MARKS, written)
    .replace(HIDES, (character) => (character === '\n' ? '\n' : written(character)));
}

function written(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}}`;
}
