/** A part of something that is given a name or a number, to be put together later. */
export interface Piece {
  /** In small letters. */
  readonly name: string;
  readonly text: string;
}

/** `a = "..."`, `let b be '...'`, `x: "..."`. */
const NAMED =
  /(?<![\p{L}\p{N}_])([\p{L}_][\p{L}\p{N}_]{0,15}) {0,2}(?::?=|:|(?:is|be|means|stands for|heißt|est|es|é|это|是|为|は) ?) {0,2}(?:"([^"\n]{1,400})"|'([^'\n]{1,400})'|“([^”\n]{1,400})”|「([^」\n]{1,400})」|`([^`\n]{1,400})`)/giu;
const QUOTES = ['"', "'", '`', '“', '「'];
/** What texts with named parts have somewhere, what every such part has, and what every numbered one has: most texts have none. */
const QUOTED = /["'“「`](?<=(?:[=:是为は] {0,2}|\p{L} {1,2})["'“「`])/u;
const LINKED = /["'“「`](?<=(?:[=:]|is|be|means|for|heißt|est|es|é|это|是|为|は) {0,3}["'“「`])/giu;
const COUNTED =
  /[:=：](?<=(?:part|piece|chunk|fragment|segment|teil|partie|parte|часть|部分|第) {0,2}#?\d{1,2}(?:部分|段)? {0,2}[:=：])/giu;
/** `part 1: ...` to the end of its line. */
const NUMBERED =
  /(?<![\p{L}\p{N}_])((?:part|piece|chunk|fragment|segment|teil|partie|parte|часть|部分|第) {0,2}#?\d{1,2})(?:部分|段)? {0,2}[:=：] {0,2}([^\n]{1,400})/giu;
const ANY_QUOTE = /["'`“”「」]/g;
/** Pieces of one text that count. */
const PIECES_MAX = 32;
/** Of a longer text, what is read for pieces, characters. */
const READ_CHARS = 16_384;
/** Longest result of putting together, characters. */
const JOINED_MAX_CHARS = 4_096;
const NAME = /[\p{L}_][\p{L}\p{N}_]{0,15}(?: {0,2}#?\d{1,2})?/giu;
const PLUS = /[\p{L}_][\p{L}\p{N}_]{0,15} {0,2}\+ {0,2}[\p{L}_]/u;

/** The named and numbered parts that a text gives, in order, at most 32. Cost: O(length), bounded. */
export function piecesIn(text: string): readonly Piece[] {
  const read = text.slice(0, READ_CHARS);
  const found: (Piece & { readonly at: number })[] = [];
  for (const pattern of formsIn(read)) {
    for (const match of read.matchAll(pattern)) {
      const [name = '', ...values] = match.slice(1);
      const value = values.find((group) => group !== undefined);
      if (value !== undefined) found.push({ name: plain(name), text: value, at: match.index });
      if (found.length >= 2 * PIECES_MAX) break;
    }
  }
  return found
    .sort((a, b) => a.at - b.at)
    .slice(0, PIECES_MAX)
    .map(({ name, text: said }) => ({ name, text: said }));
}

/** Whether a text gives two pieces at least. Cost: O(length), bounded, some 1 us per KB of a text with no sign of them. */
export function givesTwo(text: string): boolean {
  const read = text.slice(0, READ_CHARS);
  // Every named part has a mark before and behind it, every numbered one a sign of its own.
  const named = hasQuoted(read) ? (read.match(ANY_QUOTE)?.length ?? 0) / 2 : 0;
  return named + (read.match(COUNTED)?.length ?? 0) >= 2 && piecesIn(read).length >= 2;
}

function formsIn(read: string): readonly RegExp[] {
  const forms = hasQuoted(read) ? [NAMED] : [];
  return read.search(COUNTED) < 0 ? forms : [...forms, NUMBERED];
}

/** Most texts have no such mark at all, which is found out quicker than where one stands. */
function hasQuoted(read: string): boolean {
  return QUOTES.some((quote) => read.includes(quote)) && read.search(LINKED) >= 0 && QUOTED.test(read);
}

/** Whether a text names things with a sign of addition between them. */
export function addsNames(text: string): boolean {
  return PLUS.test(text.slice(0, READ_CHARS));
}

/**
 * What pieces say once they are put together: in the order in which `order` names them, and in the order in which they
 * came; run together, and with spaces between. The later of two pieces of one name counts.
 */
export function joinedPieces(pieces: readonly Piece[], order: string): readonly string[] {
  const byName = new Map<string, string>();
  for (const { name, text } of pieces) byName.set(name, text);
  const named = [...order.slice(0, READ_CHARS).matchAll(NAME)].flatMap(([name]) => byName.get(plain(name)) ?? []);
  const orders = [[...byName.values()], named.slice(0, PIECES_MAX)].filter(({ length }) => length > 1);
  const joined = orders.flatMap((texts) => ['', ' '].map((between) => texts.join(between).slice(0, JOINED_MAX_CHARS)));
  return [...new Set(joined)];
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[ #]+/g, '');
}
