import { indexFrom, type Mention, type Mentions } from './concepts.ts';
import quotes from './quotes.json' with { type: 'json' };

/** How far around a phrase the words stand that speak about it, UTF-16 units. */
const META_BEFORE_CHARS = 110;
const META_AFTER_CHARS = 90;
/** Words about a phrase inside it, such as `what is a system prompt`: only longer ones, since short ones are its own. */
const WORD_CHARS = 8;
/** Longest phrase of the lexicon, with room for wide gaps. */
const PHRASE_CHARS = 48;
/** Longest quotation that is recognised. */
const QUOTE_CHARS = 260;

/** What remains of a piece of evidence in each frame; they multiply. */
const FACTORS = {
  plain: { none: 1, gloss: 0.85, meta: 0.4 },
  quoted: { none: 0.6, gloss: 0.25, meta: 0.1 },
  reported: 0.5,
  negated: 0.12,
  asked: 0.6,
};

/** `I want you to`, `you have to`: the infinitive is an order. */
const ORDERED_TO = /\b(?:you|need|have|required|ordered|want|like|order|going|instructed|supposed) to\W{0,3}$/i;

const CLOSERS = new Map(Object.entries(quotes.closersByOpener));

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
  const quoted = isQuoted(stretch);
  const meta = near(stretch, mentions.get('meta') ?? [], quoted);
  const gloss = meta || near(stretch, mentions.get('gloss') ?? [], quoted);
  let factor = FACTORS[quoted ? 'quoted' : 'plain'][meta ? 'meta' : gloss ? 'gloss' : 'none'];
  if (endsRightBefore(stretch, mentions.get('negation') ?? [])) factor *= FACTORS.negated;
  else if (endsRightBefore(stretch, mentions.get('reported') ?? []) && !isOrderedTo(stretch))
    factor *= FACTORS.reported;
  return gloss && isAsked(stretch) ? factor * FACTORS.asked : factor;
}

/** Words about a quotation may stand on another line; words about plain text belong to its own. */
function near({ text, start, end }: Stretch, mentions: readonly Mention[], acrossLines: boolean): boolean {
  const joined = (from: number, to: number) => acrossLines || !text.slice(from, to).includes('\n');
  for (const mention of between(mentions, start - META_BEFORE_CHARS - PHRASE_CHARS, end + META_AFTER_CHARS)) {
    if (mention.end <= start && start - mention.end <= META_BEFORE_CHARS && joined(mention.end, start)) return true;
    if (mention.start >= end && joined(end, mention.start)) return true;
    const inside = mention.start >= start && mention.start < end;
    if (inside && mention.end - mention.start > WORD_CHARS) return true;
  }
  return false;
}

/** Mentions that start within a stretch. */
function* between(mentions: readonly Mention[], from: number, to: number): Generator<Mention> {
  for (let index = indexFrom(mentions, from); index < mentions.length; index += 1) {
    const mention = mentions[index];
    if (mention === undefined || mention.start > to) return;
    yield mention;
  }
}

function isOrderedTo({ text, start }: Stretch): boolean {
  return ORDERED_TO.test(text.slice(Math.max(0, start - 24), start));
}

function endsRightBefore({ text, start }: Stretch, before: readonly Mention[]): boolean {
  for (const mention of between(before, start - PHRASE_CHARS, start)) {
    const gap = text.slice(mention.end, start);
    if (mention.end <= start && gap.length <= 3 && !/[,.!?。！？\n]/.test(gap)) return true;
  }
  return false;
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
    const closers = CLOSERS.get(opener);
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
    const char = text.charAt(at);
    // An apostrophe amid a word closes nothing; other marks close even where no space follows, as in Chinese.
    if (closers.includes(char) && !((char === "'" || char === '’') && /\p{L}/u.test(text.charAt(at + 1)))) return at;
  }
  return -1;
}

function isStructural(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 4), at).trimEnd();
  if (/["']:$/.test(before) || /[=[{]$/.test(before)) return true;
  return /["'\]},\d],$/.test(before) && text.slice(Math.max(0, at - QUOTE_CHARS), at).includes('":');
}
