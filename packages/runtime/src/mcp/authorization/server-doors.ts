import { type ErrorCode, type Fault, isFault, type Principal } from '@sallyport/core';
import type { IdentityConfig, McpAuthorizationConfig, McpResourceConfig } from '../../config/index.ts';
import type { NarrowDoor, OpenFrontDoor } from '../../identity/open-front-door.ts';
import type { Answer, Presented } from '../../identity/presented.ts';
import { isToken } from '../../identity/read-token.ts';

/** Who came in at an MCP server. */
export interface Entrant {
  readonly principal: Principal;
  /** The application that they came with: what consents are given to, beside the principal. */
  readonly client: string;
}

/** Why somebody did not, and what they are told of how they could (RFC 6750, section 3; RFC 9728, section 5.1). */
export interface EntryRefusal {
  readonly fault: ErrorCode;
  /** Value of `WWW-Authenticate`; absent where no credential would help. */
  readonly challenge?: string;
}

/** What is said of an MCP server to those who want a token for it (RFC 9728, section 2). */
export interface ResourceDocument {
  readonly resource: string;
  readonly resource_name: string;
  readonly authorization_servers: readonly string[];
  readonly scopes_supported?: readonly string[];
  readonly bearer_methods_supported: readonly ['header'];
}

export interface ServerDoorsParts {
  readonly authorization: Pick<McpAuthorizationConfig, 'publicUrl' | 'resources'>;
  readonly identity: Pick<IdentityConfig, 'issuers'>;
  readonly front: OpenFrontDoor;
  /** Whoever comes in, with all groups. */
  readonly asMember: (found: Answer<Principal>) => Answer<Principal>;
}

interface Resource {
  readonly config: McpResourceConfig;
  readonly door: NarrowDoor;
  readonly document: ResourceDocument;
  /** Where the document is. */
  readonly address: string;
}

/** What credentials other than tokens are called that come from no application that says its name. */
const NO_TOKEN = 'credential';
/** A token that names no application. */
const UNNAMED = 'token';

/** The doors of MCP servers: to one that configuration names come tokens for that server alone, beside the house's other credentials. */
export class ServerDoors {
  readonly #parts: ServerDoorsParts;
  readonly #resources: ReadonlyMap<string, Resource>;

  constructor(parts: ServerDoorsParts) {
    this.#parts = parts;
    const { authorization, identity, front } = parts;
    this.#resources = new Map(
      Object.entries(authorization.resources).map(([server, config]) => {
        const issuers = identity.issuers.filter(({ name }) => config.issuers.includes(name));
        const document: ResourceDocument = {
          resource: config.audience,
          resource_name: server,
          authorization_servers: issuers.map(({ issuer }) => issuer),
          ...(config.scopes.length > 0 && { scopes_supported: config.scopes }),
          bearer_methods_supported: ['header'],
        };
        const address = `${authorization.publicUrl}${resourceDocumentPath(server)}`;
        return [server, { config, door: front.doorFor(config.audience, config.issuers), document, address }];
      }),
    );
  }

  /** What is said of a server; undefined where it takes no tokens of its own. */
  document(server: string): ResourceDocument | undefined {
    return this.#resources.get(server)?.document;
  }

  /** Who comes, by all that the request shows. A token for another resource is none here, and one for this server is none elsewhere. */
  async enter(server: string, presented: Presented): Promise<Entrant | EntryRefusal> {
    const resource = this.#resources.get(server);
    const door = resource?.door.door ?? this.#parts.front.door;
    const found = await this.#parts.asMember(door.authenticate(presented));
    if (isFault(found)) return refusalOf(found, resource, presented.credential !== undefined);
    const { credential } = presented;
    if (resource === undefined || credential === undefined || !isToken(credential)) {
      return { principal: found, client: NO_TOKEN };
    }
    // Verified a moment ago: it is known.
    const token = await resource.door.tokens.verify(credential);
    if (isFault(token)) return refusalOf(token, resource, true);
    const { scopes = [], client = UNNAMED } = token;
    if (resource.config.scopes.every((scope) => scopes.includes(scope))) return { principal: found, client };
    return { fault: 'SCOPE_MISSING', challenge: challengeOf(resource, 'insufficient_scope') };
  }
}

/** Where the metadata of a server is (RFC 9728, section 3.1), as a path. */
function resourceDocumentPath(server: string): string {
  return `/.well-known/oauth-protected-resource/mcp/${server}`;
}

function refusalOf({ fault }: Fault, resource: Resource | undefined, isShown: boolean): EntryRefusal {
  if (fault === 'IDENTITY_UNAVAILABLE' || fault === 'BEHALF_DENIED') return { fault };
  if (resource === undefined) return { fault, challenge: 'Bearer' };
  // Who shows nothing is told no error (RFC 6750, section 3.1).
  return { fault, challenge: challengeOf(resource, isShown ? 'invalid_token' : undefined) };
}

function challengeOf({ config, address }: Resource, error: string | undefined): string {
  const parameters = [
    ...(error === undefined ? [] : [`error="${error}"`]),
    `resource_metadata="${address}"`,
    ...(config.scopes.length === 0 ? [] : [`scope="${config.scopes.join(' ')}"`]),
  ];
  return `Bearer ${parameters.join(', ')}`;
}
