import { charClass, runEnd } from '../matches/char-class.ts';
import type { Rule } from './rule.ts';

/** Longest block that is taken whole: an RSA key of 8,192 bits is about 6,500 characters. */
export const MAX_KEY_CHARS = 8192;
/** Shorter bodies are documentation. */
const MIN_BODY_CHARS = 64;
const KEYWORD = '-----BEGIN';

const HEADER = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/y;
const PARTIAL_HEADER = /-----BEGIN[A-Z0-9 -]{0,70}/y;
const FOOTER = /-----END [A-Z0-9 ]{0,60}-----/y;
const PARTIAL_FOOTER = /-{1,5}[A-Z0-9 -]{0,70}/y;
/** Base64, the line ends between (also written as `\n`), and what the headers of old PEM and of PGP blocks need. */
const isBody = charClass('A-Za-z0-9+/=\\ \t\r\n:,."\'()');

interface Block {
  readonly end: number;
  readonly complete: boolean;
  readonly bodyStart: number;
  readonly bodyEnd: number;
}

/** PEM, OpenSSH and PGP private keys; one that breaks off is reported as far as it goes. Linear: a body ends at the next hyphen. */
export const privateKeyRule: Rule = {
  name: 'private-key',
  type: 'private-key',
  leads: false,
  keywords: [KEYWORD],
  maxChars: MAX_KEY_CHARS,
  patterns: [HEADER, PARTIAL_HEADER, FOOTER],
  match: (text, start) => {
    const block = blockAt(text, start);
    if (block === undefined) return undefined;
    const body = text.slice(block.bodyStart, block.bodyEnd).replace(/\\[rnt]|[^A-Za-z0-9+/=]/g, '');
    if (body.length < MIN_BODY_CHARS || new Set(body).size < 16) return undefined;
    return { type: 'private-key', score: block.complete ? 0.99 : 0.9, start, end: block.end, value: body };
  },
  openFrom: (text, start) => {
    if (text.length - start > MAX_KEY_CHARS) return text.length;
    const block = blockAt(text, start);
    if (block !== undefined) return !block.complete && reachesEnd(text, block.bodyEnd) ? start : text.length;
    PARTIAL_HEADER.lastIndex = start;
    return PARTIAL_HEADER.test(text) && PARTIAL_HEADER.lastIndex === text.length ? start : text.length;
  },
  openBefore: (_text, partial) => partial,
};

function blockAt(text: string, start: number): Block | undefined {
  HEADER.lastIndex = start;
  if (!HEADER.test(text)) return undefined;
  const bodyStart = HEADER.lastIndex;
  const limit = start + MAX_KEY_CHARS;
  let bodyEnd = runEnd(text, bodyStart, { of: isBody, limit });
  // Single hyphens stand in the headers of old PEM (`DEK-Info: AES-128-CBC`); a footer begins with five.
  while (text[bodyEnd] === '-' && isBody(text.charCodeAt(bodyEnd + 1))) {
    bodyEnd = runEnd(text, bodyEnd + 1, { of: isBody, limit });
  }
  FOOTER.lastIndex = bodyEnd;
  const complete = FOOTER.test(text);
  return { bodyStart, bodyEnd, complete, end: complete ? FOOTER.lastIndex : bodyEnd };
}

/** True when nothing but the start of a footer stands behind the body. */
function reachesEnd(text: string, bodyEnd: number): boolean {
  if (bodyEnd === text.length) return true;
  PARTIAL_FOOTER.lastIndex = bodyEnd;
  return PARTIAL_FOOTER.test(text) && PARTIAL_FOOTER.lastIndex === text.length;
}
