import { BoundedCache, type Fault, isFault } from '@sallyport/core';
import { errors, type JWTPayload, jwtVerify } from 'jose';
import type { IdentityConfig, IssuerConfig } from '../config/index.ts';
import { type Claims, claimAt } from './claim-at.ts';
import type { JsonFetcher } from './fetch-json.ts';
import { IssuerKeys, type IssuerNews, type KeySet } from './issuer-keys.ts';
import type { Answer } from './presented.ts';
import { readToken } from './read-token.ts';
import { isWord, type TokenSubject, tokenSubject } from './token-principal.ts';

/** Tokens that were verified and are remembered by their keyed hash. */
const VERIFIED_MAX = { maxEntries: 20_000, maxWeight: 20_000 };

const INVALID: Fault = { fault: 'TOKEN_INVALID' };
const EXPIRED: Fault = { fault: 'TOKEN_EXPIRED' };
const UNAVAILABLE: Fault = { fault: 'IDENTITY_UNAVAILABLE' };

export interface TokenVerifierParts {
  readonly identity: Pick<IdentityConfig, 'issuers' | 'maxTokenBytes'>;
  /** Keyed hash of a credential. */
  readonly hashCredential: (secret: string) => string;
  readonly fetcher: JsonFetcher;
  /** Keys of issuers that another verifier fetches already, by `iss`. */
  readonly keys?: ReadonlyMap<string, IssuerKeys>;
  readonly clock: {
    /** Of a clock that only goes forward. */
    readonly nowMs: () => number;
    /** Milliseconds since 1970. */
    readonly dateMs: () => number;
  };
  readonly onNews: (news: IssuerNews) => void;
}

/** What a verified token stands for, as long as it does. */
export interface VerifiedToken extends TokenSubject {
  /** Thumbprint of the client certificate that it is bound to. */
  readonly certificate?: string | undefined;
  /** What it may be used for (RFC 9068, section 2.2.3); absent where it says nothing. */
  readonly scopes?: readonly string[];
  /** The application that it was given to (RFC 8693, section 4.3; OpenID Connect Core 1.0, section 2); absent where it says nothing. */
  readonly client?: string;
}

interface Issuer {
  readonly config: IssuerConfig;
  readonly keys: IssuerKeys;
}

interface Kept {
  readonly verified: VerifiedToken;
  readonly issuer: Issuer;
  /** Milliseconds since 1970. */
  readonly untilMs: number;
  /** The keys that verified it: it is verified anew by others. */
  readonly by: KeySet;
}

/**
 * Says who a token (JWT) stands for. A token that was verified before costs a keyed hash, without waiting, until it expires or
 * its issuer's keys change; a new one a signature, and the first one of an issuer a fetch of its keys.
 */
export class TokenVerifier {
  readonly #parts: TokenVerifierParts;
  readonly #issuers: ReadonlyMap<string, Issuer>;
  readonly #kept = new BoundedCache<Kept>(VERIFIED_MAX);

  constructor(parts: TokenVerifierParts) {
    this.#parts = parts;
    const { fetcher, clock, onNews } = parts;
    this.#issuers = new Map(
      parts.identity.issuers.map((config) => {
        const keys =
          parts.keys?.get(config.issuer) ?? new IssuerKeys({ issuer: config, fetcher, nowMs: clock.nowMs, onNews });
        return [config.issuer, { config, keys }];
      }),
    );
  }

  /** Keys of its issuers, by `iss`. */
  get keys(): ReadonlyMap<string, IssuerKeys> {
    return new Map(Array.from(this.#issuers, ([issuer, { keys }]) => [issuer, keys]));
  }

  /** @returns who, or `TOKEN_INVALID`, `TOKEN_EXPIRED`, `IDENTITY_UNAVAILABLE` */
  verify(token: string): Answer<VerifiedToken> {
    if (token.length > this.#parts.identity.maxTokenBytes) return INVALID;
    const key = this.#parts.hashCredential(token);
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.issuer.keys.current() === kept.by) {
      return this.#parts.clock.dateMs() < kept.untilMs ? kept.verified : EXPIRED;
    }
    return this.#verifyNew(token, key);
  }

  async #verifyNew(token: string, key: string): Promise<VerifiedToken | Fault> {
    const read = readToken(token);
    if (isFault(read)) return read;
    const issuer = this.#issuers.get(String(read.claims.iss));
    if (issuer === undefined || !issuer.config.algorithms.some((known) => known === read.header.alg)) return INVALID;
    const set = await issuer.keys.ready();
    if (set === undefined) return UNAVAILABLE;
    const checked = await this.#check(token, issuer, set);
    if ('claims' in checked) return this.#keep(key, checked, issuer);
    if (!('unknownKey' in checked)) return checked;
    // It may be signed by a key that the issuer has had since.
    if (!(await issuer.keys.again())) return issuer.keys.failing ? UNAVAILABLE : INVALID;
    const fresh = issuer.keys.current();
    if (fresh === undefined || issuer.keys.failing) return UNAVAILABLE;
    const again = await this.#check(token, issuer, fresh);
    return 'claims' in again ? this.#keep(key, again, issuer) : 'unknownKey' in again ? INVALID : again;
  }

  async #check(
    token: string,
    { config }: Issuer,
    set: KeySet,
  ): Promise<Checked | Fault | { readonly unknownKey: true }> {
    try {
      const { payload } = await jwtVerify(token, set.find, {
        issuer: config.issuer,
        audience: [...config.audiences],
        algorithms: [...config.algorithms],
        clockTolerance: config.clockToleranceMs / 1_000,
        currentDate: new Date(this.#parts.clock.dateMs()),
        requiredClaims: ['exp'],
        ...(config.maxAgeMs !== undefined && { maxTokenAge: config.maxAgeMs / 1_000 }),
      });
      return { claims: payload, by: set };
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) return { unknownKey: true };
      return isUntimely(error) ? EXPIRED : INVALID;
    }
  }

  #keep(key: string, { claims, by }: Checked, issuer: Issuer): VerifiedToken | Fault {
    const { config } = issuer;
    const certificate = boundTo(claims);
    const subject = tokenSubject(claims, config);
    if (isFault(subject)) return subject;
    if (certificate === 'unknown' || !hasRequired(claims, config.require)) return INVALID;
    const verified = { ...subject, certificate, ...usesIn(claims) };
    const { exp = 0, iat = 0 } = claims;
    const endMs = exp * 1_000 + config.clockToleranceMs;
    const agedMs = config.maxAgeMs === undefined ? endMs : iat * 1_000 + config.maxAgeMs + config.clockToleranceMs;
    this.#kept.set(key, { verified, issuer, untilMs: Math.min(endMs, agedMs), by }, 1);
    return verified;
  }
}

interface Checked {
  readonly claims: JWTPayload;
  readonly by: KeySet;
}

function isUntimely(error: unknown): boolean {
  if (error instanceof errors.JWTExpired) return true;
  return error instanceof errors.JWTClaimValidationFailed && error.claim === 'nbf' && error.reason === 'check_failed';
}

/** A token that is bound to something is worth nothing without it: what it is bound to in a way that nobody here can check refuses it. */
function boundTo(claims: Claims): string | undefined | 'unknown' {
  if (claims.cnf === undefined) return undefined;
  const thumbprint = claimAt(claims, '/cnf/x5t#S256');
  return typeof thumbprint === 'string' && /^[A-Za-z0-9_-]{43}$/.test(thumbprint) ? thumbprint : 'unknown';
}

/** Scopes are one text with spaces between them, or a list; who says them in another way says none. */
function usesIn(claims: Claims): Pick<VerifiedToken, 'scopes' | 'client'> {
  const said = claims.scope ?? claims.scp;
  const listed: unknown = typeof said === 'string' ? said.split(' ').filter((scope) => scope !== '') : said;
  const isList = Array.isArray(listed) && listed.every((scope): scope is string => typeof scope === 'string');
  const client = claims.client_id ?? claims.azp;
  return { ...(isList && { scopes: listed }), ...(isWord(client) && { client }) };
}

function hasRequired(claims: Claims, required: IssuerConfig['require']): boolean {
  return Object.entries(required).every(([path, wanted]) => {
    const value = claimAt(claims, path);
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    return values.some((each) => wanted.includes(String(each)) && typeof each !== 'object');
  });
}
