import type { Fault, Principal } from '@sallyport/core';

/** What a request shows of who it comes from. */
export interface Presented {
  /** The gateway key or token that the protocol's adapter found. */
  readonly credential?: string | undefined;
  /** The client certificate of the connection, or that one was shown which no authority vouches for. */
  readonly certificate?: PeerCertificate | 'untrusted' | undefined;
  /** The statement in `x-sallyport-on-behalf-of`. */
  readonly onBehalfOf?: string | undefined;
}

/** A client certificate that an authority vouches for. */
export interface PeerCertificate {
  /** SHA-256 of its DER form, base64url. */
  readonly thumbprint: string;
  /** Alternative names, as they stand in it. */
  readonly uris: readonly string[];
  readonly dns: readonly string[];
  readonly commonName: string | undefined;
}

/** Whose a credential is. */
export interface Holder {
  readonly principal: Principal;
  /** The client certificate without which the credential is worth nothing. */
  readonly certificate?: string | undefined;
}

export type Answer<T> = T | Fault | Promise<T | Fault>;
