import { lookAlikeOf } from './char-class.ts';

/** What a reader passes over, or that only joins words: everything but letters and digits. */
const JOINTS = /[^\p{L}\p{N}]+/gu;
/** Marks above and below letters. */
const MARKS = /\p{M}+/gu;
/** ASCII that reads like other ASCII. */
const ALIKE: Readonly<Record<string, string>> = { '0': 'o', '1': 'l', i: 'l', '5': 's' };

/**
 * What is left of a name when all is taken out by which two names that read alike may differ: case, separators, what
 * cannot be seen, accents, compatibility forms, look-alikes of other scripts and of ASCII itself (`0` and `O`, `1`, `l` and `I`).
 * Two names that read alike have one skeleton; it is for comparing, not for showing. A name of separators alone is its own.
 * Cost: O(length).
 */
export function nameSkeleton(name: string): string {
  // Compatibility forms may hold capitals, and capitals compatibility forms.
  const plain = name.normalize('NFKC').toLowerCase().normalize('NFKD').replace(MARKS, '').replace(JOINTS, '');
  let skeleton = '';
  for (const char of plain) {
    const ascii = (lookAlikeOf(char.charCodeAt(0)) ?? char).toLowerCase();
    skeleton += ALIKE[ascii] ?? ascii;
  }
  return skeleton === '' ? name : skeleton.replaceAll('rn', 'm');
}
