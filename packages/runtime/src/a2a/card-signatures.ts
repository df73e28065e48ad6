import { Buffer } from 'node:buffer';
import type { KeyObject } from 'node:crypto';
import type { JsonMembers } from '@sallyport/mcp';
import { canonicalJson } from '@sallyport/wire';
import { flattenedVerify } from 'jose';
import { TOKEN_ALGORITHMS } from '../config/index.ts';

/** Signatures of one card that are looked at; a card has one for each key that is in use. */
export const CARD_MAX_SIGNATURES = 8;

const OPTIONS = { algorithms: [...TOKEN_ALGORITHMS] };

/**
 * Whether a card is signed by one of `keys`, whatever its signatures say of their key: where to fetch it (`jku`) is not followed, and
 * what stands in a header that is not signed counts for nothing.
 * Cost: the card once more per form, and a verification per signature, key and form.
 * Source: A2A 1.0, section 8.4; RFC 7515 (flattened, detached), RFC 8785.
 */
export async function isSigned({ signatures, ...card }: JsonMembers, keys: readonly KeyObject[]): Promise<boolean> {
  if (!Array.isArray(signatures)) return false;
  const forms = [...new Set([payloadOf(card), payloadOf(withoutEmpty(card))])];
  for (const signature of signatures.slice(0, CARD_MAX_SIGNATURES).filter(isSignature)) {
    for (const payload of forms) {
      for (const key of keys) if (await verifies(signature, payload, key)) return true;
    }
  }
  return false;
}

function payloadOf(card: unknown): string {
  return Buffer.from(canonicalJson(card ?? {})).toString('base64url');
}

interface Signature {
  readonly protected: string;
  readonly signature: string;
}

function isSignature(value: unknown): value is Signature {
  const { protected: header, signature } = (value ?? {}) as Partial<Record<keyof Signature, unknown>>;
  return typeof header === 'string' && typeof signature === 'string';
}

async function verifies({ protected: header, signature }: Signature, payload: string, key: KeyObject) {
  const jws = { protected: header, signature, payload };
  try {
    const { protectedHeader } = await flattenedVerify(jws, key, OPTIONS);
    return protectedHeader !== undefined;
  } catch {
    return false;
  }
}

/**
 * What is left without members that say nothing: the form in which the protocol's own libraries sign, since there an empty text, list
 * or object is one that was never set. So the two forms differ in nothing that a card says.
 */
function withoutEmpty(value: unknown): unknown {
  if (value === '' || value === null) return undefined;
  if (typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    const kept = value.map(withoutEmpty).filter((item) => item !== undefined);
    return kept.length === 0 ? undefined : kept;
  }
  const kept = Object.entries(value)
    .map(([name, member]) => [name, withoutEmpty(member)] as const)
    .filter(([, member]) => member !== undefined);
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}
