/** Characters that some of our patterns name by their property, as far as they are ASCII. */
const PROPERTIES: readonly (readonly [string, string])[] = [
  ['\\p{L}', 'A-Za-z'],
  ['\\p{N}', '0-9'],
  ['\\p{M}', ''],
];
// biome-ignore lint/suspicious/noControlCharactersInRegex: the range is what ASCII is
const ASCII = /^[\x00-\x7f]*$/;

/** A pattern that finds the same in any text. */
export interface TwinPattern {
  /** For this text: the one without Unicode's properties where they make no difference, which takes a third of the time. */
  for(ascii: boolean): RegExp;
}

export function isAscii(text: string): boolean {
  return ASCII.test(text);
}

/**
 * Adds to a Unicode pattern its twin for texts of nothing but ASCII. The pattern may use `\p{L}`, `\p{N}` and `\p{M}`, outside of
 * classes and inside.
 */
export function twinPattern(pattern: RegExp): TwinPattern {
  const twin = new RegExp(asciiSource(pattern.source), pattern.flags.replace('u', ''));
  return { for: (ascii) => (ascii ? twin : pattern) };
}

function asciiSource(source: string): string {
  let twin = '';
  let inClass = false;
  for (let at = 0; at < source.length; at++) {
    const property = PROPERTIES.find(([name]) => source.startsWith(name, at));
    if (property !== undefined) {
      const [name, letters] = property;
      twin += inClass ? letters : `[${letters}]`;
      at += name.length - 1;
    } else if (source[at] === '\\') {
      twin += source.slice(at, at + 2);
      at += 1;
    } else {
      if (source[at] === '[') inClass = true;
      if (source[at] === ']') inClass = false;
      twin += source[at];
    }
  }
  return twin;
}
