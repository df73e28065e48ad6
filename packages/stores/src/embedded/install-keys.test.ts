import { createPublicKey, sign, verify } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { dataFolder, removeDataFolders } from '../testing/data-folders.ts';
import { openInstallKeys } from './install-keys.ts';

afterAll(removeDataFolders);

describe('openInstallKeys()', () => {
  it('makes secrets at the first start, and reads the same ones ever after', () => {
    const folder = dataFolder();
    const first = openInstallKeys(folder);
    const again = openInstallKeys(folder);
    expect(again.origin).toBe(first.origin);
    expect(again.origin).toMatch(/^sallyport\/[0-9a-f]{16}$/);
    expect(again.fingerprintKey).toEqual(first.fingerprintKey);
    expect(again.fingerprintKey).toHaveLength(32);
    expect(again.hashCredential('secret')).toBe(first.hashCredential('secret'));
    expect(again.hashCredential('secret')).toMatch(/^[0-9a-f]{64}$/);
    const text = Buffer.from('head');
    expect(verify(null, text, again.publicKey, sign(null, text, first.signingKey))).toBe(true);
  });

  it('gives every install its own', () => {
    const [a, b] = [openInstallKeys(dataFolder()), openInstallKeys(dataFolder())];
    expect(a.hashCredential('secret')).not.toBe(b.hashCredential('secret'));
    expect(a.fingerprintKey).not.toEqual(b.fingerprintKey);
    expect(a.origin).not.toBe(b.origin);
  });

  it('keeps every file from everyone but its owner, and leaves no other behind', () => {
    const folder = dataFolder();
    openInstallKeys(folder).ensureAdminToken();
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(readdirSync(folder).sort()).toEqual(['admin-token.json', 'install.json', 'log-public-key.pem']);
    for (const file of readdirSync(folder)) expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
  });

  it('publishes the public key, again if it was changed', () => {
    const folder = dataFolder();
    const { publicKey } = openInstallKeys(folder);
    writeFileSync(join(folder, 'log-public-key.pem'), 'something else');
    openInstallKeys(folder);
    expect(createPublicKey(readFileSync(join(folder, 'log-public-key.pem'))).equals(publicKey)).toBe(true);
  });

  it('takes an origin at the first start, and refuses another one later', () => {
    const folder = dataFolder();
    expect(openInstallKeys(folder, { origin: 'bank.example/gateway-1' }).origin).toBe('bank.example/gateway-1');
    expect(openInstallKeys(folder).origin).toBe('bank.example/gateway-1');
    expect(() => openInstallKeys(folder, { origin: 'other' })).toThrow(
      expect.objectContaining({ code: 'STORE_BROKEN' }),
    );
  });

  it.each(['', 'a b', 'a+b', 'a\nb', 'ö', 'x'.repeat(129)])('refuses the origin %j', (origin) => {
    expect(() => openInstallKeys(dataFolder(), { origin })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });

  it.each([
    ['no JSON', (text: string) => text.slice(0, -20)],
    ['no object', () => '7'],
    ['a short root', (text: string) => text.replace(/"root":"[^"]+"/, '"root":"AAAA"')],
    ['no signing key', (text: string) => text.replace('PRIVATE', 'PUBLIC')],
  ])('refuses a file with %s, and quotes nothing of it', (_, spoil) => {
    const folder = dataFolder();
    openInstallKeys(folder);
    const path = join(folder, 'install.json');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, spoil(text));
    const error = caught(() => openInstallKeys(folder));
    expect(error).toMatchObject({ code: 'STORE_BROKEN' });
    const root = /"root":"([^"]{8})/.exec(text)?.[1] ?? 'missing';
    expect(`${error} ${JSON.stringify(error)} ${(error as Error).cause}`).not.toContain(root);
  });

  it('ensureAdminToken() shows the token once; isAdminToken() knows it ever after', () => {
    const folder = dataFolder();
    const keys = openInstallKeys(folder);
    expect(keys.isAdminToken('')).toBe(false);
    const token = keys.ensureAdminToken() ?? '';
    expect(token).toMatch(/^spa_[\w-]{32}$/);
    expect(keys.ensureAdminToken()).toBeUndefined();
    const again = openInstallKeys(folder);
    expect(again.ensureAdminToken()).toBeUndefined();
    expect(again.isAdminToken(token)).toBe(true);
    expect(again.isAdminToken(`${token} `)).toBe(false);
    expect(readFileSync(join(folder, 'admin-token.json'), 'utf8')).not.toContain(token);
  });

  it('resetAdminToken() makes the old token worthless in every process', () => {
    const folder = dataFolder();
    const [gateway, command] = [openInstallKeys(folder), openInstallKeys(folder)];
    const old = gateway.ensureAdminToken() ?? '';
    const fresh = command.resetAdminToken();
    expect(gateway.isAdminToken(old)).toBe(false);
    expect(gateway.isAdminToken(fresh)).toBe(true);
  });
});

function caught(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}
