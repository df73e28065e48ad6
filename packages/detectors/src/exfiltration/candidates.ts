import { isAlphanumeric } from '../matches/char-class.ts';
import ruleTable from './rules.json' with { type: 'json' };

/** Longest URL that is read, UTF-16 units; what follows is not looked at and names no host. */
export const MAX_URL_CHARS = 1024;
/** How far before a URL its context may begin: an image's text, an element's other attributes. */
export const CONTEXT_CHARS = 512;

export type CarrierKind = 'markdown-image' | 'markdown-link' | 'html-resource' | 'url-with-data';

/** A URL as it stands in a text, and what will happen to it where the text is shown. */
export interface Candidate {
  readonly kind: CarrierKind;
  /** Range of the URL itself. */
  readonly start: number;
  readonly end: number;
  /** The URL with the escapes of its context undone. */
  readonly url: string;
  /** Fetched without a click. */
  readonly loads: boolean;
  /** A delimiter ended it; otherwise more text may still belong to it. */
  readonly closed: boolean;
  /** May be relative or lack a scheme, as in an attribute; a bare URL may not. */
  readonly contextual: boolean;
}

const LOADING_TAGS: ReadonlySet<string> = new Set(ruleTable.loadingTags);

const ATTRIBUTE = /(?:src(?:set|doc)?|href|action|poster|background|data|content)[ \t\r\n\f]{0,8}=[ \t\r\n\f]{0,8}/iy;
const TAG_NAME = /<([a-z][a-z0-9]{0,15})(?=[\s/])/iy;
const REFRESH = /^[ \t]{0,4}[0-9]{0,6}[ \t]{0,4}[;,][ \t]{0,4}(?:url[ \t]{0,4}=[ \t]{0,4})?["']?/i;
const BARE_END = /[\s<>"'`|^\p{Cc}\u3000-\u3002\uff08\uff09\uff0c\u300c\u300d]/u;
const BARE_TRIM = /[.,;:!?)\]}*_~]$/;
const OPENERS: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };
const SCHEME_BEFORE = /(?:https?|ftps?|wss?)$/i;
/** Beginnings of destinations that may leave the page or run; all others are relative or belong to other programs. */
const LEADS_AWAY = /[ \t\r\n]{0,8}<?(?:https?:|ftps?:|wss?:|data:|javascript:|vbscript:|[\\/])/iy;
const SCHEMES = ['https:', 'http:', 'ftps:', 'ftp:', 'wss:', 'ws:', 'data:', 'javascript:', 'vbscript:'] as const;
/** White space, a bracket and the longest scheme. */
const SCHEME_CHARS = 20;
const MARKDOWN_ESCAPE = /\\([!-/:-@[-`{-~])/g;

/** The destination of an inline link or image; `at` is the place of its `](`. */
export function inlineDestination(text: string, at: number): Candidate | undefined {
  const destination = markdownDestination(text, at + 2);
  if (destination === undefined) return undefined;
  const image = isImage(text, at);
  return { ...destination, kind: image ? 'markdown-image' : 'markdown-link', loads: image };
}

/** The destination of a reference definition; `at` is the place of its `]:`. */
export function referenceDestination(text: string, at: number): Candidate | undefined {
  const open = lastBefore(text, '[', { at, within: 128 });
  if (open < 0 || !startsLine(text, open)) return undefined;
  const destination = markdownDestination(text, at + 2);
  return destination && { ...destination, kind: 'markdown-link', loads: false };
}

function startsLine(text: string, at: number): boolean {
  for (let index = at - 1; index >= at - 4; index -= 1) {
    if (index < 0 || text[index] === '\n') return true;
    if (text[index] !== ' ' && text[index] !== '>') return false;
  }
  return false;
}

function markdownDestination(text: string, from: number): Omit<Candidate, 'kind' | 'loads'> | undefined {
  LEADS_AWAY.lastIndex = from;
  if (!LEADS_AWAY.test(text) && !mayLeadAway(text.slice(from, from + SCHEME_CHARS))) return undefined;
  let start = from;
  while (/[ \t\r\n]/.test(text.charAt(start))) start += 1;
  const limit = Math.min(text.length, start + MAX_URL_CHARS);
  const angled = text[start] === '<';
  if (angled) start += 1;
  let depth = 0;
  let end = start;
  for (; end < limit; end += 1) {
    const char = text.charAt(end);
    if (angled ? char === '>' || char === '\n' : char <= ' ') break;
    if (!angled && char === '(') depth += 1;
    if (!angled && char === ')') {
      if (depth === 0) break;
      depth -= 1;
    }
  }
  if (end === start) return undefined;
  const url = text.slice(start, end).replace(MARKDOWN_ESCAPE, '$1').replaceAll('&amp;', '&');
  return { start, end, url, closed: end < text.length, contextual: true };
}

/** Whether the text's end leaves the scheme of a destination unfinished. */
function mayLeadAway(rest: string): boolean {
  const begun = rest.replace(/^[ \t\r\n]{0,8}<?/, '').toLowerCase();
  return rest.length < SCHEME_CHARS && SCHEMES.some((scheme) => scheme.startsWith(begun));
}

/** Whether the bracket that `](` closes was opened by `![`. */
function isImage(text: string, close: number): boolean {
  let depth = 0;
  const limit = Math.max(0, close - CONTEXT_CHARS);
  for (let index = close - 1; index >= limit; index -= 1) {
    const char = text[index];
    if (char === ']') depth += 1;
    else if (char === '[') {
      if (depth === 0) return text[index - 1] === '!';
      depth -= 1;
    }
  }
  return false;
}

/** The value of an attribute that names a resource; `at` is the place of its name. */
export function attributeValue(text: string, at: number): Candidate | undefined {
  ATTRIBUTE.lastIndex = at;
  const match = ATTRIBUTE.exec(text);
  if (match === null) return undefined;
  const tag = enclosingTag(text, at);
  if (tag === undefined) return undefined;
  const name = match[0].toLowerCase();
  const after = at + match[0].length;
  const quote = text[after] === '"' || text[after] === "'" ? text[after] : undefined;
  const start = quote === undefined ? after : after + 1;
  const end = valueEnd(text, start, quote);
  if (end <= start) return undefined;
  let skip = 0;
  if (name.startsWith('content')) {
    const refresh = REFRESH.exec(text.slice(start, Math.min(end, start + 64)));
    if (refresh === null || tag !== 'meta') return undefined;
    skip = refresh[0].length;
  }
  // A source set lists several; the browser loads one of them, so the first stands for all.
  const value = text
    .slice(start + skip, end)
    .replaceAll('&amp;', '&')
    .trim();
  const url = name.startsWith('srcset') ? (value.split(/[ ,]/, 1)[0] ?? '') : value;
  const loads = LOADING_TAGS.has(tag);
  return { kind: 'html-resource', start: start + skip, end, url, loads, closed: end < text.length, contextual: true };
}

function valueEnd(text: string, start: number, quote: string | undefined): number {
  const limit = Math.min(text.length, start + MAX_URL_CHARS);
  for (let index = start; index < limit; index += 1) {
    const char = text.charAt(index);
    if (quote === undefined ? char <= ' ' || char === '>' : char === quote) return index;
  }
  return limit;
}

/** Name of the element whose start tag `at` lies in, lower case. */
function enclosingTag(text: string, at: number): string | undefined {
  const open = lastBefore(text, '<', { at, within: CONTEXT_CHARS });
  if (open < 0) return undefined;
  TAG_NAME.lastIndex = open;
  const name = TAG_NAME.exec(text)?.[1];
  return name?.toLowerCase();
}

/** What `url(` of a style sheet names; `at` is the place of the `u`. */
export function styleResource(text: string, at: number): Candidate | undefined {
  let start = at + 4;
  while (start < at + 12 && text.charAt(start) === ' ') start += 1;
  const quote = text[start] === '"' || text[start] === "'" ? text[start] : undefined;
  if (quote !== undefined) start += 1;
  const limit = Math.min(text.length, start + MAX_URL_CHARS);
  let end = start;
  while (end < limit && text[end] !== quote && text[end] !== ')') end += 1;
  if (end === start) return undefined;
  const url = text.slice(start, end);
  return { kind: 'html-resource', start, end, url, loads: true, closed: end < text.length, contextual: true };
}

/** A URL that stands in running text; `at` is the place of its `://` or `www.`. */
export function bareUrl(text: string, at: number): Candidate | undefined {
  const www = text.charAt(at) !== ':';
  const scheme = www ? '' : (SCHEME_BEFORE.exec(text.slice(Math.max(0, at - 5), at))?.[0] ?? '');
  if (!www && scheme === '') return undefined;
  if (www && /[\p{L}\p{N}./@-]/u.test(text.charAt(at - 1))) return undefined;
  const schemeAt = at - scheme.length;
  // Of a scheme that a word runs into, no stream can hold the letters: any word may end like that.
  const start = isAlphanumeric(text.charCodeAt(schemeAt - 1)) ? at : schemeAt;
  const limit = Math.min(text.length, start + MAX_URL_CHARS);
  let end = at;
  while (end < limit && !BARE_END.test(text.charAt(end))) end += 1;
  const closed = end < text.length;
  end = trimmedEnd(text, at, end);
  const url = (www ? 'https://' : scheme) + text.slice(at, end).replaceAll('&amp;', '&');
  return { kind: 'url-with-data', start, end, url, loads: false, closed, contextual: false };
}

/** Leaves off the punctuation of the sentence; a bracket stays when the URL itself opened it, as in `/a_(b)`. */
function trimmedEnd(text: string, from: number, to: number): number {
  const open = new Map<string, number>();
  for (let index = from; index < to; index += 1) {
    const char = text.charAt(index);
    const opener = OPENERS[char];
    if (opener !== undefined) open.set(opener, (open.get(opener) ?? 0) - 1);
    else if (char === '(' || char === '[' || char === '{') open.set(char, (open.get(char) ?? 0) + 1);
  }
  let end = to;
  while (end > from && BARE_TRIM.test(text.charAt(end - 1))) {
    const opener = OPENERS[text.charAt(end - 1)];
    if (opener !== undefined) {
      const balance = open.get(opener) ?? 0;
      if (balance >= 0) break;
      open.set(opener, balance + 1);
    }
    end -= 1;
  }
  return end;
}

/** Like `lastIndexOf`, but never looks further back than `within`: the cost of a hit stays bounded. */
function lastBefore(text: string, char: string, place: { readonly at: number; readonly within: number }): number {
  const from = Math.max(0, place.at - place.within);
  const index = text.slice(from, place.at).lastIndexOf(char);
  return index < 0 ? -1 : from + index;
}

/** A beginning of `http://`, `ftp://`, `ws://` or `www.` at the very end of a text, at a word's start; within a word the `:` alone. */
const OPEN_SCHEME =
  /(?<![a-z0-9])(?:h|ht|htt|https?:?\/?|ft?|ftps?:?\/?|ws?|wss?:?\/?|www?\.?)$|(?<=https?|ftps?|wss?):\/?$/i;

/** Where such a beginning starts; `text.length` when there is none. */
export function openSchemeFrom(text: string): number {
  const match = OPEN_SCHEME.exec(text.slice(-9));
  return text.length - (match?.[0].length ?? 0);
}
