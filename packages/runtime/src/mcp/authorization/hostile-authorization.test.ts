import { afterEach, describe, expect, it } from 'vitest';
import { ANN, ANN_BY_APP, type AuthorizationRig, authorizationRig, BROWSER } from '../../testing/authorization-rig.ts';
import type { AuthorizationMood, ResourceMood } from '../../testing/local-authorization-server.ts';

let rig: AuthorizationRig;
afterEach(() => rig.close());

const FAILED = { fault: 'AUTHORIZATION_FAILED' };

async function consentAddress(): Promise<string> {
  const asked = await rig.office.credentialFor('tickets', ANN_BY_APP);
  return 'consent' in asked ? asked.consent : expect.fail('no consent is asked for');
}

/** A browser that was sent off. @returns where it comes back to */
async function sentOff(address: string): Promise<URLSearchParams> {
  const ticket = address.split('/').at(-1) ?? '';
  const approved = await rig.office.consents.approve(ticket, { principal: ANN, browser: BROWSER });
  const to = 'continueAt' in approved ? approved.continueAt : expect.fail('the browser is not sent off');
  return new URL(await rig.local.visit(to)).searchParams;
}

const back = (parameters: URLSearchParams, browser: string | undefined = BROWSER, server = 'tickets') =>
  rig.office.consents.returned(server, parameters, browser);

describe('an authorization server', () => {
  it.each<[AuthorizationMood, string]>([
    ['no-pkce', 'authorization server does not offer PKCE with S256'],
    ['plain-pkce', 'authorization server does not offer PKCE with S256'],
    ['another-issuer', 'metadata speaks for another authorization server'],
    ['redirecting', 'status 302'],
    ['huge', 'UND_ERR_RES_EXCEEDED_MAX_SIZE'],
    ['hanging', 'TimeoutError'],
    ['duplicated', 'not strict JSON (DUPLICATE_KEY)'],
    ['endpoint-elsewhere', '`token_endpoint` is not an address that may be called'],
    ['script-endpoint', '`authorization_endpoint` is not an address that may be called'],
    ['no-metadata', 'authorization server publishes no metadata'],
  ])('that is %s is not used, and nobody is sent there', async (mood, reason) => {
    rig = await authorizationRig();
    rig.local.mood = mood;
    expect(await rig.office.credentialFor('tickets', ANN_BY_APP)).toEqual(FAILED);
    expect(rig.news.map((one) => one.reason)).toEqual([reason]);
    // It is left alone for a while.
    rig.local.mood = 'well';
    expect(await rig.office.credentialFor('tickets', ANN_BY_APP)).toEqual(FAILED);
    rig.pass(5_000);
    expect(await rig.office.credentialFor('tickets', ANN_BY_APP)).toHaveProperty('consent');
  });

  it.each<[AuthorizationMood, string]>([
    ['wrong-iss', 'answer of the authorization server cannot be used (OAUTH_INVALID_RESPONSE)'],
    ['no-iss', 'answer of the authorization server cannot be used (OAUTH_INVALID_RESPONSE)'],
    ['another-audience', 'authorization server gives a token for another audience'],
    ['dpop', 'authorization server gives tokens of a type that is not used here'],
    ['split-token', 'authorization server gives something that is no token'],
    ['huge-token', 'authorization server gives something that is no token'],
    ['token-redirect', 'answer of the authorization server cannot be used (OAUTH_RESPONSE_IS_NOT_CONFORM)'],
    ['token-failing', 'answer of the authorization server cannot be used (OAUTH_RESPONSE_IS_NOT_CONFORM)'],
  ])('that answers with %s gives no token that is kept', async (mood, reason) => {
    rig = await authorizationRig();
    const address = await consentAddress();
    rig.local.mood = mood;
    expect(await back(await sentOff(address))).toEqual({ failed: 'refused' });
    expect(rig.news.map((one) => one.reason)).toEqual([reason]);
    expect(rig.store.tokens.all()).toEqual([]);
    if (mood.endsWith('-iss')) expect(rig.local.asked.some(({ path }) => path === '/token')).toBe(false);
  });

  it('that registers nobody has nobody sent there', async () => {
    rig = await authorizationRig();
    const address = await consentAddress();
    rig.local.mood = 'unregistering';
    expect(await rig.consent(address)).toBe('AUTHORIZATION_FAILED');
    expect(rig.news.map((one) => one.reason)).toEqual(['authorization server says `invalid_redirect_uri`']);
  });

  it('that is not the one which the browser was sent to is not heard, its errors neither', async () => {
    rig = await authorizationRig();
    const parameters = await sentOff(await consentAddress());
    parameters.set('iss', 'https://login.example.com');
    parameters.set('error', 'access_denied');
    expect(await back(parameters)).toEqual({ failed: 'refused' });
    expect(rig.steps()).toEqual(['consented']);
  });

  it('at which somebody says no gives nothing, and the yes on our own page counts for nothing either', async () => {
    rig = await authorizationRig();
    const address = await consentAddress();
    rig.local.mood = 'declining';
    expect(await back(await sentOff(address))).toEqual({ failed: 'declined' });
    expect(rig.steps()).toEqual(['consented', 'declined']);
    expect(rig.store.consents.all()).toEqual([]);
  });
});

describe('an MCP server', () => {
  it.each<[ResourceMood, string]>([
    ['another-resource', 'metadata of the server is about another resource'],
    ['metadata-elsewhere', 'challenge leads to another host for the metadata of the server'],
    ['issuer-elsewhere', 'address of the authorization server is not one that may be called'],
  ])('with metadata that is %s leads nowhere', async (mood, reason) => {
    rig = await authorizationRig();
    rig.local.resourceMood = mood;
    expect(await rig.office.credentialFor('tickets', ANN_BY_APP)).toEqual(FAILED);
    expect(rig.news.map((one) => one.reason)).toEqual([reason]);
    expect(rig.local.asked).toEqual([]);
  });

  it('without metadata takes the authorization server of the configuration, and none without one', async () => {
    rig = await authorizationRig((local) => ({ issuer: local.url }));
    rig.local.resourceMood = 'no-metadata';
    // Its challenge still leads to metadata that is not there.
    expect(await rig.consent(await consentAddress())).toBe('granted');
    await rig.close();
    rig = await authorizationRig();
    rig.local.resourceMood = 'no-metadata';
    expect(await rig.office.credentialFor('tickets', ANN_BY_APP)).toEqual(FAILED);
  });

  it('that always wants more has nobody wait for more than one consent', async () => {
    rig = await authorizationRig();
    await rig.consent(await consentAddress());
    const had = await rig.office.credentialFor('tickets', ANN_BY_APP);
    const shown = 'headers' in had ? had.headers : expect.fail('not let in');
    const asks = [];
    for (const scope of ['a', 'b', 'c']) {
      const wwwAuthenticate = `Bearer error="insufficient_scope", scope="${scope}"`;
      asks.push(await rig.office.refused('tickets', ANN_BY_APP, { status: 403, wwwAuthenticate, shown }));
    }
    const tickets = asks.map((one) =>
      'consent' in one ? (one.consent.split('/').at(-1) ?? '') : expect.fail('not asked'),
    );
    const alive = await Promise.all(tickets.map((ticket) => rig.office.consents.asked(ticket)));
    expect(alive.map((one) => one !== undefined)).toEqual([false, false, true]);
  });
});

describe('a browser that comes back', () => {
  it('is heard once: a state, and with it a code, is not taken again', async () => {
    rig = await authorizationRig();
    const parameters = await sentOff(await consentAddress());
    expect(await back(parameters)).toEqual({ server: 'tickets' });
    expect(await back(parameters)).toEqual({ failed: 'unknown' });
    expect(rig.local.asked.filter(({ path }) => path === '/token')).toHaveLength(1);
  });

  it.each<[string, (parameters: URLSearchParams) => [URLSearchParams, string | undefined, string]]>([
    ['another browser', (parameters) => [parameters, 'c'.repeat(43), 'tickets']],
    ['a browser without the cookie', (parameters) => [parameters, undefined, 'tickets']],
    ['the way back of another server', (parameters) => [parameters, BROWSER, 'other']],
    [
      'another state',
      (parameters) => [new URLSearchParams({ code: parameters.get('code') ?? '', state: 'x' }), BROWSER, 'tickets'],
    ],
    ['no state', (parameters) => [new URLSearchParams({ code: parameters.get('code') ?? '' }), BROWSER, 'tickets']],
    ['two states', (parameters) => [new URLSearchParams([...parameters, ['state', 'x']]), BROWSER, 'tickets']],
  ])('by %s is not heard, and no code is handed in', async (_how, change) => {
    rig = await authorizationRig();
    const [parameters, browser, server] = change(await sentOff(await consentAddress()));
    expect(await rig.office.consents.returned(server, parameters, browser)).toEqual({ failed: 'unknown' });
    expect(rig.local.asked.some(({ path }) => path === '/token')).toBe(false);
    expect(rig.store.tokens.all()).toEqual([]);
  });

  it('with two codes is not heard', async () => {
    rig = await authorizationRig();
    const parameters = await sentOff(await consentAddress());
    parameters.append('code', 'another');
    expect(await back(parameters)).toEqual({ failed: 'refused' });
    expect(rig.store.tokens.all()).toEqual([]);
  });

  it('with the code of another flow gets nothing: the verifier is not its own', async () => {
    rig = await authorizationRig();
    const mine = await sentOff(await consentAddress());
    const bo = { owner: { ...ANN_BY_APP.owner, id: 'bo' }, client: 'app' } as const;
    const asked = await rig.office.credentialFor('tickets', bo);
    const ticket = 'consent' in asked ? (asked.consent.split('/').at(-1) ?? '') : '';
    const approved = await rig.office.consents.approve(ticket, { principal: { ...ANN, id: 'bo' }, browser: BROWSER });
    const theirs = new URL(await rig.local.visit('continueAt' in approved ? approved.continueAt : '')).searchParams;
    mine.set('code', theirs.get('code') ?? '');
    expect(await back(mine)).toEqual({ failed: 'refused' });
    expect(rig.news.at(-1)?.reason).toBe('authorization server says `invalid_grant`');
    expect(rig.store.tokens.all()).toEqual([]);
  });

  it('too late is not heard', async () => {
    rig = await authorizationRig();
    const parameters = await sentOff(await consentAddress());
    rig.pass(600_000);
    expect(await back(parameters)).toEqual({ failed: 'unknown' });
  });
});
