import { createHmac, timingSafeEqual } from 'node:crypto';

/** How far a message's time may be from ours, milliseconds. */
export const WEBHOOK_TOLERANCE_MS = 5 * 60_000;
const KEY_BYTES_MIN = 24;
const KEY_BYTES_MAX = 64;
const SECRET = /^whsec_([A-Za-z0-9+/]+={0,2})$/;
/** Without the full stop, which parts what is signed: no two messages read as the same one. */
const MESSAGE_ID = /^[\w~-]{1,128}$/;
const SECONDS = /^\d{1,12}$/;
/** While a secret is being changed a message bears a signature by each. */
const SIGNATURES_MAX = 8;

export type WebhookHeaders = Readonly<Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>>;

/** A message as it goes over the wire. Source: https://www.standardwebhooks.com, version 1.0.0, symmetric signatures. */
export interface WebhookMessage {
  readonly id: string;
  /** Milliseconds since 1970; goes out in whole seconds. */
  readonly atMs: number;
  readonly body: string | Uint8Array;
}

/** The key in a secret `whsec_<base64 of 24 to 64 bytes>`; `undefined` when it is none. */
export function webhookKey(secret: string): Uint8Array | undefined {
  const [, text] = SECRET.exec(secret) ?? [];
  if (text === undefined) return undefined;
  const key = Buffer.from(text, 'base64');
  return key.length >= KEY_BYTES_MIN && key.length <= KEY_BYTES_MAX ? key : undefined;
}

export function signWebhook(key: Uint8Array, { id, atMs, body }: WebhookMessage): WebhookHeaders {
  const seconds = String(Math.floor(atMs / 1_000));
  return {
    'webhook-id': id,
    'webhook-timestamp': seconds,
    'webhook-signature': `v1,${mac(key, `${id}.${seconds}.`, body).toString('base64')}`,
  };
}

export interface SignedBody {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** As it came in: what was parsed and written anew has another signature. */
  readonly body: Uint8Array;
  readonly nowMs: number;
}

/** The message when its signature holds and its time is ours; else `undefined`, and nothing says which of it was wrong. */
export function verifyWebhook(key: Uint8Array, { headers, body, nowMs }: SignedBody): WebhookMessage | undefined {
  const [id, seconds, signatures] = [headers['webhook-id'], headers['webhook-timestamp'], headers['webhook-signature']];
  if (typeof id !== 'string' || typeof seconds !== 'string' || typeof signatures !== 'string') return undefined;
  if (!MESSAGE_ID.test(id) || !SECONDS.test(seconds)) return undefined;
  const atMs = Number(seconds) * 1_000;
  if (Math.abs(nowMs - atMs) > WEBHOOK_TOLERANCE_MS) return undefined;
  const expected = mac(key, `${id}.${seconds}.`, body);
  const holds = signatures.split(' ', SIGNATURES_MAX).some((signature) => {
    const given = Buffer.from(signature.slice('v1,'.length), 'base64');
    return signature.startsWith('v1,') && given.length === expected.length && timingSafeEqual(given, expected);
  });
  return holds ? { id, atMs, body } : undefined;
}

function mac(key: Uint8Array, head: string, body: string | Uint8Array): Buffer {
  return createHmac('sha256', key).update(head).update(body).digest();
}
