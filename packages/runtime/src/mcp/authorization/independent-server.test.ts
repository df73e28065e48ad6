import { afterEach, describe, expect, it } from 'vitest';
import { type McpUpstreamConfig, Secret } from '../../config/index.ts';
import {
  ANN,
  ANN_BY_APP,
  type AuthorizationRig,
  authorizationRig,
  BROWSER,
  PUBLIC_URL,
} from '../../testing/authorization-rig.ts';
import {
  type IndependentAuthorizationServer,
  independentAuthorizationServer,
} from '../../testing/independent-authorization-server.ts';

const REDIRECT = `${PUBLIC_URL}/mcp-authorization/callback/tickets`;

let rig: AuthorizationRig;
let independent: IndependentAuthorizationServer;
afterEach(async () => {
  await rig.close();
  await independent.close();
});

async function open(over: Partial<McpUpstreamConfig>): Promise<void> {
  independent = await independentAuthorizationServer(REDIRECT);
  rig = await authorizationRig(() => ({ server: independent.mcp, issuer: independent.url, ...over }));
}

async function consent(): Promise<unknown> {
  const asked = await rig.office.credentialFor('tickets', ANN_BY_APP);
  const ticket = 'consent' in asked ? (asked.consent.split('/').at(-1) ?? '') : expect.fail(JSON.stringify(rig.news));
  const approved = await rig.office.consents.approve(ticket, { principal: ANN, browser: BROWSER });
  const back = await independent.visit('continueAt' in approved ? approved.continueAt : '');
  expect(back.startsWith(`${REDIRECT}?`), back).toBe(true);
  return rig.office.consents.returned('tickets', new URL(back).searchParams, BROWSER);
}

function claimsOf(credential: object): Record<string, unknown> {
  const { headers } = credential as { readonly headers?: Readonly<Record<string, string>> };
  const [, body = ''] = (headers?.authorization ?? expect.fail(JSON.stringify(rig.news))).split('.');
  return JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>;
}

describe('with an authorization server of others', () => {
  it.each<[string, Partial<McpUpstreamConfig>]>([
    ['a client that it knows', { clientId: 'static', clientSecret: new Secret('static-secret') }],
    ['a client that registers itself', {}],
  ])('a principal is let in by %s, with a token for the server alone, and stays so', async (_who, over) => {
    await open(over);
    expect(await consent()).toEqual({ server: 'tickets' });
    const first = await rig.office.credentialFor('tickets', ANN_BY_APP);
    expect(claimsOf(first)).toMatchObject({ iss: independent.url, aud: independent.mcp, sub: 'ann', scope: 'read' });
    rig.pass(3_600_000);
    const second = await rig.office.credentialFor('tickets', ANN_BY_APP);
    expect(claimsOf(second)).toMatchObject({ aud: independent.mcp });
    expect(second).not.toEqual(first);
    expect(rig.steps()).toEqual(['consented', 'obtained', 'refreshed']);
  });

  it('the gateway itself is let in, with a token for the server alone', async () => {
    await open({
      grant: 'client-credentials',
      clientId: 'static',
      clientSecret: new Secret('static-secret'),
      scopes: ['read'],
    });
    const credential = await rig.office.credentialFor('tickets', ANN_BY_APP);
    expect(claimsOf(credential)).toMatchObject({ aud: independent.mcp, scope: 'read', client_id: 'static' });
  });
});
