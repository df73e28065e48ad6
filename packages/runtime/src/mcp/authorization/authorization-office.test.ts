import type { Principal } from '@sallyport/core';
import { afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../../config/index.ts';
import {
  ANN,
  ANN_BY_APP,
  type AuthorizationRig,
  authorizationRig,
  PUBLIC_URL,
  type UpstreamOver,
} from '../../testing/authorization-rig.ts';
import type { UpstreamCredential } from './authorization-office.ts';

let rig: AuthorizationRig;
afterEach(() => rig.close());

const CONSENT = expect.stringMatching(
  /^https:\/\/gateway\.example\.com\/mcp-authorization\/consent\/[A-Za-z0-9_-]{43}$/,
);
const REDIRECT = `${PUBLIC_URL}/mcp-authorization/callback/tickets`;

function consentOf(credential: UpstreamCredential | { readonly fault: string }): string {
  if ('consent' in credential) return credential.consent;
  throw new Error(`no consent is asked for: ${JSON.stringify(Object.keys(credential))}`);
}

function headersOf(credential: UpstreamCredential | { readonly fault: string }): Readonly<Record<string, string>> {
  if ('headers' in credential) return credential.headers;
  throw new Error(`no headers: ${JSON.stringify(credential)}`);
}

async function authorized(over?: UpstreamOver): Promise<Readonly<Record<string, string>>> {
  rig = await authorizationRig(over);
  expect(await rig.consent(consentOf(await rig.office.credentialFor('tickets', ANN_BY_APP)))).toBe('granted');
  return headersOf(await rig.office.credentialFor('tickets', ANN_BY_APP));
}

const refusal = async (headers: Readonly<Record<string, string>>) => ({ ...(await rig.call(headers)), shown: headers });

describe('AuthorizationOffice.credentialFor()', () => {
  it('asks for consent first, and then lets in: registered, with PKCE, resource and the scopes that the server wants', async () => {
    rig = await authorizationRig();
    const asked = await rig.office.credentialFor('tickets', ANN_BY_APP);
    expect(asked).toEqual({ consent: CONSENT });
    expect(await rig.office.credentialFor('tickets', ANN_BY_APP)).toEqual(asked);
    expect(await rig.consent(consentOf(asked))).toBe('granted');
    const headers = headersOf(await rig.office.credentialFor('tickets', ANN_BY_APP));
    expect(await rig.call(headers)).toMatchObject({ status: 200 });
    const sent = rig.local.asked.find(({ path }) => path === '/authorize')?.form;
    expect(Object.fromEntries(sent ?? [])).toMatchObject({
      response_type: 'code',
      client_id: 'registered-0',
      redirect_uri: REDIRECT,
      code_challenge_method: 'S256',
      resource: rig.local.mcp,
      scope: 'read offline_access',
    });
    expect(rig.local.asked.find(({ path }) => path === '/token')?.form.get('resource')).toBe(rig.local.mcp);
    expect(rig.steps()).toEqual(['consented', 'obtained']);
    const told = JSON.stringify([rig.records, rig.news, rig.office.register.list()]);
    for (const token of rig.local.tokens.keys()) expect(told.includes(token)).toBe(false);
  });

  it('sends nothing where configuration names no authorization', async () => {
    rig = await authorizationRig();
    expect(await rig.office.credentialFor('other', ANN_BY_APP)).toEqual({ headers: {} });
    expect(
      await rig.office.refused('other', ANN_BY_APP, { status: 401, wwwAuthenticate: undefined, shown: {} }),
    ).toEqual({
      fault: 'AUTHORIZATION_REFUSED',
    });
  });

  it('gives nobody what another owner was given', async () => {
    await authorized();
    for (const owner of [
      { kind: 'user', id: 'bo', tenant: 'default' },
      { kind: 'user', id: 'ann', tenant: 'acme' },
      { kind: 'agent', id: 'ann', tenant: 'default' },
      { ...ANN_BY_APP.owner, user: { tenant: 'default', id: 'bo' } },
    ] as const) {
      expect(await rig.office.credentialFor('tickets', { ...ANN_BY_APP, owner })).toEqual({ consent: CONSENT });
    }
  });

  it('asks for each application of an owner, without sending the browser away again', async () => {
    const first = await authorized();
    const other = { ...ANN_BY_APP, client: 'another app' };
    const asked = await rig.office.credentialFor('tickets', other);
    expect(asked).toEqual({ consent: CONSENT });
    expect(await rig.consent(consentOf(asked))).toBe('done');
    expect(headersOf(await rig.office.credentialFor('tickets', other))).toEqual(first);
  });

  it('speaks as the client that configuration names, and registers nothing', async () => {
    await authorized((local) => {
      local.clients.set('static', { redirectUris: [REDIRECT] });
      return { clientId: 'static', issuer: local.url };
    });
    expect(rig.local.asked.some(({ path }) => path === '/register')).toBe(false);
    expect(rig.local.asked.find(({ path }) => path === '/authorize')?.form.get('client_id')).toBe('static');
  });

  it('shows what one authorization server knows it by to no other', async () => {
    rig = await authorizationRig(() => ({ clientId: 'static', issuer: 'http://127.0.0.1:1' }));
    expect(await rig.office.credentialFor('tickets', ANN_BY_APP)).toEqual({ fault: 'AUTHORIZATION_FAILED' });
    expect(rig.news[0]?.reason).toBe('server names other authorization servers than the one of the configuration');
  });

  it('shows its client metadata document where that is taken and can be fetched, and registers nothing', async () => {
    rig = await authorizationRig();
    rig.local.takesDocuments = true;
    expect(await rig.consent(consentOf(await rig.office.credentialFor('tickets', ANN_BY_APP)))).toBe('granted');
    expect(rig.local.asked.some(({ path }) => path === '/register')).toBe(false);
    const id = `${PUBLIC_URL}/mcp-authorization/client/tickets`;
    expect(rig.local.asked.find(({ path }) => path === '/authorize')?.form.get('client_id')).toBe(id);
    expect(rig.office.clientDocument('tickets')).toMatchObject({
      client_id: id,
      redirect_uris: [REDIRECT],
      application_type: 'web',
    });
    expect(rig.office.clientDocument('other')).toBeUndefined();
  });

  it('refreshes a token before it ends, once for all who ask at that time, and keeps the one that replaces it', async () => {
    const first = await authorized();
    rig.pass(3_540_000 - 1);
    expect(headersOf(await rig.office.credentialFor('tickets', ANN_BY_APP))).toEqual(first);
    rig.pass(1);
    const all = await Promise.all([1, 2, 3].map(() => rig.office.credentialFor('tickets', ANN_BY_APP)));
    const [second] = all.map(headersOf);
    expect(second).not.toEqual(first);
    expect(new Set(all.map((one) => headersOf(one).authorization)).size).toBe(1);
    rig.pass(3_540_000);
    expect(headersOf(await rig.office.credentialFor('tickets', ANN_BY_APP))).not.toEqual(second);
    expect(rig.steps()).toEqual(['consented', 'obtained', 'refreshed', 'refreshed']);
    expect(rig.local.asked.findLast(({ path }) => path === '/token')?.form.get('resource')).toBe(rig.local.mcp);
  });

  it('uses a token that still lives while its authorization server fails, and then says that it fails', async () => {
    const first = await authorized();
    rig.local.mood = 'token-failing';
    rig.pass(3_550_000);
    expect(headersOf(await rig.office.credentialFor('tickets', ANN_BY_APP))).toEqual(first);
    const asked = rig.local.asked.length;
    expect(headersOf(await rig.office.credentialFor('tickets', ANN_BY_APP))).toEqual(first);
    expect(rig.local.asked).toHaveLength(asked);
    rig.pass(50_000);
    expect(await rig.office.credentialFor('tickets', ANN_BY_APP)).toEqual({ fault: 'AUTHORIZATION_FAILED' });
    rig.local.mood = 'well';
    expect(headersOf(await rig.office.credentialFor('tickets', ANN_BY_APP))).not.toEqual(first);
  });

  it('asks for consent anew where a grant is over, and registers anew where it is not known any more', async () => {
    await authorized();
    rig.local.mood = 'forgetful';
    rig.pass(3_600_000);
    expect(await rig.office.credentialFor('tickets', ANN_BY_APP)).toEqual({ consent: CONSENT });
    expect(rig.steps()).toEqual(['consented', 'obtained', 'lost']);
    rig.local.mood = 'well';
    expect(await rig.consent(consentOf(await rig.office.credentialFor('tickets', ANN_BY_APP)))).toBe('granted');
    expect(rig.local.asked.filter(({ path }) => path === '/register')).toHaveLength(2);
  });

  it('asks for consent anew where a token ends that cannot be refreshed', async () => {
    await authorized();
    const [token] = rig.store.tokens.all();
    const { refresh: _refresh, ...without } = token ?? expect.fail('there is no token');
    rig.store.tokens.put(['tickets', 'default', 'user', 'ann'], without);
    rig.pass(3_600_000 - 1);
    expect(await rig.office.credentialFor('tickets', ANN_BY_APP)).toHaveProperty('headers');
    rig.pass(1);
    expect(await rig.office.credentialFor('tickets', ANN_BY_APP)).toEqual({ consent: CONSENT });
    expect(rig.steps().at(-1)).toBe('lost');
  });

  it('keeps nothing that the log is not told of', async () => {
    rig = await authorizationRig();
    const consent = consentOf(await rig.office.credentialFor('tickets', ANN_BY_APP));
    rig.breakLog();
    await expect(rig.consent(consent)).rejects.toMatchObject({ code: 'RECORD_FAILED' });
    expect(rig.store.consents.all()).toEqual([]);
    expect(rig.store.tokens.all()).toEqual([]);
  });
});

describe('AuthorizationOffice.refused()', () => {
  it('asks for what is wanted besides, keeps what it had, and does not ask a second time for the same', async () => {
    const headers = await authorized();
    rig.local.wanted = ['write'];
    const refused = await refusal(headers);
    expect(refused.status).toBe(403);
    const asked = await rig.office.refused('tickets', ANN_BY_APP, refused);
    expect(headersOf(await rig.office.credentialFor('tickets', ANN_BY_APP))).toEqual(headers);
    expect(await rig.consent(consentOf(asked))).toBe('granted');
    const scope = rig.local.asked.findLast(({ path }) => path === '/authorize')?.form.get('scope');
    expect(scope).toBe('read offline_access write');
    const wider = headersOf(await rig.office.credentialFor('tickets', ANN_BY_APP));
    expect(await rig.call(wider)).toMatchObject({ status: 200 });
    // What came too late for the other token is answered with the one that there is.
    expect(headersOf(await rig.office.refused('tickets', ANN_BY_APP, refused))).toEqual(wider);
    const again = { status: 403, wwwAuthenticate: 'Bearer error="insufficient_scope", scope="write"', shown: wider };
    expect(await rig.office.refused('tickets', ANN_BY_APP, again)).toEqual({ fault: 'AUTHORIZATION_REFUSED' });
  });

  it('refreshes a token that is not taken any more, and asks for consent where that does not help', async () => {
    const headers = await authorized();
    rig.local.tokens.clear();
    rig.pass(10_000);
    const renewed = headersOf(await rig.office.refused('tickets', ANN_BY_APP, await refusal(headers)));
    expect(await rig.call(renewed)).toMatchObject({ status: 200 });
    rig.local.resourceMood = 'refusing';
    expect(await rig.office.refused('tickets', ANN_BY_APP, await refusal(renewed))).toEqual({ consent: CONSENT });
    expect(rig.steps()).toEqual(['consented', 'obtained', 'refreshed', 'lost']);
  });

  it.each([
    [403, undefined],
    [403, 'Bearer error="invalid_token"'],
    [403, 'Bearer error="insufficient_scope"'],
    [500, 'Bearer error="insufficient_scope", scope="write"'],
  ])('takes %s with %s for a refusal that nothing helps against', async (status, wwwAuthenticate) => {
    const shown = await authorized();
    expect(await rig.office.refused('tickets', ANN_BY_APP, { status, wwwAuthenticate, shown })).toEqual({
      fault: 'AUTHORIZATION_REFUSED',
    });
  });
});

describe("the gateway's own authorization", () => {
  async function ownRig(secret = 's3 cret'): Promise<void> {
    rig = await authorizationRig((local) => ({
      grant: 'client-credentials',
      clientId: 'static:1',
      clientSecret: new Secret(secret),
      issuer: local.url,
    }));
    rig.local.clients.set('static:1', { secret: 's3 cret', redirectUris: [] });
  }

  it('is got without anybody, is one for all, and is got anew when it ends', async () => {
    await ownRig();
    const first = headersOf(await rig.office.credentialFor('tickets', ANN_BY_APP));
    expect(await rig.call(first)).toMatchObject({ status: 200 });
    const bo = { owner: { kind: 'user', id: 'bo', tenant: 'default' }, client: 'x' } as const;
    expect(headersOf(await rig.office.credentialFor('tickets', bo))).toEqual(first);
    rig.pass(3_600_000);
    expect(headersOf(await rig.office.credentialFor('tickets', bo))).not.toEqual(first);
    expect(rig.steps()).toEqual(['obtained', 'lost', 'obtained']);
    expect(rig.records[0]).not.toHaveProperty('owner');
  });

  it('reaches further where the server asks for it, and no further than can be asked for', async () => {
    await ownRig();
    const first = headersOf(await rig.office.credentialFor('tickets', ANN_BY_APP));
    rig.local.wanted = ['write'];
    const wider = headersOf(await rig.office.refused('tickets', ANN_BY_APP, await refusal(first)));
    expect(await rig.call(wider)).toMatchObject({ status: 200 });
    const many = Array.from({ length: 64 }, (_, index) => `s${index}`).join(' ');
    const greedy = { status: 403, wwwAuthenticate: `Bearer error="insufficient_scope", scope="${many}"`, shown: wider };
    expect(await rig.office.refused('tickets', ANN_BY_APP, greedy)).toEqual({ fault: 'AUTHORIZATION_REFUSED' });
  });

  it('is not got again at once where the server does not take it', async () => {
    await ownRig();
    rig.local.resourceMood = 'refusing';
    const first = headersOf(await rig.office.credentialFor('tickets', ANN_BY_APP));
    const refused = await refusal(first);
    expect(await rig.office.refused('tickets', ANN_BY_APP, refused)).toEqual({ fault: 'AUTHORIZATION_REFUSED' });
    rig.pass(10_000);
    expect(headersOf(await rig.office.refused('tickets', ANN_BY_APP, refused))).not.toEqual(first);
  });

  it('fails where its secret is not the right one', async () => {
    await ownRig('wrong');
    expect(await rig.office.credentialFor('tickets', ANN_BY_APP)).toEqual({ fault: 'AUTHORIZATION_FAILED' });
    expect(rig.news[0]?.reason).toBe('authorization server says `invalid_grant`');
  });
});

describe('AuthorizationOffice.register', () => {
  it('lists authorizations without tokens, and ends one with all consents to it, at its authorization server too', async () => {
    await authorized();
    const [listed] = rig.office.register.list();
    expect(listed).toMatchObject({
      server: 'tickets',
      owner: ANN_BY_APP.owner,
      issuer: rig.local.url,
      scopes: ['read', 'offline_access'],
      refreshable: true,
      clients: [{ client: 'app' }],
    });
    const said = { by: { id: 'bo', via: 'admin-api' }, reason: 'left' } as const;
    expect(await rig.office.register.revoke('none', said)).toEqual({ fault: 'NOT_FOUND' });
    expect(await rig.office.register.revoke(listed?.id ?? '', said)).toEqual(listed);
    expect(rig.office.register.list()).toEqual([]);
    expect(rig.store.consents.all()).toEqual([]);
    expect(rig.local.asked.some(({ path }) => path === '/revoke')).toBe(true);
    expect(rig.records.at(-1)).toMatchObject({ step: 'revoked', by: { id: 'bo' }, reason: 'left' });
    expect(await rig.office.credentialFor('tickets', ANN_BY_APP)).toEqual({ consent: CONSENT });
  });
});

describe('ConsentDesk.approve()', () => {
  const agent = { kind: 'agent', id: 'planner', tenant: 'default' } as const;
  const forBo = { owner: { ...agent, user: { tenant: 'default', id: 'bo' } }, client: 'app' };

  it.each<[string, Principal, string]>([
    [
      'the agent itself, for that user',
      { ...agent, groups: [], onBehalfOf: { id: 'bo', tenant: 'default', groups: [] } },
      'granted',
    ],
    ['the user whom it acts for', { kind: 'user', id: 'bo', tenant: 'default', groups: [] }, 'granted'],
    ['the agent, for itself', { ...agent, groups: [] }, 'ACCESS_DENIED'],
    ['the user of another tenant', { kind: 'user', id: 'bo', tenant: 'acme', groups: [] }, 'ACCESS_DENIED'],
    ['a service of that name', { kind: 'service', id: 'bo', tenant: 'default', groups: [] }, 'ACCESS_DENIED'],
    ['somebody else', ANN, 'ACCESS_DENIED'],
  ])('takes a yes for an agent that acts for a user from %s: %s', async (_who, principal, outcome) => {
    rig = await authorizationRig();
    expect(await rig.consent(consentOf(await rig.office.credentialFor('tickets', forBo)), principal)).toBe(outcome);
  });

  it('is gone after so many wrong proofs, and not before', async () => {
    rig = await authorizationRig();
    const address = consentOf(await rig.office.credentialFor('tickets', ANN_BY_APP));
    const bo = { ...ANN, id: 'bo' };
    for (let tries = 0; tries < 9; tries += 1) expect(await rig.consent(address, bo)).toBe('ACCESS_DENIED');
    expect(await rig.office.consents.asked(address.split('/').at(-1) ?? '')).toBeDefined();
    expect(await rig.consent(address, bo)).toBe('ACCESS_DENIED');
    expect(await rig.consent(address)).toBe('NOT_FOUND');
  });

  it('is gone when its time is over, and when somebody said no', async () => {
    rig = await authorizationRig();
    const first = consentOf(await rig.office.credentialFor('tickets', ANN_BY_APP));
    rig.pass(600_000);
    expect(await rig.consent(first)).toBe('NOT_FOUND');
    const second = consentOf(await rig.office.credentialFor('tickets', ANN_BY_APP));
    await rig.office.consents.decline(second.split('/').at(-1) ?? '');
    expect(await rig.consent(second)).toBe('NOT_FOUND');
    expect(rig.steps()).toEqual(['declined']);
  });
});
