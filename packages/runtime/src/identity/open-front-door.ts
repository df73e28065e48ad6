import type { Config } from '../config/index.ts';
import type { KeyOffice } from '../key-office.ts';
import { Acting } from './acting.ts';
import { createJsonFetcher } from './fetch-json.ts';
import { FrontDoor } from './front-door.ts';
import type { IssuerNews } from './issuer-keys.ts';
import { TokenVerifier } from './token-verifier.ts';

export interface FrontDoorOptions {
  readonly config: Pick<Config, 'identity'>;
  readonly keys: Pick<KeyOffice, 'authenticate'>;
  readonly hashCredential: (secret: string) => string;
  readonly clock: { readonly nowMs: () => number; readonly dateMs: () => number };
  readonly onNews: (news: IssuerNews) => void;
}

/** A door to one thing, which takes tokens for that alone. */
export interface NarrowDoor {
  readonly door: FrontDoor;
  readonly tokens: TokenVerifier;
}

export interface OpenFrontDoor {
  readonly door: FrontDoor;
  /** Keys, certificates and statements as at the front, and of tokens those that are for this audience. */
  doorFor(audience: string, issuers: readonly string[]): NarrowDoor;
  close(): Promise<void>;
}

/** Whoever may come in by keys, tokens, certificates and statements, as configuration has it. */
export function openFrontDoor({ config, keys, hashCredential, clock, onNews }: FrontDoorOptions): OpenFrontDoor {
  const { identity } = config;
  const fetcher = createJsonFetcher();
  const tokens = new TokenVerifier({ identity, hashCredential, fetcher, clock, onNews });
  const acting = new Acting({
    config: identity.onBehalfOf,
    maxBytes: identity.maxTokenBytes,
    hashCredential,
    dateMs: clock.dateMs,
  });
  return {
    door: new FrontDoor({ identity, keys, tokens, acting }),
    doorFor: (audience, names) => {
      const taken = identity.issuers.filter(({ name }) => names.includes(name));
      const narrowed = { ...identity, issuers: taken.map((issuer) => ({ ...issuer, audiences: [audience] })) };
      const parts = { identity: narrowed, hashCredential, fetcher, clock, onNews };
      const narrow = new TokenVerifier({ ...parts, keys: tokens.keys });
      return { door: new FrontDoor({ identity: narrowed, keys, tokens: narrow, acting }), tokens: narrow };
    },
    close: () => fetcher.close(),
  };
}
