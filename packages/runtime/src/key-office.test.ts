import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KeyStore, SallyportError } from '@sallyport/core';
import { openKeyStore } from '@sallyport/stores';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from './config/index.ts';
import { OVERLAP_MAX_MS } from './gateway-keys.ts';
import { KeyOffice, type KeyOfficeParts } from './key-office.ts';
import { KEY_MAX_CHARS, KEY_REFRESH_MS } from './key-ring.ts';
import { ManualClock } from './testing/manual-clock.ts';

const APP = { name: 'app', kind: 'service', tenant: 'acme', groups: ['apps'] } as const;
const PRINCIPAL = { kind: 'service', id: 'app', tenant: 'acme', groups: ['apps'] };
const hashCredential = (secret: string) => createHmac('sha256', 'test').update(secret).digest('hex');

let folder: string;
let store: KeyStore;
let clock: ManualClock;
let reported: SallyportError[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-keys-'));
  store = openKeyStore(folder);
  clock = new ManualClock();
  reported = [];
});

afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

function office(fixed: KeyOfficeParts['fixed'] = []): KeyOffice {
  return new KeyOffice({ store, install: { hashCredential }, fixed, clock, report: (error) => reported.push(error) });
}

const told = () => Promise.resolve();
const at = (ms: number) => new Date(clock.dateMs() + ms).toISOString();

describe('KeyOffice', () => {
  it('knows whose a secret is, with what the key is narrowed and bound to', async () => {
    const keys = office();
    const scope = { routes: ['main'], tools: [] };
    const made = await keys.create({ ...APP, terms: { scope, certificate: 'A'.repeat(43) } }, told);
    expect(keys.authenticate(made.secret)).toEqual({ principal: { ...PRINCIPAL, scope }, certificate: 'A'.repeat(43) });
    expect(keys.list()[0]).toMatchObject({ name: 'app', scope });
    expect(JSON.stringify(keys.list())).not.toContain(hashCredential(made.secret));
    for (const secret of ['', 'sp-other', 'x'.repeat(KEY_MAX_CHARS + 1)]) {
      expect(keys.authenticate(secret)).toEqual({ fault: 'KEY_INVALID' });
    }
  });

  it('ensureFirst() makes a key where there was never one, which opens at once', async () => {
    const keys = office();
    const first = keys.ensureFirst() ?? '';
    expect(keys.authenticate(first)).toMatchObject({ principal: { id: 'first', tenant: 'default' } });
    expect(keys.ensureFirst()).toBeUndefined();
    await keys.revoke('first', told);
    expect(keys.ensureFirst()).toBeUndefined();
  });

  it('lets nobody in as long as its store cannot be read, and knows then what was revoked meanwhile', async () => {
    const { secret } = await office().create(APP, told);
    let isBroken = false;
    const breaking = new Proxy(store, {
      get: (target, name) => {
        if (name === 'list' && isBroken) throw new SallyportError('STORE_BROKEN');
        const member: unknown = Reflect.get(target, name);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    const keys = new KeyOffice({ store: breaking, install: { hashCredential }, fixed: [], clock, report: () => {} });
    expect(keys.authenticate(secret)).toMatchObject({ principal: PRINCIPAL });
    const elsewhere = openKeyStore(folder);
    elsewhere.revoke('app', { at: at(0) });
    elsewhere.close();
    isBroken = true;
    await clock.pass(KEY_REFRESH_MS);
    for (const _ of [1, 2]) expect(() => keys.authenticate(secret)).toThrow('store cannot be read');
    isBroken = false;
    expect(keys.authenticate(secret)).toEqual({ fault: 'KEY_INVALID' });
  });

  it('takes a key until the moment it expires', async () => {
    const keys = office();
    const { secret } = await keys.create({ ...APP, terms: { expiresAt: at(1_000) } }, told);
    await clock.pass(999);
    expect(keys.authenticate(secret)).toMatchObject({ principal: PRINCIPAL });
    await clock.pass(1);
    expect(keys.authenticate(secret)).toEqual({ fault: 'KEY_EXPIRED' });
  });

  it('makes no key that has expired already, and keeps times in one form', async () => {
    const keys = office();
    for (const expiresAt of [at(0), at(-1), 'tomorrow']) {
      await expect(keys.create({ ...APP, terms: { expiresAt } }, told)).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
      });
    }
    const made = await keys.create({ ...APP, terms: { expiresAt: '2027-01-01T02:00:00+02:00' } }, told);
    expect(made.expiresAt).toBe('2027-01-01T00:00:00.000Z');
  });

  it('rotates: the old secret works beside the new one until its time is over, for the same principal', async () => {
    const keys = office();
    const { secret: old } = await keys.create(APP, told);
    const rotated = await keys.rotate('app', { overlapMs: 60_000 }, told);
    expect(rotated?.previousUntil).toBe(at(60_000));
    await clock.pass(59_999);
    expect(keys.authenticate(old)).toEqual(keys.authenticate(rotated?.secret ?? ''));
    await clock.pass(1);
    expect(keys.authenticate(old)).toEqual({ fault: 'KEY_EXPIRED' });
    expect(keys.authenticate(rotated?.secret ?? '')).toMatchObject({ principal: PRINCIPAL });
    expect(keys.list()).toMatchObject([{ name: 'app', previousUntil: rotated?.previousUntil }]);
    expect(keys.size).toBe(1);
  });

  it('a second rotation ends the secret of before the first', async () => {
    const keys = office();
    const { secret: first } = await keys.create(APP, told);
    const second = (await keys.rotate('app', { overlapMs: 60_000 }, told))?.secret ?? '';
    const third = (await keys.rotate('app', { overlapMs: 0 }, told))?.secret ?? '';
    expect(keys.authenticate(first)).toEqual({ fault: 'KEY_INVALID' });
    expect(keys.authenticate(second)).toEqual({ fault: 'KEY_EXPIRED' });
    expect(keys.authenticate(third)).toMatchObject({ principal: PRINCIPAL });
  });

  it('an old secret outlives neither its key nor its overlap', async () => {
    const keys = office();
    const { secret } = await keys.create({ ...APP, terms: { expiresAt: at(1_000) } }, told);
    await keys.rotate('app', { overlapMs: 60_000 }, told);
    await clock.pass(1_000);
    expect(keys.authenticate(secret)).toEqual({ fault: 'KEY_EXPIRED' });
    const renewed = await keys.rotate('app', { overlapMs: 0, expiresAt: at(60_000) }, told);
    expect(keys.authenticate(renewed?.secret ?? '')).toMatchObject({ principal: PRINCIPAL });
    await keys.revoke('app', told);
    expect(keys.authenticate(renewed?.secret ?? '')).toEqual({ fault: 'KEY_INVALID' });
    expect(await keys.rotate('app', { overlapMs: 0 }, told)).toBeUndefined();
  });

  it.each([-1, 0.5, Number.NaN, OVERLAP_MAX_MS + 1])('no overlap is %d ms', async (overlapMs) => {
    const keys = office();
    await keys.create(APP, told);
    await expect(keys.rotate('app', { overlapMs }, told)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect(await keys.rotate('app', { overlapMs: OVERLAP_MAX_MS }, told)).toBeDefined();
  });

  it('notices within its time what another process did', async () => {
    const keys = office();
    const { secret } = await keys.create(APP, told);
    expect(keys.authenticate(secret)).toMatchObject({ principal: PRINCIPAL });
    const other = openKeyStore(folder);
    other.revoke('app', { at: at(0) });
    await clock.pass(KEY_REFRESH_MS);
    expect(keys.authenticate(secret)).toEqual({ fault: 'KEY_INVALID' });
    other.close();
  });

  it('takes keys of the configuration, with their terms', async () => {
    const scope = { models: ['gpt-*'] };
    const keys = office([
      {
        name: 'env',
        secret: new Secret('the-secret'),
        principal: { ...PRINCIPAL, id: 'env', kind: 'service' },
        scope,
        expiresAt: at(10),
      },
    ]);
    expect(keys.authenticate('the-secret')).toMatchObject({ principal: { id: 'env', scope } });
    await clock.pass(10);
    expect(keys.authenticate('the-secret')).toEqual({ fault: 'KEY_EXPIRED' });
  });
});

describe('a change to keys', () => {
  it('is told before it is made, with the name, and the store knows that it was', async () => {
    const keys = office();
    const seen: unknown[] = [];
    const tellFirst = (names: readonly string[]) => {
      const [stored] = store.list();
      seen.push([names, stored?.rotatedAt, stored?.revokedAt]);
      return Promise.resolve();
    };
    await keys.create(APP, tellFirst);
    await keys.rotate('app', { overlapMs: 0 }, tellFirst);
    await clock.pass(1_000);
    await keys.revoke('app', tellFirst);
    expect(seen).toEqual([
      [['app'], undefined, undefined],
      [['app'], undefined, undefined],
      [['app'], at(-1_000), undefined],
    ]);
    expect(store.list()[0]?.recordedAt).toBe(at(0));
  });

  it('is not made where it cannot be told', async () => {
    const keys = office();
    const fails = () => Promise.reject(new SallyportError('RECORD_FAILED'));
    await expect(keys.create(APP, fails)).rejects.toMatchObject({ code: 'RECORD_FAILED' });
    expect(store.list()).toEqual([]);
    const { secret } = await keys.create(APP, told);
    await expect(keys.rotate('app', { overlapMs: 0 }, fails)).rejects.toMatchObject({ code: 'RECORD_FAILED' });
    await expect(keys.revoke('app', fails)).rejects.toMatchObject({ code: 'RECORD_FAILED' });
    expect(keys.authenticate(secret)).toMatchObject({ principal: PRINCIPAL });
  });

  it('is not told where there is nothing to change, and is made once where two make it at a time', async () => {
    const keys = office();
    let times = 0;
    const count = async () => {
      times += 1;
    };
    expect(await keys.revoke('app', count)).toBe(false);
    expect(await keys.rotate('app', { overlapMs: 0 }, count)).toBeUndefined();
    await keys.create(APP, told);
    await expect(keys.create(APP, count)).rejects.toMatchObject({ code: 'KEY_NAME_TAKEN' });
    expect(times).toBe(0);
    expect((await Promise.all([keys.revoke('app', told), keys.revoke('app', told)])).sort()).toEqual([false, true]);
  });
});

describe('when a key was used last', () => {
  it('is known to the minute, and written once a minute, however often it is used', async () => {
    const keys = office();
    const { secret } = await keys.create(APP, told);
    const before = store.version();
    await clock.pass(30_000);
    for (let use = 0; use < 100; use += 1) keys.authenticate(secret);
    expect(store.list()[0]?.lastUsed).toBeUndefined();
    await clock.pass(60_000);
    expect(store.list()[0]?.lastUsed).toBe('2026-01-01T00:00:00.000Z');
    keys.authenticate(secret);
    keys.close();
    expect(store.list()[0]?.lastUsed).toBe('2026-01-01T00:01:00.000Z');
    expect(store.version()).toBe(before);
    expect(clock.pending).toBe(0);
  });

  it('is told of a key that was just used', async () => {
    const keys = office();
    keys.authenticate((await keys.create(APP, told)).secret);
    expect(keys.list()[0]?.lastUsed).toBe('2026-01-01T00:00:00.000Z');
  });

  it('is tried again when it could not be written, and stops nobody', async () => {
    let broken = true;
    const real = store;
    const failing: KeyStore = {
      put: (key) => real.put(key),
      rotate: (name, rotation) => real.rotate(name, rotation),
      revoke: (name, when) => real.revoke(name, when),
      recorded: (name, when) => real.recorded(name, when),
      used: (times) => {
        if (broken) throw new TypeError('disk full');
        real.used(times);
      },
      list: () => real.list(),
      version: () => real.version(),
      close: () => real.close(),
    };
    const keys = new KeyOffice({
      store: failing,
      install: { hashCredential },
      fixed: [],
      clock,
      report: (error) => reported.push(error),
    });
    const { secret } = await keys.create(APP, told);
    keys.authenticate(secret);
    await clock.pass(60_000);
    expect(reported).toMatchObject([{ code: 'INTERNAL' }]);
    broken = false;
    keys.close();
    expect(real.list()[0]?.lastUsed).toBe('2026-01-01T00:00:00.000Z');
  });
});
