import { createHmac } from 'node:crypto';
import type { Fault, Principal } from '@sallyport/core';
import type { JWTPayload } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OpenFrontDoor, openFrontDoor } from '../../identity/open-front-door.ts';
import { type LocalIssuer, localIssuer } from '../../testing/local-issuer.ts';
import { ServerDoors } from './server-doors.ts';

const URL_OF_GATEWAY = 'https://gateway.example.com';
const TICKETS = `${URL_OF_GATEWAY}/mcp/tickets`;
const METADATA = `${URL_OF_GATEWAY}/.well-known/oauth-protected-resource/mcp/tickets`;
const KEY = 'a-gateway-key';
const OF_KEY: Principal = { kind: 'service', id: 'batch', tenant: 'default', groups: [] };

let issuer: LocalIssuer;
let front: OpenFrontDoor;
let doors: ServerDoors;

beforeEach(async () => {
  issuer = await localIssuer();
  const config = issuer.config();
  const identity = {
    maxTokenBytes: 8_192,
    issuers: [config, issuer.config({ name: 'other', issuer: 'https://other.example.com' })],
    certificates: [],
    onBehalfOf: { audience: 'sallyport', maxAgeMs: 300_000, agents: [] },
  };
  front = openFrontDoor({
    config: { identity },
    keys: { authenticate: (secret) => (secret === KEY ? { principal: OF_KEY } : { fault: 'KEY_INVALID' }) },
    hashCredential: (secret) => createHmac('sha256', 'test').update(secret).digest('hex'),
    clock: { nowMs: () => 0, dateMs: Date.now },
    onNews: () => undefined,
  });
  doors = new ServerDoors({
    authorization: {
      publicUrl: URL_OF_GATEWAY,
      resources: {
        tickets: { issuers: ['corp'], scopes: ['tickets:read', 'tickets:write'], audience: TICKETS },
        notes: { issuers: ['corp'], scopes: [], audience: `${URL_OF_GATEWAY}/mcp/notes` },
      },
    },
    identity,
    front,
    asMember: (found) => found,
  });
});

afterEach(async () => {
  await front.close();
  await issuer.close();
});

function token(over: JWTPayload = {}): Promise<string> {
  const nowS = Math.floor(Date.now() / 1_000);
  const scope = 'tickets:read tickets:write';
  return issuer.sign({ iss: issuer.url, sub: 'ann', aud: TICKETS, iat: nowS, exp: nowS + 60, scope, ...over });
}

const enter = async (over: JWTPayload = {}, server = 'tickets') =>
  doors.enter(server, { credential: await token(over) });
const SCOPES = 'scope="tickets:read tickets:write"';

describe('ServerDoors.enter()', () => {
  it('lets in who has a token for this server, and says by which application', async () => {
    const ann = { kind: 'user', id: 'corp:ann', tenant: 'default', groups: [] };
    expect(await enter({ client_id: 'editor' })).toEqual({ principal: ann, client: 'editor' });
    expect(await enter({ azp: 'editor' })).toMatchObject({ client: 'editor' });
    expect(await enter()).toMatchObject({ client: 'token' });
    expect(await enter({ aud: ['elsewhere', TICKETS] })).toMatchObject({ principal: ann });
  });

  it.each([
    ['of another server', { aud: `${URL_OF_GATEWAY}/mcp/notes` }],
    ['of the gateway', { aud: 'sallyport' }],
    ['of the host', { aud: URL_OF_GATEWAY }],
    ['of nobody', { aud: undefined }],
    ['of an issuer that is not for this server', { iss: 'https://other.example.com' }],
  ])('refuses a token %s, and says where one is to be had', async (_whose, over) => {
    expect(await enter(over as JWTPayload)).toEqual({
      fault: 'TOKEN_INVALID',
      challenge: `Bearer error="invalid_token", resource_metadata="${METADATA}", ${SCOPES}`,
    });
  });

  it('refuses a token for this server at every other', async () => {
    expect(await enter({}, 'notes')).toMatchObject({ fault: 'TOKEN_INVALID' });
    expect(await enter({}, 'elsewhere')).toEqual({ fault: 'TOKEN_INVALID', challenge: 'Bearer' });
  });

  it('says which scopes are missing, all of them', async () => {
    const challenge = `Bearer error="insufficient_scope", resource_metadata="${METADATA}", ${SCOPES}`;
    expect(await enter({ scope: 'tickets:read' })).toEqual({ fault: 'SCOPE_MISSING', challenge });
    expect(await enter({ scope: undefined } as JWTPayload)).toEqual({ fault: 'SCOPE_MISSING', challenge });
    expect(await enter({ scope: undefined, scp: ['tickets:write', 'tickets:read'] } as JWTPayload)).toHaveProperty(
      'principal',
    );
  });

  it('tells who shows nothing where to go, and of no error', async () => {
    expect(await doors.enter('tickets', {})).toEqual({
      fault: 'KEY_MISSING',
      challenge: `Bearer resource_metadata="${METADATA}", ${SCOPES}`,
    });
    expect(await doors.enter('notes', {})).toMatchObject({ challenge: expect.not.stringContaining('scope') });
  });

  it('lets gateway keys in everywhere, and no wrong ones', async () => {
    for (const server of ['tickets', 'notes', 'elsewhere']) {
      expect(await doors.enter(server, { credential: KEY })).toEqual({ principal: OF_KEY, client: 'credential' });
      expect(await doors.enter(server, { credential: 'wrong' })).toMatchObject({ fault: 'KEY_INVALID' });
    }
  });

  it('has no challenge where no other credential would help', async () => {
    issuer.mood = 'failing';
    expect(await enter()).toEqual({ fault: 'IDENTITY_UNAVAILABLE' } satisfies Fault);
  });

  it('fetches the keys of an issuer once for all doors', async () => {
    await enter();
    await enter({ aud: `${URL_OF_GATEWAY}/mcp/notes` }, 'notes');
    await front.door.authenticate({ credential: await token({ aud: 'sallyport' }) });
    expect(issuer.asked.jwks).toBe(1);
  });
});

describe('ServerDoors.document()', () => {
  it('says what a server is called, and who gives tokens for it', () => {
    expect(doors.document('tickets')).toEqual({
      resource: TICKETS,
      resource_name: 'tickets',
      authorization_servers: [issuer.url],
      scopes_supported: ['tickets:read', 'tickets:write'],
      bearer_methods_supported: ['header'],
    });
    expect(doors.document('elsewhere')).toBeUndefined();
  });
});
