import { isIPv4 } from 'node:net';
import type { Span } from '@sallyport/core';
import table from './addresses.json' with { type: 'json' };

const METADATA: ReadonlySet<string> = new Set(table.metadata);
const SCHEMES: ReadonlySet<string> = new Set(table.schemes);
/** What ends an address in arguments; the token around a place is read as a browser or a client would read it. */
const BOUNDARY = /[\s"'`<>(){}|\\,;^]/;
const MAX_ADDRESS_CHARS = 256;
/** An address without a scheme: a host, perhaps a port and a path. */
const BARE = /^(?:\[[0-9a-f:.]{2,45}\]|[\w.-]{1,200})(?::\d{1,5})?(?:[/?#]|$)/i;
/** Dotted or single numbers, each decimal, octal or hexadecimal: what `inet_aton` takes for an IPv4 address. */
const NUMERIC = /^(?:0x[0-9a-f]{1,10}|\d{1,12})(?:\.(?:0x[0-9a-f]{1,10}|\d{1,12})){0,3}$/i;

export interface InternalAddress {
  readonly score: number;
  /** Host or scheme, as a client resolves it. */
  readonly value: string;
}

/** What stands around `at` without a space or quote: an address, if it is one. Cost: O(token), at most 256 characters each way. */
export function tokenAt(text: string, at: number): Span {
  let start = at;
  while (start > 0 && at - start < MAX_ADDRESS_CHARS && !BOUNDARY.test(text[start - 1] ?? '')) start -= 1;
  let end = Math.max(at, start + 1);
  while (end < text.length && end - at < MAX_ADDRESS_CHARS && !BOUNDARY.test(text[end] ?? '')) end += 1;
  return { start, end };
}

/**
 * Whether an address leads where only the inside may go: a cloud's metadata, the machine itself, a private network, a local
 * scheme; in any spelling that the WHATWG URL parser resolves.
 * Sources: RFC 1918, RFC 3927, RFC 4193, RFC 6598, RFC 6890; OWASP, "Server-Side Request Forgery Prevention".
 */
export function internalAddress(token: string): InternalAddress | undefined {
  const url = urlOf(token);
  if (url === undefined) return undefined;
  if (SCHEMES.has(url.protocol) && token.length > url.protocol.length)
    return { score: table.scores.scheme, value: url.protocol };
  const host = url.hostname.replace(/\.$/, '');
  const score = scoreOf(host, token);
  return score === 0 ? undefined : { score, value: host };
}

function urlOf(token: string): URL | undefined {
  const text = /^[a-z][a-z0-9+.-]{1,15}:/i.test(token) && !/^[\w.-]+:\d/.test(token) ? token : bareOf(token);
  if (text === undefined) return undefined;
  try {
    return new URL(text);
  } catch {
    // No client would ask anybody for it.
    return undefined;
  }
}

/** A bare number is an address only where it is written like one: amounts and ids are numbers too. */
function bareOf(token: string): string | undefined {
  if (!BARE.test(token)) return undefined;
  const host = /^[^:/?#]+/.exec(token)?.[0] ?? '';
  if (/^\d+$/.test(host) && host === token) return undefined;
  if (/^[\d.]+$/.test(host) && !isIPv4(host) && host === token) return undefined;
  return `http://${token}`;
}

function scoreOf(host: string, token: string): number {
  const kind = kindOf(host);
  if (kind === undefined) return rebinds(host) ? table.scores.disguised : 0;
  if (kind === 'metadata') return table.scores.metadata;
  return isPlain(host, token) ? table.scores[kind] : table.scores.disguised;
}

function kindOf(host: string): 'metadata' | 'loopback' | 'private' | undefined {
  const v4 = isIPv4(host) ? host : mapped(host);
  if (METADATA.has(host) || (v4 !== undefined && METADATA.has(v4))) return 'metadata';
  if (v4 !== undefined) return kindOfV4(v4);
  if (host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || host === '[::]') return 'loopback';
  if (/^\[f[cd]|^\[fe[89ab]/.test(host)) return 'private';
  return /\.(?:internal|intranet|corp|lan|local|home\.arpa)$/.test(host) ? 'private' : undefined;
}

function kindOfV4(address: string): 'loopback' | 'private' | undefined {
  const [a = 0, b = 0] = address.split('.').map(Number);
  if (a === 127 || a === 0) return 'loopback';
  const isPrivate =
    a === 10 ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 169 && b === 254) ||
    (a === 100 && b >= 64 && b < 128);
  return isPrivate ? 'private' : undefined;
}

/** The IPv4 address within `::ffff:0:0/96`, `64:ff9b::/96` or 6to4, as the URL parser writes them. */
function mapped(host: string): string | undefined {
  const last = /^\[(?:::ffff:|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(host);
  const six = /^\[2002:([0-9a-f]{1,4}):([0-9a-f]{1,4}):/.exec(host);
  const found = last ?? six;
  if (found === null) return undefined;
  const [high, low] = [Number.parseInt(found[1] ?? '', 16), Number.parseInt(found[2] ?? '', 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** Names of public zones that resolve to whatever address stands in them. */
function rebinds(host: string): boolean {
  const zone = table.rebinding.find((each) => host === each || host.endsWith(`.${each}`));
  if (zone === undefined) return false;
  const inside = /(?:^|[.-])(\d{1,3})[.-](\d{1,3})[.-](\d{1,3})[.-](\d{1,3})(?=[.-])/.exec(host);
  return inside === null || kindOf(inside.slice(1, 5).join('.')) !== undefined;
}

/** Whether the host stands there as people write it, and not in numbers or escapes that only a parser reads. */
function isPlain(host: string, token: string): boolean {
  if (token.toLowerCase().includes(host)) return true;
  const written = /^(?:[a-z][a-z0-9+.-]*:)?\/{0,2}(?:[^@/?#]*@)?([^:/?#]+)/i.exec(token)?.[1] ?? '';
  return !NUMERIC.test(written) && !written.includes('%') && !host.startsWith('[') && written !== '';
}
