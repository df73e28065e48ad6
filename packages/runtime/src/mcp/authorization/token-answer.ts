import type { Owner, StoredToken } from '@sallyport/core';
import { isFault } from '@sallyport/core';
import type { AuthorizationServer, Client, TokenEndpointResponse } from 'oauth4webapi';
import { isToken, readToken } from '../../identity/read-token.ts';
import { DiscoveryFailure } from './discover.ts';
import { scopesIn } from './read-challenge.ts';

/** Characters of a token. */
export const TOKEN_MAX_CHARS = 16_384;
/** How long a token may say that it lives: of more, nothing is believed (a year), seconds. */
const LIFE_MAX_S = 31_536_000;
/** What may stand in a header (RFC 6750, section 2.1). */
const TOKEN_FORM = /^[A-Za-z0-9._~+/-]+=*$/;

/** What a token was asked for. */
export interface Asked {
  readonly server: string;
  readonly owner?: Owner | undefined;
  readonly resource: string;
  readonly audience: string;
  readonly scopes: readonly string[];
}

interface Answered {
  readonly asked: Asked;
  readonly as: AuthorizationServer;
  readonly client: Client;
  readonly nowMs: number;
  /** The refresh token that stays in use where no other is given. */
  readonly refresh?: string | undefined;
}

/** The token of an answer, as it is kept. @throws {DiscoveryFailure} for one that is not shown to the server */
export function tokenOf(answer: TokenEndpointResponse, { asked, as, client, nowMs, refresh }: Answered): StoredToken {
  const { access_token: access, token_type: type, expires_in: life, scope } = answer;
  if (type !== 'bearer')
    throw new DiscoveryFailure('authorization server gives tokens of a type that is not used here');
  if (access.length > TOKEN_MAX_CHARS || !TOKEN_FORM.test(access)) {
    throw new DiscoveryFailure('authorization server gives something that is no token');
  }
  checkAudience(access, asked.audience);
  const next = answer.refresh_token ?? refresh;
  if (next !== undefined && next.length > TOKEN_MAX_CHARS) {
    throw new DiscoveryFailure('authorization server gives something that is no token');
  }
  return {
    server: asked.server,
    ...(asked.owner !== undefined && { owner: asked.owner }),
    issuer: as.issuer,
    resource: asked.resource,
    clientId: client.client_id,
    access,
    ...(next !== undefined && { refresh: next }),
    asked: asked.scopes,
    // Not said: as it was asked for (RFC 6749, section 5.1).
    granted: (scope === undefined ? undefined : scopesIn(scope)) ?? asked.scopes,
    gotMs: nowMs,
    ...(life !== undefined && { expiresMs: nowMs + Math.min(Math.max(life, 0), LIFE_MAX_S) * 1_000 }),
  };
}

/**
 * A token that says whom it is for must say that it is for the server: one that lets in elsewhere is not handed to it. What cannot be read is
 * between the two of them.
 */
function checkAudience(access: string, audience: string): void {
  if (!isToken(access)) return;
  const read = readToken(access);
  if (isFault(read)) return;
  const { aud } = read.claims;
  if (aud === undefined) return;
  const named: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  const slashless = (text: unknown) => String(text).replace(/\/$/, '');
  if (!named.some((one) => slashless(one) === slashless(audience))) {
    throw new DiscoveryFailure('authorization server gives a token for another audience');
  }
}
