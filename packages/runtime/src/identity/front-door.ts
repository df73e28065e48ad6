import { type Fault, isFault, type Principal } from '@sallyport/core';
import type { IdentityConfig } from '../config/index.ts';
import type { KeyOffice } from '../key-office.ts';
import type { Acting } from './acting.ts';
import { certificatePrincipal } from './certificate-principal.ts';
import type { Answer, Holder, Presented } from './presented.ts';
import { isToken } from './read-token.ts';
import type { TokenVerifier } from './token-verifier.ts';

export interface FrontDoorParts {
  readonly identity: IdentityConfig;
  readonly keys: Pick<KeyOffice, 'authenticate'>;
  readonly tokens: TokenVerifier;
  readonly acting: Acting;
}

const NOTHING_SHOWN: Fault = { fault: 'KEY_MISSING' };
const NO_CERTIFICATE: Fault = { fault: 'CERTIFICATE_INVALID' };

/**
 * Says who a request comes from, by all that it shows: a gateway key or a token, told apart by their form; without either, the
 * client certificate; and for an agent, the user whom it acts for. What is shown and wrong is never passed over for something else.
 */
export class FrontDoor {
  readonly #parts: FrontDoorParts;

  constructor(parts: FrontDoorParts) {
    this.#parts = parts;
  }

  /** Waits only for what is not known yet: a token or a statement that was not seen before. */
  authenticate(presented: Presented): Answer<Principal> {
    if (presented.certificate === 'untrusted') return NO_CERTIFICATE;
    return whenKnown(this.#holder(presented), (holder) => {
      const { certificate, onBehalfOf } = presented;
      if (holder.certificate !== undefined && holder.certificate !== thumbprintOf(certificate)) return NO_CERTIFICATE;
      if (onBehalfOf === undefined) return holder.principal;
      return this.#parts.acting.byStatement(holder.principal, onBehalfOf);
    });
  }

  #holder({ credential, certificate }: Presented): Answer<Holder> {
    const { identity, keys, tokens } = this.#parts;
    if (credential === undefined) {
      if (typeof certificate !== 'object') return NOTHING_SHOWN;
      const principal = certificatePrincipal(certificate, identity.certificates);
      return principal === undefined ? NO_CERTIFICATE : { principal };
    }
    if (identity.issuers.length === 0 || !isToken(credential)) return keys.authenticate(credential);
    return whenKnown(tokens.verify(credential), ({ principal, user, certificate: bound }) => {
      const acting = user === undefined ? principal : this.#parts.acting.byToken(principal, user);
      return isFault(acting) ? acting : { principal: acting, certificate: bound };
    });
  }
}

function thumbprintOf(certificate: Presented['certificate']): string | undefined {
  return typeof certificate === 'object' ? certificate.thumbprint : undefined;
}

/** Goes on with what is known, at once where it is known at once. */
function whenKnown<T extends object, U extends object>(answer: Answer<T>, then: (known: T) => Answer<U>): Answer<U> {
  if (answer instanceof Promise) return answer.then((known) => (isFault(known) ? known : then(known)));
  return isFault(answer) ? answer : then(answer);
}
