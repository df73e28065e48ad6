import type { AuthorizationStore, StoredClient } from '@sallyport/core';
import {
  type AuthorizationServer,
  allowInsecureRequests,
  type Client,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  customFetch,
  dynamicClientRegistrationRequest,
  None,
  processDynamicClientRegistrationResponse,
} from 'oauth4webapi';
import type { McpUpstreamConfig } from '../../config/index.ts';
import { isLoopback } from '../../config/loopback.ts';
import { DiscoveryFailure } from './discover.ts';
import type { Outbound } from './outbound.ts';

/** What the gateway calls itself at authorization servers. */
export const CLIENT_NAME = 'Sallyport';
const CLIENT_ID_MAX_CHARS = 2_048;
const VISIBLE = /^[\x20-\x7e]+$/;

/** As whom the gateway speaks to an authorization server. */
export interface UpstreamClient {
  readonly client: Client;
  readonly auth: ClientAuth;
}

/** Addresses of the gateway that an authorization server is told for one MCP server. */
export interface ClientAddresses {
  readonly redirectUri: string;
  /** Where its client metadata document is. */
  readonly document: string;
}

export interface UpstreamClientParts {
  readonly server: string;
  readonly upstream: McpUpstreamConfig;
  readonly addresses: ClientAddresses;
  readonly clients: AuthorizationStore['clients'];
  readonly outbound: Outbound;
  readonly dateMs: () => number;
}

/** Options of every request to an authorization server: what may be called is said by `outbound`, and by nothing else. */
export function calledBy(outbound: Outbound) {
  return {
    [customFetch]: (address: string, options: { method: string; headers: Record<string, string>; body?: unknown }) =>
      outbound.fetch(address, options),
    [allowInsecureRequests]: true,
  };
}

/**
 * Who the gateway is to an authorization server, in the order of MCP 2026-07-28: as configuration says; by its client metadata document; as it
 * registers itself (RFC 7591), once per authorization server. What one authorization server knows it by is never shown to another.
 * @throws {DiscoveryFailure} @throws what the registration throws
 */
export async function upstreamClient(parts: UpstreamClientParts, as: AuthorizationServer): Promise<UpstreamClient> {
  const { clientId, clientSecret, clientAuth } = parts.upstream;
  if (clientId !== undefined) {
    const secret = clientSecret?.reveal();
    return { client: { client_id: clientId }, auth: secret === undefined ? None() : authBy(secret, as, clientAuth) };
  }
  const { document } = parts.addresses;
  const takesDocuments: unknown = as.client_id_metadata_document_supported;
  if (takesDocuments === true && document.startsWith('https:')) {
    return { client: { client_id: document }, auth: None() };
  }
  const { clientId: known, secret } = keptClient(parts, as) ?? (await register(parts, as));
  return { client: { client_id: known }, auth: secret === undefined ? None() : authBy(secret, as) };
}

/** The document by which authorization servers know the gateway (OAuth Client ID Metadata Document), for one MCP server. */
export function clientDocument({ redirectUri, document }: ClientAddresses) {
  return { client_id: document, ...metadataFor(redirectUri) };
}

function metadataFor(redirectUri: string) {
  return {
    client_name: CLIENT_NAME,
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
    application_type: isLoopback(new URL(redirectUri).hostname) ? 'native' : 'web',
  };
}

function authBy(secret: string, as: AuthorizationServer, configured?: McpUpstreamConfig['clientAuth']): ClientAuth {
  const methods = as.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
  const post = configured === undefined ? !methods.includes('client_secret_basic') : configured === 'post';
  return post ? ClientSecretPost(secret) : ClientSecretBasic(secret);
}

function nameOf({ server, addresses }: UpstreamClientParts, { issuer }: AuthorizationServer): readonly string[] {
  return [server, issuer, addresses.redirectUri];
}

function keptClient(parts: UpstreamClientParts, as: AuthorizationServer): StoredClient | undefined {
  const kept = parts.clients.get(nameOf(parts, as));
  const { secretExpiresMs = Number.POSITIVE_INFINITY } = kept ?? {};
  return secretExpiresMs > parts.dateMs() ? kept : undefined;
}

async function register(parts: UpstreamClientParts, as: AuthorizationServer): Promise<StoredClient> {
  if (as.registration_endpoint === undefined) {
    throw new DiscoveryFailure('authorization server takes no client that it does not know: name one with `clientId`');
  }
  const { redirectUri } = parts.addresses;
  const answer = await dynamicClientRegistrationRequest(as, metadataFor(redirectUri), calledBy(parts.outbound));
  const registered = await processDynamicClientRegistrationResponse(answer);
  const { client_id: clientId, client_secret: secret, client_secret_expires_at: expires } = registered;
  if (clientId.length > CLIENT_ID_MAX_CHARS || !VISIBLE.test(clientId)) {
    throw new DiscoveryFailure('registration gave a client id that is none');
  }
  const made = {
    server: parts.server,
    issuer: as.issuer,
    redirectUri,
    clientId,
    ...(typeof secret === 'string' && { secret }),
    ...(typeof expires === 'number' && expires > 0 && { secretExpiresMs: expires * 1_000 }),
  };
  parts.clients.put(nameOf(parts, as), made);
  return made;
}
