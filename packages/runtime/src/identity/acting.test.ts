import { createHmac } from 'node:crypto';
import type { Principal } from '@sallyport/core';
import { exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ActingConfig } from '../config/index.ts';
import { Acting } from './acting.ts';

/** Claims; `undefined` leaves one out. */
type Said = { readonly [Claim in keyof JWTPayload]: JWTPayload[Claim] | undefined };

const START_MS = Date.parse('2026-06-01T12:00:00Z');
const START_S = START_MS / 1_000;
const AGENT: Principal = { kind: 'agent', id: 'planner', tenant: 'acme', groups: ['agents'] };

let keys: Awaited<ReturnType<typeof generateKeyPair>>;
let publicKey: string;

beforeAll(async () => {
  keys = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  publicKey = await exportSPKI(keys.publicKey);
});

function acting(over: Partial<ActingConfig> = {}, clock = { ms: 0 }): Acting {
  const config: ActingConfig = {
    agent: 'planner',
    users: ['ann', 'team-*'],
    agentGroups: [],
    groups: ['staff'],
    publicKey,
    ...over,
  };
  return new Acting({
    config: { audience: 'sallyport', maxAgeMs: 300_000, agents: [config] },
    maxBytes: 2_048,
    hashCredential: (secret) => createHmac('sha256', 'test').update(secret).digest('hex'),
    dateMs: () => START_MS + clock.ms,
  });
}

function statement(over: Said = {}, alg = 'EdDSA', key = keys.privateKey): Promise<string> {
  const said = { iss: 'planner', aud: 'sallyport', sub: 'ann', iat: START_S, exp: START_S + 300, ...over };
  return new SignJWT(said as JWTPayload).setProtectedHeader({ alg }).sign(key);
}

describe('Acting.byStatement()', () => {
  it('says whom an agent acts for: of its own tenant, in groups that configuration lets it name', async () => {
    const known = await acting().byStatement(AGENT, await statement({ groups: ['staff', 'admins'] }));
    expect(known).toEqual({ ...AGENT, onBehalfOf: { id: 'ann', tenant: 'acme', groups: ['staff'] } });
    expect(await acting().byStatement(AGENT, await statement({ sub: 'team-7' }))).toMatchObject({
      onBehalfOf: { id: 'team-7', groups: [] },
    });
  });

  it('keeps what the credential of the agent is narrowed to', async () => {
    const scope = { routes: ['main'] };
    expect(await acting().byStatement({ ...AGENT, scope }, await statement())).toMatchObject({ scope });
  });

  it('knows a statement without waiting until it ends', async () => {
    const clock = { ms: 0 };
    const known = acting({}, clock);
    const text = await statement();
    expect(known.byStatement(AGENT, text)).toBeInstanceOf(Promise);
    const first = await known.byStatement(AGENT, text);
    expect(known.byStatement(AGENT, text)).toEqual(first);
    clock.ms = 329_999;
    expect(known.byStatement(AGENT, text)).toEqual(first);
    clock.ms = 330_000;
    expect(known.byStatement(AGENT, text)).toEqual({ fault: 'BEHALF_INVALID' });
  });

  it.each<[string, Said]>([
    ['of another agent', { iss: 'writer' }],
    ['for somebody else to read', { aud: 'provider' }],
    ['without a user', { sub: undefined }],
    ['about a user who is no word', { sub: 'ann bob' }],
    ['without an end', { exp: undefined }],
    ['without a beginning', { iat: undefined }],
    ['that is good for longer than may be', { exp: START_S + 301 }],
    ['that has ended', { iat: START_S - 300, exp: START_S - 31 }],
    ['from times to come', { iat: START_S + 31, exp: START_S + 100 }],
    ['with groups that are none', { groups: 'staff' }],
    ['with more groups than can be', { groups: Array.from({ length: 257 }, () => 'staff') }],
  ])('refuses a statement %s', async (_what, over) => {
    expect(await acting().byStatement(AGENT, await statement(over))).toEqual({ fault: 'BEHALF_INVALID' });
  });

  it('refuses what another key has signed, and what is no statement or too long for one', async () => {
    const other = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
    const texts = [
      await statement({}, 'EdDSA', other.privateKey),
      '',
      'ann',
      'a.b.c',
      `${await statement()},${await statement()}`,
    ];
    for (const text of [...texts, await statement({ padding: 'x'.repeat(2_048) })]) {
      expect(await acting().byStatement(AGENT, text)).toEqual({ fault: 'BEHALF_INVALID' });
    }
    const secret = new TextEncoder().encode(publicKey);
    const forged = await new SignJWT({ iss: 'planner', aud: 'sallyport', sub: 'ann', iat: START_S, exp: START_S + 300 })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(secret);
    expect(await acting().byStatement(AGENT, forged)).toEqual({ fault: 'BEHALF_INVALID' });
  });

  it('denies users whom the agent may not act for, and agents that may act for nobody', async () => {
    expect(await acting().byStatement(AGENT, await statement({ sub: 'root' }))).toEqual({ fault: 'BEHALF_DENIED' });
    for (const other of [
      { ...AGENT, id: 'writer' },
      { ...AGENT, kind: 'user' },
      { ...AGENT, kind: 'service' },
    ] as const) {
      expect(await acting().byStatement(other, await statement({ iss: other.id }))).toEqual({ fault: 'BEHALF_DENIED' });
    }
    expect(await acting({ publicKey: undefined }).byStatement(AGENT, await statement())).toEqual({
      fault: 'BEHALF_INVALID',
    });
  });

  it('takes no statement from an agent whose token named a user already', async () => {
    const bound = { ...AGENT, onBehalfOf: { id: 'bo', tenant: 'acme', groups: [] } };
    expect(await acting().byStatement(bound, await statement())).toEqual({ fault: 'BEHALF_INVALID' });
  });

  it('remembers nothing for another agent that shows the same statement', async () => {
    const known = acting({ agent: '*' });
    const text = await statement();
    await known.byStatement(AGENT, text);
    expect(await known.byStatement({ ...AGENT, id: 'writer' }, text)).toEqual({ fault: 'BEHALF_INVALID' });
    expect(await known.byStatement({ ...AGENT, tenant: 'other' }, text)).toMatchObject({
      onBehalfOf: { tenant: 'other' },
    });
  });
});

describe('Acting.byToken()', () => {
  const user = { id: 'team-1', tenant: 'acme', groups: ['anything'] };

  it('lets agents act that configuration names, in groups that it gives them', () => {
    const named = acting({ agentGroups: ['agents'] });
    expect(named.byToken({ ...AGENT, groups: [] }, user)).toEqual({ ...AGENT, onBehalfOf: user });
    expect(named.byToken(AGENT, { ...user, id: 'root' })).toEqual({ fault: 'BEHALF_DENIED' });
    expect(named.byToken({ ...AGENT, id: 'writer' }, user)).toEqual({ fault: 'BEHALF_DENIED' });
  });
});
