import { Buffer } from 'node:buffer';
import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a request state says: which request waits, and which round of its questions the state is of. */
export interface RequestState {
  /** Unique for all times. */
  readonly request: string;
  /** 1.. */
  readonly round: number;
  /** When it was made, milliseconds of a clock that never goes back. */
  readonly atMs: number;
}

/** What a state is bound to. */
export interface StateBinding {
  readonly key: Uint8Array;
  readonly client: string;
  /** Digest of what the request asks: another one cannot go on with it. */
  readonly asks: string;
}

const VERSION = 's1';
const FORM = /^s1\.([A-Za-z0-9-]{1,64})\.([0-9]{1,4})\.([0-9]{1,15})\.([A-Za-z0-9_-]{43})$/;

/** A state that only whoever has the key can make, as a client brings it back. */
export function sealState(state: RequestState, binding: StateBinding): string {
  const said = `${VERSION}.${state.request}.${state.round}.${Math.trunc(state.atMs)}`;
  return `${said}.${macOf(said, binding).toString('base64url')}`;
}

/** @returns the state, or `undefined` for one that was not made here, for this client and this request */
export function openState(sealed: string, binding: StateBinding): RequestState | undefined {
  const [, request, round, atMs, mac] = FORM.exec(sealed) ?? [];
  if (request === undefined || mac === undefined) return undefined;
  const given = Buffer.from(mac, 'base64url');
  const said = sealed.slice(0, sealed.lastIndexOf('.'));
  const own = macOf(said, binding);
  // The last character of 43 has bits that stand for nothing: one spelling only is taken.
  if (given.length !== own.length || !timingSafeEqual(given, own) || own.toString('base64url') !== mac)
    return undefined;
  return { request, round: Number(round), atMs: Number(atMs) };
}

/** Lengths stand before what has any length, so that no two bindings read alike. */
function macOf(said: string, { key, client, asks }: StateBinding): Buffer {
  const bound = [said, client, asks].map((part) => `${Buffer.byteLength(part)}:${part}`).join('');
  return createHmac('sha256', key).update(`sallyport mcp request state\n${bound}`).digest();
}
