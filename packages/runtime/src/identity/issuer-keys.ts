import { hash } from 'node:crypto';
import { readUrl } from '@sallyport/core';
import { createLocalJWKSet, type JWK, type LocalJWKSet } from 'jose';
import type { IssuerConfig } from '../config/index.ts';
import type { Fetched, JsonFetcher } from './fetch-json.ts';

/** Keys of one issuer that are taken. */
const KEYS_MAX = 100;
/** After a failure the issuer is left alone for this long, milliseconds. */
export const RETRY_AFTER_MS = 5_000;
/** How often tokens with unknown keys may have the keys fetched, milliseconds: anybody can make up such tokens. */
export const UNKNOWN_KEY_MS = 10_000;

/** Kinds of keys with a half that is public. */
const PUBLIC_KINDS = new Set(['RSA', 'EC', 'OKP']);

export interface KeySet {
  readonly find: LocalJWKSet;
  /** Another one for other keys. */
  readonly digest: string;
}

/** What operators are told of an issuer. */
export type IssuerNews =
  | { readonly kind: 'issuer-unreachable'; readonly issuer: string; readonly reason: string; readonly servesMs: number }
  | { readonly kind: 'issuer-reached'; readonly issuer: string };

export interface IssuerKeysParts {
  readonly issuer: Pick<IssuerConfig, 'name' | 'issuer' | 'keysAt' | 'keysMaxAgeMs' | 'keysStaleMs'>;
  readonly fetcher: JsonFetcher;
  /** Milliseconds of a clock that only goes forward. */
  readonly nowMs: () => number;
  readonly onNews: (news: IssuerNews) => void;
}

/**
 * The keys of an issuer: fetched when they are first needed, kept, and fetched again when they grow old, while those that are
 * there serve on. When the issuer cannot be reached they serve until `keysStaleMs` after they were fetched last, and then nobody's.
 */
export class IssuerKeys {
  readonly #parts: IssuerKeysParts;
  #set: KeySet | undefined;
  #fetchedMs = Number.NEGATIVE_INFINITY;
  #triedMs = Number.NEGATIVE_INFINITY;
  #unknownMs = Number.NEGATIVE_INFINITY;
  #failing = false;
  #flight: Promise<void> | undefined;

  constructor(parts: IssuerKeysParts) {
    this.#parts = parts;
  }

  /** Those that may be used now, without waiting; has them fetched again beside, when they are old. */
  current(): KeySet | undefined {
    const { keysMaxAgeMs, keysStaleMs } = this.#parts.issuer;
    const ageMs = this.#parts.nowMs() - this.#fetchedMs;
    if (ageMs >= keysMaxAgeMs && this.#mayTry()) void this.#refresh();
    return ageMs < keysStaleMs ? this.#set : undefined;
  }

  /** Those that may be used, fetched where there are none. `undefined`: they cannot be had. */
  async ready(): Promise<KeySet | undefined> {
    const current = this.current();
    if (current !== undefined) return current;
    if (this.#flight !== undefined || this.#mayTry()) await this.#refresh();
    return this.current();
  }

  /** Fetches them because a token names one that is not among them; not more often than `UNKNOWN_KEY_MS` says. @returns whether they were */
  async again(): Promise<boolean> {
    const nowMs = this.#parts.nowMs();
    if (this.#flight === undefined) {
      if (nowMs - this.#unknownMs < UNKNOWN_KEY_MS || !this.#mayTry()) return false;
      this.#unknownMs = nowMs;
    }
    await this.#refresh();
    return true;
  }

  /** Whether the last attempt to fetch them failed. */
  get failing(): boolean {
    return this.#failing;
  }

  #mayTry(): boolean {
    return !this.#failing || this.#parts.nowMs() - this.#triedMs >= RETRY_AFTER_MS;
  }

  /** Of several that want them at once, all wait for one answer. */
  #refresh(): Promise<void> {
    this.#flight ??= this.#fetch().finally(() => {
      this.#flight = undefined;
    });
    return this.#flight;
  }

  async #fetch(): Promise<void> {
    const { issuer, nowMs, onNews } = this.#parts;
    this.#triedMs = nowMs();
    const fetched = await this.#fetchSet();
    if ('failed' in fetched) {
      const servesMs = this.#set === undefined ? 0 : Math.max(0, issuer.keysStaleMs - (nowMs() - this.#fetchedMs));
      this.#failing = true;
      onNews({ kind: 'issuer-unreachable', issuer: issuer.name, reason: fetched.failed, servesMs });
      return;
    }
    if (this.#failing) onNews({ kind: 'issuer-reached', issuer: issuer.name });
    this.#failing = false;
    this.#fetchedMs = nowMs();
    if (this.#set?.digest !== fetched.set.digest) this.#set = fetched.set;
  }

  async #fetchSet(): Promise<{ readonly set: KeySet } | { readonly failed: string }> {
    const { issuer, fetcher } = this.#parts;
    const { keysAt } = issuer;
    if ('jwks' in keysAt) return keySetOf(await fetcher.fetch(keysAt.jwks));
    const said = await fetcher.fetch(keysAt.discovery);
    if ('failed' in said) return { failed: `discovery: ${said.failed}` };
    const { issuer: name, jwks_uri: address } = said.value as {
      readonly issuer?: unknown;
      readonly jwks_uri?: unknown;
    };
    // OpenID Connect Discovery 1.0, section 4.3: both must be the same to the letter.
    if (name !== issuer.issuer) return { failed: 'discovery: speaks for another issuer' };
    if (typeof address !== 'string' || !isAt(new URL(keysAt.discovery).origin, address)) {
      return { failed: 'discovery: leads to another host than its own; name the address of the keys with `jwks`' };
    }
    return keySetOf(await fetcher.fetch(address));
  }
}

function isAt(origin: string, address: string): boolean {
  return readUrl(address)?.origin === origin;
}

function keySetOf(fetched: Fetched): { readonly set: KeySet } | { readonly failed: string } {
  if ('failed' in fetched) return fetched;
  const { keys } = fetched.value as { readonly keys?: unknown };
  if (!Array.isArray(keys)) return { failed: 'no key set' };
  const usable = keys.filter(isUsable).slice(0, KEYS_MAX);
  if (usable.length === 0) return { failed: 'no key that verifies signatures' };
  return { set: { find: createLocalJWKSet({ keys: usable }), digest: hash('sha256', JSON.stringify(usable), 'hex') } };
}

/** A public key for signatures. A secret one, which would verify what anybody signs with it, is left out, and so is a private one. */
function isUsable(key: unknown): key is JWK {
  if (typeof key !== 'object' || key === null) return false;
  const { kty, use, d, key_ops: operations } = key as JWK;
  if (typeof kty !== 'string' || !PUBLIC_KINDS.has(kty) || d !== undefined) return false;
  return (use === undefined || use === 'sig') && (!Array.isArray(operations) || operations.includes('verify'));
}
