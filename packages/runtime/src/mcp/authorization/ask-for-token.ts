import type { StoredToken } from '@sallyport/core';
import {
  type AuthorizationServer,
  authorizationCodeGrantRequest,
  clientCredentialsGrantRequest,
  processAuthorizationCodeResponse,
  processClientCredentialsResponse,
  processRefreshTokenResponse,
  ResponseBodyError,
  refreshTokenGrantRequest,
  revocationRequest,
  WWWAuthenticateChallengeError,
} from 'oauth4webapi';
import type { Outbound } from './outbound.ts';
import { type Asked, tokenOf } from './token-answer.ts';
import { calledBy, type UpstreamClient } from './upstream-client.ts';

/** Everything that a request to a token endpoint needs. */
export interface TokenAsk {
  readonly as: AuthorizationServer;
  readonly upstreamClient: UpstreamClient;
  readonly asked: Asked;
  readonly outbound: Outbound;
  readonly nowMs: number;
}

/** A code that came back, checked, with what it was asked with. */
export interface ReturnedCode {
  /** As `validateAuthResponse()` gave them. */
  readonly parameters: URLSearchParams;
  readonly redirectUri: string;
  readonly verifier: string;
}

/** The resource goes into every request for a token (RFC 8707, section 2.2). */
function optionsOf({ outbound, asked }: TokenAsk) {
  return { ...calledBy(outbound), additionalParameters: { resource: asked.resource } };
}

export async function tokenForCode(code: ReturnedCode, ask: TokenAsk): Promise<StoredToken> {
  const { as, upstreamClient, nowMs, asked } = ask;
  const { client, auth } = upstreamClient;
  const { parameters, redirectUri, verifier } = code;
  const answer = await authorizationCodeGrantRequest(
    as,
    client,
    auth,
    parameters,
    redirectUri,
    verifier,
    optionsOf(ask),
  );
  return tokenOf(await processAuthorizationCodeResponse(as, client, answer), { asked, as, client, nowMs });
}

export async function refreshedToken(refresh: string, ask: TokenAsk): Promise<StoredToken> {
  const { as, upstreamClient, nowMs, asked } = ask;
  const { client, auth } = upstreamClient;
  const answer = await refreshTokenGrantRequest(as, client, auth, refresh, optionsOf(ask));
  return tokenOf(await processRefreshTokenResponse(as, client, answer), { asked, as, client, nowMs, refresh });
}

export async function ownToken(ask: TokenAsk): Promise<StoredToken> {
  const { as, upstreamClient, nowMs, asked } = ask;
  const { client, auth } = upstreamClient;
  const parameters = new URLSearchParams({ resource: asked.resource });
  if (asked.scopes.length > 0) parameters.set('scope', asked.scopes.join(' '));
  const answer = await clientCredentialsGrantRequest(as, client, auth, parameters, calledBy(ask.outbound));
  // Such a token is got anew, never refreshed (RFC 6749, section 4.4.3).
  const { refresh: _refresh, ...token } = tokenOf(await processClientCredentialsResponse(as, client, answer), {
    asked,
    as,
    client,
    nowMs,
  });
  return token;
}

/** Tells the authorization server that a token is not used any more (RFC 7009), where it wants to know. */
export async function giveBack(
  token: StoredToken,
  { as, upstreamClient, outbound }: Omit<TokenAsk, 'asked' | 'nowMs'>,
) {
  if (as.revocation_endpoint === undefined) return;
  const { client, auth } = upstreamClient;
  await revocationRequest(as, client, auth, token.refresh ?? token.access, calledBy(outbound));
}

/** What an authorization server says does not hold any more: only another consent helps, or another registration. */
export function overIn(error: unknown): 'grant' | 'client' | undefined {
  // A challenge is the answer to a client that is not known (RFC 6749, section 5.2).
  if (error instanceof WWWAuthenticateChallengeError) return 'client';
  if (!(error instanceof ResponseBodyError)) return undefined;
  if (error.error === 'invalid_grant') return 'grant';
  return error.error === 'invalid_client' || error.error === 'unauthorized_client' ? 'client' : undefined;
}
