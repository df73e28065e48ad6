import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SallyportError } from '@sallyport/core';
import { openBundleFloor } from '@sallyport/stores';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PoliciesConfig } from './config/index.ts';
import { signPolicies } from './lifecycle/sign-policies.ts';
import { openPolicyRoom, type Reload } from './policies.ts';

const { privateKey } = generateKeyPairSync('ed25519');
const PEM = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
const PUBLIC = createPublicKey(createPrivateKey(PEM)).export({ format: 'pem', type: 'spki' }).toString();
const FLAG = '@id("f") @effect("flag") forbid (principal, action, resource) when { context.risk.secrets > 0 };';

let home: string;
let folder: string;
let policies: PoliciesConfig;
let reloads: Reload[];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'sallyport-room-'));
  folder = join(home, 'policies');
  for (const set of ['access', 'guard']) mkdirSync(join(folder, set), { recursive: true });
  writeFileSync(join(home, 'key.pem'), PEM, { mode: 0o600 });
  policies = { starter: false, folder, bundle: { publicKeys: [PUBLIC], allowRollback: false } };
  reloads = [];
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function write(text: string): void {
  writeFileSync(join(folder, 'guard', 'a.cedar'), text);
}

function sign(version?: number): void {
  const order = { name: 'house', createdAt: '2026-01-01T00:00:00.000Z', keyFile: join(home, 'key.pem') };
  const signed = signPolicies(policies, [], version === undefined ? order : { ...order, version });
  if (!signed.ok) throw new Error(signed.problems.join());
  writeFileSync(join(folder, 'bundle.json'), signed.text);
}

function open() {
  const floor = openBundleFloor(join(home, 'data'));
  return openPolicyRoom({ policies, findingTypes: [], floor, onReload: (reload) => reloads.push(reload) });
}

const POLL = { timeout: 20_000, interval: 50 };

describe('openPolicyRoom()', () => {
  test('a signed folder that is changed leaves the last good set in force until it is signed again', async () => {
    write(FLAG);
    sign();
    const room = open();
    const first = room.holder.policySet;
    expect(room.first).toMatchObject({ cause: 'start', loaded: { bundle: { version: 1 } } });
    expect(room.holder.versionOf(first)).toBe(1);

    write(`${FLAG}\n// another word`);
    await expect.poll(() => reloads.at(-1)?.problems[0]?.message, POLL).toBe('was changed after it was signed');
    expect(reloads.at(-1)?.inForce).toBeUndefined();
    expect(room.holder.policySet).toBe(first);

    sign();
    await expect.poll(() => reloads.at(-1)?.inForce, POLL).toMatchObject({ cause: 'reload', before: first });
    expect(room.holder.policySet).not.toBe(first);
    // Exchanges that began under the first set end under it.
    expect([room.holder.versionOf(first), room.holder.versionOf(room.holder.policySet)]).toEqual([1, 2]);
    room.close();
  }, 60_000);

  test('a version that was in force outlives the process', () => {
    write(FLAG);
    sign(5);
    open().close();
    sign(4);
    expect(open).toThrow(SallyportError);
    policies = { ...policies, bundle: { publicKeys: [PUBLIC], allowRollback: true } };
    open().close();
    // Going back once does not lower the mark.
    policies = { ...policies, bundle: { publicKeys: [PUBLIC], allowRollback: false } };
    expect(open).toThrow(SallyportError);
  });

  test('warns where what was signed is another set than the one in force', () => {
    write(FLAG);
    sign();
    const floor = openBundleFloor(join(home, 'data'));
    const room = openPolicyRoom({ policies, findingTypes: ['more'], floor, onReload: () => undefined });
    expect(room.holder.status().warnings.map(({ code }) => code)).toContain('bundle');
    room.close();
  });
});
