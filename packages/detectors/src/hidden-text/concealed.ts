import rules from './concealed.json' with { type: 'json' };
import { type Hidden, MAX_HIDDEN_CHARS } from './invisible.ts';

/** How far before a style its element may begin, and how far behind it the start tag may end, UTF-16 units. */
const TAG_CHARS = 512;
/** Hidden text of fewer letters is an icon's name or a spacer. */
const LETTERS_MIN = 16;

const STYLES = rules.styles.map(({ pattern, score }) => ({ pattern: new RegExp(pattern, 'iy'), score }));
const CUES = rules.cues.map((source) => new RegExp(source, 'iu'));
const ADDRESS = new RegExp(rules.address, 'iu');
const TAG_NAME = /<([a-z][a-z0-9]{0,15})[\s/]/iy;
const COMMENT = /(?:<!--|\[\/\/\]: ?# ?[("'])([\s\S]{4,1000}?)(?:-->|[)"']\s{0,4}(?:\n|$))/y;
const MARKUP = /<[^<>]{0,200}>/g;
const LETTER = /\p{L}/gu;

/** Elements and comments that a browser does not show but a model reads, told by their style and their words. Cost: O(n). */
export function concealedMarkup(
  text: string,
  hits: { readonly styles: readonly number[]; readonly comments: readonly number[] },
): readonly Hidden[] {
  const found: Hidden[] = [];
  for (const at of hits.comments) {
    const hidden = commentAt(text, at);
    if (hidden !== undefined) found.push(hidden);
  }
  let doneTo = 0;
  for (const at of hits.styles) {
    if (at < doneTo) continue;
    const hidden = elementAt(text, at);
    if (hidden === undefined) continue;
    doneTo = hidden.end;
    found.push(hidden);
  }
  return found;
}

function commentAt(text: string, at: number): Hidden | undefined {
  COMMENT.lastIndex = at;
  const match = COMMENT.exec(text);
  const body = match?.[1] ?? '';
  const cues = cuesIn(body);
  if (!ADDRESS.test(body) || cues < 2) return undefined;
  return { type: 'html-comment-instruction', start: at, end: COMMENT.lastIndex, score: withCues(rules.comment, cues) };
}

function elementAt(text: string, at: number): Hidden | undefined {
  const style = STYLES.find(({ pattern }) => {
    pattern.lastIndex = at;
    return pattern.test(text);
  });
  if (style === undefined) return undefined;
  const before = text.slice(Math.max(0, at - TAG_CHARS), at);
  const open = before.lastIndexOf('<');
  // A style sheet hides nothing by itself: only a style that stands in an element's own tag counts.
  if (open < 0 || before.indexOf('>', open) >= 0) return undefined;
  const start = at - before.length + open;
  TAG_NAME.lastIndex = start;
  const name = TAG_NAME.exec(text)?.[1];
  const tagEnd = text.slice(at, at + TAG_CHARS).indexOf('>');
  if (name === undefined || tagEnd < 0) return undefined;
  const body = bodyOf(text, at + tagEnd + 1, { name, limit: start + MAX_HIDDEN_CHARS });
  const words = body.replace(MARKUP, ' ');
  const letters = words.match(LETTER)?.length ?? 0;
  if (letters < LETTERS_MIN) return undefined;
  const end = at + tagEnd + 1 + body.length;
  return { type: 'html-hidden-text', start, end, score: withCues(style.score, cuesIn(words)) };
}

function bodyOf(text: string, from: number, element: { readonly name: string; readonly limit: number }): string {
  const body = text.slice(from, Math.max(from, element.limit));
  const close = body.toLowerCase().indexOf(`</${element.name.toLowerCase()}`);
  return close < 0 ? body : body.slice(0, close);
}

/** How many different signs of an instruction a text holds. */
function cuesIn(text: string): number {
  return CUES.filter((cue) => cue.test(text)).length;
}

function withCues(base: number, cues: number): number {
  return Math.min(0.95, base + cues * rules.cueWorth);
}
