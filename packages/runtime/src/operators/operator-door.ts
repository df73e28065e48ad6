import { createHash, timingSafeEqual } from 'node:crypto';
import { type Fault, isFault, type Principal } from '@sallyport/core';
import type { Config } from '../config/index.ts';
import type { FrontDoor } from '../identity/front-door.ts';
import type { Answer, Presented } from '../identity/presented.ts';
import { isToken } from '../identity/read-token.ts';
import type { GuessLimit } from './guess-limit.ts';
import { ADMIN_OPERATOR, type KnownOperator } from './known-operator.ts';
import { isRole, OPERATOR_ROLES, type OperatorRole, operatorPrincipal } from './roles.ts';

export interface OperatorDoorParts {
  readonly admin: Pick<Config['admin'], 'token' | 'identity' | 'roles'>;
  /** Knows operators' tokens, tokens of `admin.issuers`, and client certificates. */
  readonly door: Pick<FrontDoor, 'authenticate'>;
  /** Compares with the admin token of the first start, in constant time. */
  readonly isAdminToken: (token: string) => boolean;
  readonly guesses: GuessLimit;
}

/** What a call of the admin API shows of who makes it. */
export interface ShownToAdmin extends Pick<Presented, 'credential' | 'certificate'> {
  /** Address that the connection comes from. */
  readonly address: string;
}

/** Longest credential that is compared with the admin token, characters. */
const TOKEN_MAX_CHARS = 512;

const UNKNOWN: Fault = { fault: 'KEY_INVALID' };
const LIMITED: Fault = { fault: 'RATE_LIMITED' };
const NO_CERTIFICATE: Fault = { fault: 'CERTIFICATE_INVALID' };

/** Says which operator makes a call. Nothing that opens the data plane opens this door. */
export class OperatorDoor {
  readonly #parts: OperatorDoorParts;

  constructor(parts: OperatorDoorParts) {
    this.#parts = parts;
  }

  /** @returns who, or `KEY_MISSING`, `KEY_INVALID`, `KEY_EXPIRED`, `RATE_LIMITED` and what a front door says of tokens and certificates */
  authenticate(shown: ShownToAdmin): Answer<KnownOperator> {
    const { credential, certificate, address } = shown;
    if (certificate === 'untrusted') return NO_CERTIFICATE;
    const guess = credential === undefined ? 'wrong' : this.#guess(credential, address);
    if (guess === 'right') return ADMIN_OPERATOR;
    const by = credential === undefined ? 'certificate' : this.#isIssued(credential) ? 'issuer' : 'token';
    const known = this.#parts.door.authenticate({ credential, certificate });
    const settled = (principal: Principal | Fault): KnownOperator | Fault => {
      if (!isFault(principal)) return this.#operator(principal, by);
      if (principal.fault !== UNKNOWN.fault) return principal;
      if (guess === 'unheard') return LIMITED;
      this.#parts.guesses.wrong(address);
      return principal;
    };
    return known instanceof Promise ? known.then(settled) : settled(known);
  }

  /** A token that people chose is compared at a bounded rate; what the gateway made is too long to be guessed. */
  #guess(credential: string, address: string): 'right' | 'wrong' | 'unheard' {
    if (credential === '' || credential.length > TOKEN_MAX_CHARS) return 'wrong';
    const { admin, isAdminToken, guesses } = this.#parts;
    const fixed = admin.token?.reveal();
    if (fixed === undefined) return isAdminToken(credential) ? 'right' : 'wrong';
    if (!guesses.mayGuess(address)) return 'unheard';
    return equal(credential, fixed) ? 'right' : 'wrong';
  }

  #isIssued(credential: string): boolean {
    return this.#parts.admin.identity.issuers.length > 0 && isToken(credential);
  }

  #operator(principal: Principal, by: 'token' | 'issuer' | 'certificate'): KnownOperator {
    const roles = by === 'token' ? principal.groups.filter(isRole) : this.#rolesOf(principal);
    const known = by === 'token' ? { ...principal, groups: [] } : principal;
    return { principal: operatorPrincipal(known, roles), roles, by };
  }

  #rolesOf({ groups }: Principal): readonly OperatorRole[] {
    const { roles } = this.#parts.admin;
    return OPERATOR_ROLES.filter((role) => roles[role]?.some((group) => groups.includes(group)) === true);
  }
}

/** Takes as long whatever they have in common, their length too. */
function equal(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
