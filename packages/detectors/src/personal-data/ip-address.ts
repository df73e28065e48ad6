import { isIPv6 } from 'node:net';
import { charClass, isAlphanumeric, isDigit, runEnd, runStart } from '../matches/char-class.ts';
import type { Match } from '../matches/layer-matches.ts';
import {
  chainsAt,
  closesFreely,
  type DigitGroup,
  gapBefore,
  isNumberPart,
  openNumberFrom,
  opensFreely,
} from './digit-run.ts';
import type { Kind } from './kind.ts';
import { nearWords } from './near-words.ts';
import words from './words.json' with { type: 'json' };

const TYPE = 'ip-address';
const MAX_V6_CHARS = 45;
const PUBLIC_SCORE = 0.9;
/** Private, link-local, shared and documentation ranges name a machine at most within its own network. */
const PRIVATE_SCORE = 0.4;
/** Four small numbers without a word that names an address are as likely a section or a version. */
const SMALL_SCORE = 0.45;
/** Hexadecimal digits below which colons more likely separate ratios, times or names in code. */
const MIN_FULL_V6_DIGITS = 16;
const MIN_SHORT_V6_DIGITS = 5;

const DOT = 46;

const isV6Char = charClass('A-Fa-f0-9:.');
const namesVersion = nearWords(words.version, 12);
const namesAddress = nearWords(words.address, 16);

export const ipv4Address: Kind = {
  types: [TYPE],
  trigger: { digits: 4 },
  maxChars: 15,
  matches: (text, hits) =>
    hits
      .filter((hit) => mayHoldQuad(text, hit))
      .flatMap((hit) => chainsAt(text, hit).flatMap((chain) => dottedQuads(text, chain))),
  openFrom: (text) => openNumberFrom(text),
};

export const ipv6Address: Kind = {
  types: [TYPE],
  trigger: { keywords: ['::', ...[...'0123456789abcdef'].map((digit) => `:${digit}`)] },
  maxChars: MAX_V6_CHARS,
  matches: (text, hits) => {
    const found: Match[] = [];
    let done = 0;
    for (const hit of hits) {
      if (hit < done) continue;
      const start = runStart(text, hit, { of: isV6Char, limit: Math.max(done, hit - MAX_V6_CHARS) });
      const end = runEnd(text, hit, { of: isV6Char, limit: start + MAX_V6_CHARS + 1 });
      done = end;
      const match = v6Between(text, start, end);
      if (match !== undefined) found.push(match);
    }
    return found;
  },
  openFrom: (text) => {
    const start = runStart(text, text.length, { of: isV6Char, limit: text.length - MAX_V6_CHARS - 1 });
    const length = text.length - start;
    const isWord = length > 4 && !text.slice(start).includes(':');
    const isGlued = start > 0 && isAlphanumeric(text.charCodeAt(start - 1));
    return length > MAX_V6_CHARS || isWord || isGlued ? text.length : start;
  },
};

/** Whether the run of digits at an offset has the dots of an address: dates, amounts and times are out by it. */
function mayHoldQuad(text: string, start: number): boolean {
  let dots = 0;
  for (let at = start; dots < 3 && isNumberPart(text.charCodeAt(at)); at++) {
    if (text.charCodeAt(at) === DOT && isDigit(text.charCodeAt(at + 1))) dots++;
  }
  return dots === 3;
}

function dottedQuads(text: string, chain: readonly DigitGroup[]): readonly Match[] {
  const found: Match[] = [];
  for (let first = 0; first < chain.length; ) {
    let last = first;
    while (last + 1 < chain.length && gapBefore(text, chain, last + 1) === '.') last++;
    if (last - first === 3) {
      const match = quadOf(text, chain.slice(first, last + 1));
      if (match !== undefined) found.push(match);
    }
    first = last + 1;
  }
  return found;
}

function quadOf(text: string, groups: readonly DigitGroup[]): Match | undefined {
  const [start, end] = [groups[0]?.start ?? 0, groups.at(-1)?.end ?? 0];
  const octets = groups.map((group) => text.slice(group.start, group.end));
  const bytes = octets.map(Number);
  if (octets.some((octet, i) => octet.length > 3 || String(bytes[i]) !== octet) || bytes.some((byte) => byte > 255))
    return undefined;
  if (
    !opensFreely(text, start) ||
    !closesFreely(text, afterPrefix(text, end)) ||
    isSuffixed(text, end) ||
    namesVersion(text, start)
  )
    return undefined;
  const score = v4Score(bytes, namesAddress(text, start));
  return score === 0 ? undefined : { type: TYPE, score, start, end, value: octets.join('.') };
}

/** Skips the length of a network (`/24`), which is no part of the address. */
function afterPrefix(text: string, end: number): number {
  return text[end] === '/' ? runEnd(text, end + 1, { of: isDigit, limit: end + 3 }) : end;
}

/** A letter behind a hyphen makes a release of it: `1.2.3.4-beta`. */
function isSuffixed(text: string, end: number): boolean {
  return text[end] === '-' && isAlphanumeric(text.charCodeAt(end + 1)) && !isDigit(text.charCodeAt(end + 1));
}

/** 0 for what names no machine: this host, any host, everyone, and netmasks. Source: IANA IPv4 special-purpose registry. */
function v4Score(bytes: readonly number[], isNamed: boolean): number {
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  if (a === 0 || a === 127 || (a === 255 && (b === 255 || b === 0))) return 0;
  const isPrivate =
    a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168) || (a === 169 && b === 254);
  const isShared = (a === 100 && b >= 64 && b < 128) || (a === 198 && (b === 18 || b === 19));
  const isExample =
    (a === 192 && b === 0 && (c === 2 || c === 0)) ||
    (a === 198 && b === 51 && c === 100) ||
    (a === 203 && b === 0 && c === 113);
  if (isPrivate || isShared || isExample) return PRIVATE_SCORE;
  return Math.max(a, b, c, d) < 20 && !isNamed && !(a === b && b === c && c === d) ? SMALL_SCORE : PUBLIC_SCORE;
}

function v6Between(text: string, from: number, to: number): Match | undefined {
  let [start, end] = [from, to];
  if (text[start] === ':' && text[start + 1] !== ':') start++;
  while (end > start && (text[end - 1] === '.' || (text[end - 1] === ':' && text[end - 2] !== ':'))) end--;
  if (isAlphanumeric(text.charCodeAt(start - 1)) || isAlphanumeric(text.charCodeAt(end)) || text[end] === '_')
    return undefined;
  const address = text.slice(start, end);
  if (end - start > MAX_V6_CHARS || !/[0-9]/.test(address) || !isIPv6(address)) return undefined;
  const groups = address.split(':');
  const digits = address.replace(/[:.]/g, '').length;
  const isShort = address.includes('::');
  if (digits < (isShort ? MIN_SHORT_V6_DIGITS : MIN_FULL_V6_DIGITS)) return undefined;
  // Eight pairs are a hardware address or a fingerprint.
  if (!isShort && groups.every((group) => group.length === 2)) return undefined;
  return { type: TYPE, score: v6Score(address), start, end, value: expanded(address) };
}

/** Source: IANA IPv6 special-purpose registry: unique local, link-local, multicast, documentation, reserved. */
function v6Score(address: string): number {
  return /^(?:f[cdf]|fe[89ab]|2001:0?db8:|3fff:|::(?!ffff:[0-9]+\.))/i.test(address) ? PRIVATE_SCORE : PUBLIC_SCORE;
}

/** All eight groups in lower case without leading zeros, so that every spelling has one fingerprint. */
function expanded(address: string): string {
  return new URL(`http://[${address}]/`).hostname.slice(1, -1);
}
