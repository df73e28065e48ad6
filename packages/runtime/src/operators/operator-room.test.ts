import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AdminRecord, type AuditRecord, type KeyStore, SallyportError } from '@sallyport/core';
import { openKeyStore, openOperatorStore } from '@sallyport/stores';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Config, Secret } from '../config/index.ts';
import { openGatewayKeys, openOperatorTokens } from '../open-gateway-keys.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { REFUSALS_BURST } from './admin-records.ts';
import { GUESSES_BURST } from './guess-limit.ts';
import { OperatorRoom } from './operator-room.ts';
import { operatorKey } from './operator-token.ts';
import { LOOK_EVERY_MS } from './outside-changes.ts';

const FIXED = 'a-token-that-people-chose';
const ADDRESS = '10.0.0.1';
const CERTIFICATE = { thumbprint: 'A'.repeat(43), uris: ['spiffe://example.org/ops/ann'], dns: [], commonName: 'ann' };

let folder: string;
let keys: KeyStore;
let store: KeyStore;
let clock: ManualClock;
let records: AuditRecord[];
let reported: SallyportError[];
let failing: boolean;
let room: OperatorRoom;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-operators-'));
  keys = openKeyStore(folder);
  store = openOperatorStore(folder);
  clock = new ManualClock();
  records = [];
  reported = [];
  failing = false;
  room = opened();
});

afterEach(async () => {
  await room.close();
  keys.close();
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

function opened(admin: Partial<Config['admin']> = {}): OperatorRoom {
  let last = 0;
  const onBehalfOf = { audience: '', maxAgeMs: 0, agents: [] };
  return new OperatorRoom({
    admin: {
      host: '127.0.0.1',
      port: 0,
      names: [],
      token: undefined,
      tls: undefined,
      identity: { maxTokenBytes: 8_192, issuers: [], certificates: [], onBehalfOf },
      roles: {},
      ...admin,
    },
    install: {
      hashOperatorToken: (token) => createHmac('sha256', 'test').update(token).digest('hex'),
      isAdminToken: (token) => token === 'the-first-token',
    },
    store,
    keys,
    recorder: {
      append: async (record) => {
        if (failing) throw new SallyportError('RECORD_FAILED');
        records.push(record);
      },
    },
    newId: () => {
      last += 1;
      return `step-${last}`;
    },
    clock,
    report: (error) => reported.push(error),
    onNews: () => undefined,
  });
}

const told = () => Promise.resolve();
const shown = (credential?: string) => ({ credential, address: ADDRESS });
const make = (name: string, roles: Parameters<typeof operatorKey>[0]['roles'], terms = {}) =>
  room.tokens.create(operatorKey({ name, roles, terms }), told);
const steps = () => records as readonly AdminRecord[];

describe('who an operator is', () => {
  it('is the admin, by the token of the first start or by that of the configuration, and never by both', async () => {
    expect(await room.authenticate(shown('the-first-token'))).toMatchObject({
      principal: { id: 'admin', groups: ['admins'] },
      roles: ['admin'],
      by: 'token',
    });
    await room.close();
    room = opened({ token: new Secret(FIXED) });
    expect(await room.authenticate(shown(FIXED))).toMatchObject({ principal: { id: 'admin' } });
    expect(await room.authenticate(shown('the-first-token'))).toEqual({ fault: 'KEY_INVALID' });
  });

  it('is whoever has a token, with its roles as groups, until it expires or is revoked', async () => {
    const expiresAt = new Date(clock.dateMs() + 1_000).toISOString();
    const { secret } = await make('ann', ['approver', 'viewer', 'viewer'], { expiresAt });
    expect(secret).toMatch(/^spo_[\w-]{43}$/);
    expect(await room.authenticate(shown(secret))).toEqual({
      principal: { kind: 'user', id: 'ann', tenant: 'default', groups: ['approvers', 'viewers'] },
      roles: ['approver', 'viewer'],
      by: 'token',
    });
    await clock.pass(1_000);
    expect(await room.authenticate(shown(secret))).toEqual({ fault: 'KEY_EXPIRED' });
    const { secret: other } = await make('bob', ['admin']);
    await room.tokens.revoke('bob', told);
    expect(await room.authenticate(shown(other))).toEqual({ fault: 'KEY_INVALID' });
  });

  it('is nobody called `admin` beside whoever has that token, and nobody without a role', () => {
    expect(() => operatorKey({ name: 'admin', roles: ['viewer'] })).toThrow(
      expect.objectContaining({ code: 'KEY_NAME_TAKEN' }),
    );
    expect(() => operatorKey({ name: 'ann', roles: [] })).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });

  it('is whom a client certificate stands for, with the roles of its groups; a token goes before it', async () => {
    await room.close();
    const entry = {
      by: 'uri',
      pattern: 'spiffe://example.org/ops/*',
      id: 'ann',
      kind: 'user',
      tenant: 'default',
    } as const;
    room = opened({
      identity: {
        maxTokenBytes: 8_192,
        issuers: [],
        certificates: [{ ...entry, groups: ['desk', 'admins'] }],
        onBehalfOf: { audience: '', maxAgeMs: 0, agents: [] },
      },
      roles: { approver: ['desk'], admin: ['platform'] },
    });
    const certificate = CERTIFICATE;
    expect(await room.authenticate({ certificate, address: ADDRESS })).toEqual({
      principal: { kind: 'user', id: 'ann', tenant: 'default', groups: ['desk', 'approvers'] },
      roles: ['approver'],
      by: 'certificate',
    });
    expect(await room.authenticate({ certificate: { ...certificate, uris: [] }, address: ADDRESS })).toEqual({
      fault: 'CERTIFICATE_INVALID',
    });
    expect(
      await room.authenticate({ certificate: 'untrusted', credential: 'the-first-token', address: ADDRESS }),
    ).toEqual({
      fault: 'CERTIFICATE_INVALID',
    });
    expect(await room.authenticate({ certificate, ...shown('') })).toEqual({ fault: 'KEY_INVALID' });
    expect(await room.authenticate(shown())).toEqual({ fault: 'KEY_MISSING' });
  });

  it('is bound to the certificate that the token is bound to', async () => {
    const { secret } = await make('ann', ['viewer'], { certificate: CERTIFICATE.thumbprint });
    expect(await room.authenticate(shown(secret))).toEqual({ fault: 'CERTIFICATE_INVALID' });
    expect(await room.authenticate({ ...shown(secret), certificate: CERTIFICATE })).toMatchObject({
      roles: ['viewer'],
    });
  });

  it('drops roles that this release does not know', async () => {
    await room.tokens.create({ name: 'ann', kind: 'user', tenant: 'default', groups: ['viewer', 'emperor'] }, told);
    const { secret } = (await room.tokens.rotate('ann', { overlapMs: 0 }, told)) ?? { secret: '' };
    expect(await room.authenticate(shown(secret))).toMatchObject({
      roles: ['viewer'],
      principal: { groups: ['viewers'] },
    });
  });
});

describe('guessing', () => {
  it('of a token that people chose is heard at a bounded rate, by address; an operator with a token comes in all the same', async () => {
    await room.close();
    room = opened({ token: new Secret(FIXED) });
    const { secret } = await make('ann', ['viewer']);
    for (let guess = 0; guess < GUESSES_BURST; guess += 1) {
      expect(await room.authenticate(shown(`${FIXED}${guess}`))).toEqual({ fault: 'KEY_INVALID' });
    }
    expect(await room.authenticate(shown(FIXED))).toEqual({ fault: 'RATE_LIMITED' });
    expect(await room.authenticate(shown(secret))).toMatchObject({ roles: ['viewer'] });
    expect(await room.authenticate({ credential: FIXED, address: '10.0.0.2' })).toMatchObject({ roles: ['admin'] });
    await clock.pass(6_000);
    expect(await room.authenticate(shown(FIXED))).toMatchObject({ roles: ['admin'] });
  });
});

describe('what the log is told', () => {
  it('comes before what is done, names who, what and why, and bounds how much it names', async () => {
    const { secret } = await make('ann', ['operator']);
    const operator = await room.authenticate(shown(secret));
    if ('fault' in operator) throw new Error(operator.fault);
    const call = room.call(operator, 'keys.create');
    await call.act({ targets: Array.from({ length: 60 }, (_, n) => `key-${n}`), reason: 'new hire' });
    expect(steps()).toMatchObject([
      {
        kind: 'admin',
        exchange: 'step-1',
        operator: { id: 'ann', roles: ['operator'], by: 'token' },
        action: 'keys.create',
        outcome: 'done',
        more: 10,
        reason: 'new hire',
      },
    ]);
    expect(steps()[0]?.targets).toHaveLength(50);
    await call.failed('STORE_BROKEN');
    expect(steps()[1]).toMatchObject({ exchange: 'step-1', outcome: 'failed', fault: 'STORE_BROKEN' });
  });

  it('says of calls that came to nothing whether they were refused, and nothing of those that need no record', async () => {
    const operator = await room.authenticate(shown('the-first-token'));
    if ('fault' in operator) throw new Error(operator.fault);
    await room.call(operator, 'status.read').failed('INTERNAL');
    const told = room.call(operator, 'privacy.show');
    told.toldElsewhere();
    await told.failed('ACCESS_DENIED');
    expect(records).toEqual([]);
    await room.call(operator, 'keys.revoke').failed('NOT_FOUND');
    await room.call(operator, 'approvals.decide').failed('ACCESS_DENIED');
    expect(steps().map(({ action, outcome }) => [action, outcome])).toEqual([
      ['keys.revoke', 'failed'],
      ['approvals.decide', 'refused'],
    ]);
  });

  it('bounds records of strangers, counts what it leaves out, and lets them not hide what operators do', async () => {
    for (let at = 0; at < REFUSALS_BURST + 50; at += 1) await room.refused('KEY_INVALID', 'keys.create');
    expect(records).toHaveLength(REFUSALS_BURST);
    const operator = await room.authenticate(shown('the-first-token'));
    if ('fault' in operator) throw new Error(operator.fault);
    await room.refused('ROLE_MISSING', 'keys.create', operator);
    expect(steps().at(-1)).toMatchObject({ operator: { id: 'admin' }, fault: 'ROLE_MISSING', outcome: 'refused' });
    await clock.pass(1_000);
    await room.refused('KEY_INVALID', '');
    expect(steps().at(-1)).toMatchObject({ action: '', fault: 'KEY_INVALID', suppressed: 50 });
    expect(steps().at(-1)).not.toHaveProperty('operator');
  });
});

describe('changes beside the gateway', () => {
  const seen = () => steps().map(({ operator, action, targets }) => [operator?.id, action, ...targets]);

  it('are told at the start, and within a second', async () => {
    const [keysBeside, operatorsBeside] = [
      openGatewayKeys(folder, clock.dateMs),
      openOperatorTokens(folder, clock.dateMs),
    ];
    keysBeside.create({ name: 'app', kind: 'service', tenant: 'default', groups: [] });
    await room.watch();
    expect(seen()).toEqual([['offline', 'keys.create', 'app']]);
    await clock.pass(1);
    keysBeside.rotate('app', { overlapMs: 0 });
    operatorsBeside.create(operatorKey({ name: 'ann', roles: ['viewer'] }));
    await clock.pass(LOOK_EVERY_MS);
    expect(seen().slice(1)).toEqual([
      ['offline', 'keys.rotate', 'app'],
      ['offline', 'operators.create', 'ann'],
    ]);
    keysBeside.revoke('app');
    await make('bob', ['viewer']);
    await clock.pass(3 * LOOK_EVERY_MS);
    expect(seen().slice(3)).toEqual([['offline', 'keys.revoke', 'app']]);
    keysBeside.close();
    operatorsBeside.close();
  });

  it('are told later where the log could not take it, also after a restart', async () => {
    const beside = openGatewayKeys(folder);
    beside.create({ name: 'app', kind: 'service', tenant: 'default', groups: [] });
    beside.close();
    failing = true;
    await room.watch();
    expect(reported).toMatchObject([{ code: 'RECORD_FAILED' }]);
    failing = false;
    await room.close();
    room = opened();
    await room.watch();
    expect(seen()).toEqual([['offline', 'keys.create', 'app']]);
    await clock.pass(5 * LOOK_EVERY_MS);
    expect(records).toHaveLength(1);
  });
});
