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

/** Whoever may come in by keys, tokens, certificates and statements, as configuration has it. */
export function openFrontDoor({ config, keys, hashCredential, clock, onNews }: FrontDoorOptions): {
  readonly door: FrontDoor;
  close(): Promise<void>;
} {
  const { identity } = config;
  const fetcher = createJsonFetcher();
  const tokens = new TokenVerifier({ identity, hashCredential, fetcher, clock, onNews });
  const acting = new Acting({
    config: identity.onBehalfOf,
    maxBytes: identity.maxTokenBytes,
    hashCredential,
    dateMs: clock.dateMs,
  });
  return { door: new FrontDoor({ identity, keys, tokens, acting }), close: () => fetcher.close() };
}
