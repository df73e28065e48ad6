import type { Mention, Mentions } from './concepts.ts';

/** How far around a phrase the words stand that speak about it, UTF-16 units. */
const META_BEFORE_CHARS = 110;
const META_AFTER_CHARS = 90;
/** Longest quotation that is recognised. */
const QUOTE_CHARS = 260;

/** What remains of a piece of evidence in each frame; they multiply. */
const QUOTED = 0.5;
const QUOTED_AND_DISCUSSED = 0.1;
const DISCUSSED = 0.4;
const REPORTED = 0.5;
const NEGATED = 0.12;
const ASKED = 0.6;

const OPENERS: Readonly<Record<string, string>> = {
  '"': '"', "'": "'", '`': '`', '“': '”', '‘': '’', '„': '“”', '«': '»', '»': '«', '‹': '›', '「': '」', '『': '』', '《': '》', '”': '”',
}; // biome-ignore format: a table

const SENTENCE_END = /[.!?。！？\n]/;

/** A stretch of one text. */
interface Stretch {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/**
 * How much of a phrase's weight stands in its surroundings, 0..1: less where it is quoted, discussed, reported, negated
 * or asked about. `1` is a plain instruction. Cost: bounded by the windows above.
 */
export function standing(stretch: Stretch, mentions: Mentions): number {
  const discussed = isDiscussed(stretch, mentions.get('meta') ?? []);
  let factor = 1;
  if (isQuoted(stretch)) factor *= discussed ? QUOTED_AND_DISCUSSED : QUOTED;
  else if (discussed) factor *= DISCUSSED;
  if (endsRightBefore(stretch, mentions.get('negation') ?? [])) factor *= NEGATED;
  else if (endsRightBefore(stretch, mentions.get('reported') ?? [])) factor *= REPORTED;
  return discussed && isAsked(stretch) ? factor * ASKED : factor;
}

function isDiscussed({ start, end }: Stretch, meta: readonly Mention[]): boolean {
  return meta.some(
    (mention) =>
      (mention.end <= start && start - mention.end <= META_BEFORE_CHARS) ||
      (mention.start >= end && mention.start - end <= META_AFTER_CHARS),
  );
}

function endsRightBefore({ text, start }: Stretch, before: readonly Mention[]): boolean {
  return before.some((mention) => {
    const gap = start - mention.end;
    return (
      gap >= 0 &&
      gap <= 3 &&
      !SENTENCE_END.test(text.slice(mention.end, start)) &&
      !text.slice(mention.end, start).includes(',')
    );
  });
}

function isAsked({ text, end }: Stretch): boolean {
  const rest = text.slice(end, end + META_AFTER_CHARS);
  const stop = rest.search(SENTENCE_END);
  return stop >= 0 && (rest[stop] === '?' || rest[stop] === '？');
}

/** Whether a pair of quotation marks encloses the stretch, other than the ones that make it a string of JSON or code. */
function isQuoted({ text, start, end }: Stretch): boolean {
  for (let at = start - 1; at >= Math.max(0, start - QUOTE_CHARS); at -= 1) {
    const opener = text.charAt(at);
    if (opener === '\n' && text.charAt(at - 1) === '\n') return false;
    const closers = OPENERS[opener];
    if (closers === undefined || !opens(text, at)) continue;
    if (isStructural(text, at)) return false;
    const close = closingAt(text, end, closers);
    if (close >= 0) return !(at <= 2 && close >= text.trimEnd().length - 2);
  }
  return false;
}

/** An apostrophe between letters opens nothing; nor does a mark that closes what came before it. */
function opens(text: string, at: number): boolean {
  return at === 0 || /[\s([{:,;=>—–-]|[^\p{L}\p{N}.!?]/u.test(text.charAt(at - 1));
}

function closingAt(text: string, from: number, closers: string): number {
  const limit = Math.min(text.length, from + QUOTE_CHARS);
  for (let at = from; at < limit; at += 1) {
    if (closers.includes(text.charAt(at)) && !/\p{L}/u.test(text.charAt(at + 1))) return at;
  }
  return -1;
}

function isStructural(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 4), at).trimEnd();
  if (/["']:$/.test(before) || /[=[{]$/.test(before)) return true;
  return /["'\]},\d],$/.test(before) && text.slice(Math.max(0, at - QUOTE_CHARS), at).includes('":');
}
