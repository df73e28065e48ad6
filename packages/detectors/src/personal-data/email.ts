import { charClass, isAlphanumeric, isBehindEscape, isDigit } from '../matches/char-class.ts';
import type { Match } from '../matches/layer-matches.ts';
import type { Kind } from './kind.ts';
import topLevel from './top-level-domains.json' with { type: 'json' };

/** RFC 5321, section 4.5.3.1. */
const MAX_LOCAL_CHARS = 64;
const MAX_DOMAIN_CHARS = 253;
const MAX_LABEL_CHARS = 63;
/** How far before an address the `//` of a URL is looked for. */
const AUTHORITY_CHARS = 80;

const TOP_LEVEL_DOMAINS = new Set(topLevel.domains.split(' '));
/** Names that no public registry will ever hold (RFC 2606, RFC 6762, RFC 8375, ICANN): used inside companies and in examples. */
const PRIVATE_DOMAINS = new Set([
  'example',
  'test',
  'invalid',
  'local',
  'internal',
  'corp',
  'lan',
  'home',
  'intranet',
  'private',
]);
/** Users of version control over SSH, not people. */
const SERVICE_USERS = new Set(['git', 'hg', 'svn']);

const PUBLIC_SCORE = 0.95;
const PRIVATE_SCORE = 0.75;

const isAsciiLetter = charClass('A-Za-z');
const isMark = charClass("._+'-");
const LETTER = /[\p{L}\p{M}]/u;

/** Which letters go together: Japanese glued to an address must not become part of it. */
type Script = 'latin' | 'other' | 'none';

/** What `scriptOf` found for each code unit: asking Unicode is slow, and a stream asks again with every push. */
const KNOWN_SCRIPTS = new Uint8Array(0x10000);
const SCRIPTS: readonly Script[] = ['none', 'latin', 'other'];

function scriptOf(code: number): Script {
  const known = KNOWN_SCRIPTS[code] ?? 0;
  if (known > 0) return SCRIPTS[known - 1] ?? 'none';
  const script = readScript(code);
  KNOWN_SCRIPTS[code] = SCRIPTS.indexOf(script) + 1;
  return script;
}

function readScript(code: number): Script {
  if (code < 128) return isAsciiLetter(code) ? 'latin' : 'none';
  if (!LETTER.test(String.fromCharCode(code))) return 'none';
  return code <= 0x24f ? 'latin' : 'other';
}

export const email: Kind = {
  types: ['email'],
  trigger: { keywords: ['@'] },
  maxChars: MAX_LOCAL_CHARS + 1 + MAX_DOMAIN_CHARS,
  matches: (text, hits) => hits.flatMap((at) => addressAround(text, at) ?? []),
  openFrom: (text, hits) => {
    let open = localStart(text, text.length);
    for (let i = hits.length - 1; i >= 0; i--) {
      const at = hits[i] ?? 0;
      if (text.length - at > MAX_DOMAIN_CHARS) break;
      if (domainRunEnd(text, at + 1) === text.length) open = Math.min(open, localStart(text, at));
    }
    return open;
  },
};

function addressAround(text: string, at: number): Match | undefined {
  const start = localStart(text, at);
  if (start === at || text[at - 1] === '.' || isInAuthority(text, start)) return undefined;
  const local = text.slice(start, at);
  if (SERVICE_USERS.has(local.toLowerCase())) return undefined;
  const domain = registrable(text.slice(at + 1, domainRunEnd(text, at + 1)));
  if (domain === undefined) return undefined;
  const value = `${local}@${domain.name}`;
  return { type: 'email', score: domain.score, start, end: start + value.length, value: value.toLowerCase() };
}

/** Where the local part that ends before `at` begins; `at` itself when there is none or it is too long. */
function localStart(text: string, at: number): number {
  const limit = Math.max(0, at - MAX_LOCAL_CHARS - 1);
  let script: Script = 'none';
  let start = at;
  while (start > limit) {
    const code = text.charCodeAt(start - 1);
    const own = scriptOf(code);
    if (own === 'none' && !isMark(code) && !isDigit(code)) break;
    if (own !== 'none' && script !== 'none' && own !== script) break;
    if (own !== 'none') script = own;
    if (text[start - 1] === '.' && text[start] === '.') break;
    start--;
  }
  if (at - start > MAX_LOCAL_CHARS) return at;
  if (isBehindEscape(text, start + 1)) start++;
  while (start < at && isMark(text.charCodeAt(start)) && text[start] !== '_') start++;
  return start;
}

/** True for `user@host` and `user:password@host` of a URL, and for what follows the user of a URL. */
function isInAuthority(text: string, start: number): boolean {
  const before = text.slice(Math.max(0, start - AUTHORITY_CHARS), start);
  return /\/\/(?:[^\s/@"'<>]{1,64}:)?$/.test(before);
}

/** Where letters, digits, dots and hyphens behind an `@` end. */
function domainRunEnd(text: string, start: number): number {
  const limit = Math.min(text.length, start + MAX_DOMAIN_CHARS);
  let script: Script = 'none';
  let at = start;
  for (; at < limit; at++) {
    const code = text.charCodeAt(at);
    if (text[at] === '.') {
      if (at === start || text[at - 1] === '.') break;
      script = 'none';
      continue;
    }
    const own = scriptOf(code);
    if (own === 'none' && !isDigit(code) && text[at] !== '-') break;
    if (own !== 'none' && script !== 'none' && own !== script) break;
    if (own !== 'none') script = own;
  }
  return at;
}

/** The longest beginning of a run of labels that ends in a name of the root zone: `acme.com.Thanks` is `acme.com`. */
function registrable(run: string): { name: string; score: number } | undefined {
  const labels = run.split('.');
  const broken = labels.findIndex((label) => !isLabel(label));
  const usable = broken === -1 ? labels : labels.slice(0, broken);
  for (let count = usable.length; count >= 2; count--) {
    const score = topLevelScore(usable[count - 1] ?? '');
    if (score > 0) return { name: usable.slice(0, count).join('.'), score };
  }
  return undefined;
}

function isLabel(label: string): boolean {
  return label !== '' && label.length <= MAX_LABEL_CHARS && !label.startsWith('-') && !label.endsWith('-');
}

function topLevelScore(label: string): number {
  const name = label.toLowerCase();
  if (TOP_LEVEL_DOMAINS.has(name)) return PUBLIC_SCORE;
  if (PRIVATE_DOMAINS.has(name)) return PRIVATE_SCORE;
  const isInternational =
    name.startsWith('xn--') || (name.length >= 2 && !isAlphanumeric(name.charCodeAt(0)) && !name.includes('-'));
  return isInternational ? PUBLIC_SCORE : 0;
}
