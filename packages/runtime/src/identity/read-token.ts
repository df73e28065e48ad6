import { type Fault, isFault } from '@sallyport/core';
import { decodeUtf8, parseJson } from '@sallyport/wire';
import type { Claims } from './claim-at.ts';

/** A token before anybody has verified it. */
export interface UnverifiedToken {
  readonly header: Claims;
  readonly claims: Claims;
}

const INVALID: Fault = { fault: 'TOKEN_INVALID' };
const PART = /^[A-Za-z0-9_-]+$/;
/** Base64url without padding has no such length. */
const NO_LENGTH = 1;
const MAX_DEPTH = 8;
const MAX_NODES = 5_000;
/** Of the media types of tokens, those that say who calls (RFC 8725, section 3.11; RFC 9068, section 2.1). */
const TYPES = new Set(['jwt', 'at+jwt', 'application/jwt', 'application/at+jwt']);
const LONGEST_KID = 256;

/** What looks like a token, signed or not: three to five parts, the first of which is a JSON object. No gateway key of ours does. */
const TOKEN_FORM = /^eyJ[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*){2,4}$/;

export function isToken(credential: string): boolean {
  return TOKEN_FORM.test(credential);
}

/**
 * Reads a signed token strictly, and refuses what two readers could take for two things: names that come twice, other than
 * canonical base64url, extensions that must be understood (`crit`), tokens within tokens, media types of other uses.
 */
export function readToken(token: string): UnverifiedToken | Fault {
  const parts = token.split('.');
  const [head = '', body = '', signature = ''] = parts;
  if (parts.length !== 3 || !isCanonical(signature)) return INVALID;
  const header = readPart(head);
  const claims = readPart(body);
  if (isFault(header) || isFault(claims)) return INVALID;
  const { typ, kid, alg } = header.value;
  if (typeof alg !== 'string' || 'crit' in header.value || 'b64' in header.value) return INVALID;
  if ('cty' in header.value || 'zip' in header.value || 'enc' in header.value) return INVALID;
  if (typ !== undefined && (typeof typ !== 'string' || !TYPES.has(typ.toLowerCase()))) return INVALID;
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > LONGEST_KID)) return INVALID;
  return { header: header.value, claims: claims.value };
}

function readPart(part: string): { readonly value: Claims } | Fault {
  if (!isCanonical(part)) return INVALID;
  const text = decodeUtf8(Buffer.from(part, 'base64url'));
  if (typeof text !== 'string') return INVALID;
  const node = parseJson(text, { maxDepth: MAX_DEPTH, strict: true, maxNodes: MAX_NODES });
  return isFault(node) || node.kind !== 'object' ? INVALID : { value: JSON.parse(text) as Claims };
}

/** Bits that nothing reads could make two texts of one token. */
function isCanonical(part: string): boolean {
  if (!PART.test(part) || part.length % 4 === NO_LENGTH) return false;
  return Buffer.from(part, 'base64url').toString('base64url') === part;
}
