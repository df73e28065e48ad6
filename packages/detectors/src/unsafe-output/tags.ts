/** Longest start tag that is read, UTF-16 units; attributes beyond are not seen. */
export const MAX_TAG_CHARS = 1_024;

export interface Attribute {
  /** Lower case. */
  readonly name: string;
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** A start tag as a browser reads it. */
export interface Tag {
  /** Lower case. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly attributes: readonly Attribute[];
  /** Whether more text could belong to it. */
  readonly open: boolean;
}

const NAME = /<([a-z][a-z0-9:-]{0,31})(?=[\s/>]|$)/iy;
/** A `<` ends it: to markdown what began before is no tag, and to a browser the rest is the same attributes. */
const ATTRIBUTE =
  /[\s/]{0,64}([^\s/<>][^\s/<>=]{0,127})(?:\s{0,16}=\s{0,16}(?:"([^"]{0,1024})"|'([^']{0,1024})'|([^\s<>"'][^\s<>]{0,1023})))?/y;
/** A quoted value that the text, or the limit, ends. */
const CUT_VALUE = /\s{0,16}=\s{0,16}(?:"([^"]*)|'([^']*))$/y;
const GAP = /[\s/]{0,1024}/y;

/** The start tag at `at`; undefined when there is none. Cost: O(`MAX_TAG_CHARS`). */
export function tagAt(text: string, at: number): Tag | undefined {
  NAME.lastIndex = at;
  const name = NAME.exec(text)?.[1]?.toLowerCase();
  if (name === undefined) return undefined;
  const limit = at + MAX_TAG_CHARS;
  const attributes: Attribute[] = [];
  let end = at + 1 + name.length;
  while (end < limit) {
    ATTRIBUTE.lastIndex = end;
    const match = ATTRIBUTE.exec(text);
    if (match === null || ATTRIBUTE.lastIndex > limit) break;
    const [whole, attribute = '', double, single, bare] = match;
    const start = end + whole.indexOf(attribute);
    end = ATTRIBUTE.lastIndex;
    const value = double ?? single ?? bare;
    const cut = value === undefined ? cutValue(text.slice(end, limit)) : undefined;
    if (cut === undefined) attributes.push({ name: attribute.toLowerCase(), value: value ?? '', start, end });
    else {
      end = Math.min(text.length, limit);
      attributes.push({ name: attribute.toLowerCase(), value: cut, start, end });
    }
  }
  GAP.lastIndex = end;
  GAP.test(text);
  const after = GAP.lastIndex;
  const open = after >= text.length && text.length <= limit;
  return { name, start: at, end: text[after] === '>' ? after + 1 : end, attributes, open };
}

function cutValue(rest: string): string | undefined {
  CUT_VALUE.lastIndex = 0;
  const match = CUT_VALUE.exec(rest);
  return match === null ? undefined : (match[1] ?? match[2]);
}

/** Whether the end of a text may be the beginning of a start tag whose name is not finished. */
export function isNameOpen(text: string, at: number): boolean {
  return text.length - at <= 32 && /^<[a-z0-9:-]*$/i.test(text.slice(at));
}
