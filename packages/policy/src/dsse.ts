import { createHash, type KeyObject, sign, verify } from 'node:crypto';

/** One signature of an envelope. `keyid` is a hint and vouches for nothing. */
interface Signature {
  readonly keyid: string;
  readonly sig: string;
}

interface Envelope {
  readonly payloadType: string;
  /** Base64. */
  readonly payload: string;
  readonly signatures: readonly Signature[];
}

export const SIGNATURES_MAX = 16;

/** Name of a public key: SHA-256 of its SPKI form, hexadecimal. */
export function keyIdOf(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ format: 'der', type: 'spki' }))
    .digest('hex');
}

/** What is signed: type and payload, each behind its length, so that neither can pass for the other. */
function authenticated(payloadType: string, payload: Uint8Array): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.byteLength} `;
  return Buffer.concat([Buffer.from(head), payload]);
}

export interface Signer {
  /** Ed25519. */
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/**
 * A DSSE envelope as JSON: what supply chains sign their attestations with. It covers bytes, so that nothing has to be
 * written in one canonical form, and names their type, so that what was signed for another purpose is no bundle.
 * Source: secure-systems-lab/dsse, protocol and envelope, version 1.0.2.
 */
export function sealEnvelope(payloadType: string, payload: Uint8Array, { privateKey, publicKey }: Signer): string {
  const sig = sign(null, authenticated(payloadType, payload), privateKey).toString('base64');
  const envelope: Envelope = {
    payloadType,
    payload: Buffer.from(payload).toString('base64'),
    signatures: [{ keyid: keyIdOf(publicKey), sig }],
  };
  return `${JSON.stringify(envelope, undefined, 2)}\n`;
}

/** What an envelope holds, once one of the keys vouches for it; else why it is not taken. */
export type OpenedEnvelope = { readonly payload: Buffer; readonly keyId: string } | { readonly refused: string };

/** @param keys Ed25519 public keys, any of which is enough */
export function openEnvelope(text: string, payloadType: string, keys: readonly KeyObject[]): OpenedEnvelope {
  const envelope = readEnvelope(text);
  if (envelope === undefined) return { refused: 'is no DSSE envelope' };
  if (envelope.payloadType !== payloadType) return { refused: 'holds something else than a policy bundle' };
  const payload = Buffer.from(envelope.payload, 'base64');
  const message = authenticated(payloadType, payload);
  for (const { sig } of envelope.signatures.slice(0, SIGNATURES_MAX)) {
    const signature = Buffer.from(sig, 'base64');
    const key = keys.find((candidate) => verify(null, message, candidate, signature));
    if (key !== undefined) return { payload, keyId: keyIdOf(key) };
  }
  return { refused: 'is signed by none of the public keys in the configuration, or was changed afterwards' };
}

function readEnvelope(text: string): Envelope | undefined {
  const value = jsonObject(text);
  if (value === undefined) return undefined;
  const { payloadType, payload, signatures } = value;
  if (typeof payloadType !== 'string' || typeof payload !== 'string' || !Array.isArray(signatures)) return undefined;
  return signatures.every(isSignature) ? { payloadType, payload, signatures } : undefined;
}

function isSignature(value: unknown): value is Signature {
  return typeof value === 'object' && value !== null && 'sig' in value && typeof value.sig === 'string';
}

/** A JSON object, or nothing. */
export function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
