import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AccessStore, AuditRecord, Principal, StoredGrant } from '@sallyport/core';
import { SallyportError } from '@sallyport/core';
import { openAccessStore } from '@sallyport/stores';
import { afterEach, describe, expect, it } from 'vitest';
import { entitiesSchema } from '../config/access-schema.ts';
import { PRINCIPAL } from '../testing/exchange-rig.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { AccessRoom, REREAD_MS } from './access-room.ts';
import type { NewGrant } from './grant-office.ts';

const HOUR_MS = 3_600_000;
const BO = { id: 'bo', via: 'admin-api' } as const;
const folders: string[] = [];
const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0).reverse()) close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function folderOf(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-access-'));
  folders.push(folder);
  return folder;
}

interface Opening {
  readonly folder?: string;
  readonly file?: string;
  readonly clock?: ManualClock;
  readonly isLogFull?: () => boolean;
  readonly isStoreBroken?: () => boolean;
  /** What a record waits for. */
  readonly untilRecorded?: () => Promise<void>;
}

/** A log that can be made to wait. */
function heldLog() {
  let held = Promise.resolve();
  let release = () => {};
  return {
    wait: () => held,
    hold: () => {
      held = new Promise((resolve) => {
        release = resolve;
      });
    },
    release: () => release(),
  };
}

function open({
  folder = folderOf(),
  file,
  clock = new ManualClock(),
  isLogFull = () => false,
  untilRecorded = async () => {},
  isStoreBroken = () => false,
}: Opening = {}) {
  const records: AuditRecord[] = [];
  const reported: string[] = [];
  const reloads: (readonly unknown[])[] = [];
  const store = openAccessStore(join(folder, 'data'));
  const entitiesFile = file === undefined ? undefined : join(folder, file);
  const entities = () => {
    if (isStoreBroken()) throw new SallyportError('STORE_BROKEN');
    return store.entities();
  };
  let made = 0;
  const room = new AccessRoom({
    access: { entitiesFile, maxGrantDays: 30, entities: entitiesSchema.parse({}), registry: {} },
    store: { ...bound(store), entities },
    recorder: {
      append: async (record) => {
        await untilRecorded();
        if (isLogFull()) throw new SallyportError('RECORD_FAILED');
        records.push(record);
      },
    },
    newId: () => {
      made += 1;
      return `id-${made}`;
    },
    clock,
    report: ({ code }) => reported.push(code),
    onReload: (problems) => reloads.push(problems),
  });
  closers.push(() => {
    room.close();
    store.close();
  });
  return { room, records, reloads, reported, folder, clock };
}

function bound(store: AccessStore): AccessStore {
  return {
    entities: () => store.entities(),
    putEntity: (entity) => store.putEntity(entity),
    removeEntity: (section, name) => store.removeEntity(section, name),
    grants: () => store.grants(),
    putGrant: (grant) => store.putGrant(grant),
  };
}

const wanted = (clock: ManualClock, over: Partial<NewGrant> = {}): NewGrant => ({
  who: 'service/test',
  tenant: 'default',
  actions: ['read-data'],
  resource: { kind: 'data-source', id: 'contracts' },
  until: new Date(clock.dateMs() + HOUR_MS).toISOString(),
  reason: 'audit',
  requestedBy: 'ann',
  ...over,
});

function grantOf(room: AccessRoom, principal: Principal = PRINCIPAL, id = 'contracts'): string | undefined {
  const resource = { kind: 'data-source', id, registered: true, groups: [] } as const;
  const context = { route: 'r', protocol: 'p' };
  return room.directory.factsFor({ principal, action: 'read-data', resource, context })?.grant;
}

const given = async (room: AccessRoom, clock: ManualClock, over: Partial<NewGrant> = {}) =>
  (await room.grants.grant(wanted(clock, over), BO)) as StoredGrant;

describe('a grant', () => {
  it('counts until its time, to the millisecond, without a restart, and its end is recorded', async () => {
    const { room, clock, records } = open();
    const { id } = await given(room, clock);
    expect(grantOf(room)).toBe(id);
    await clock.pass(HOUR_MS - 1);
    expect(grantOf(room)).toBe(id);
    await clock.pass(1);
    expect(grantOf(room)).toBeUndefined();
    expect(records).toMatchObject([
      { kind: 'grant', step: 'granted', grant: { id, requestedBy: 'ann', approvedBy: 'bo' }, by: BO },
      { kind: 'grant', step: 'expired', grant: { id } },
    ]);
    expect(records[1]).not.toHaveProperty('by');
  });

  it('outlives a restart, and its end is recorded once', async () => {
    const first = open();
    const { id } = await given(first.room, first.clock);
    first.room.close();
    const second = open(first);
    expect(grantOf(second.room)).toBe(id);
    await second.clock.pass(HOUR_MS);
    const third = open(first);
    expect([second.records.length, third.records.length]).toEqual([1, 0]);
    expect(third.room.grants.list()).toMatchObject([{ id, expired: true }]);
  });

  it('covers who it names, of its tenant, and what it names', async () => {
    const { room, clock } = open();
    const { id } = await given(room, clock, {
      who: 'group/legal',
      tenant: 'acme',
      resource: { kind: 'data-source', id: 'contract*' },
    });
    const member: Principal = { ...PRINCIPAL, tenant: 'acme', groups: ['legal'] };
    expect(grantOf(room, member)).toBe(id);
    expect(grantOf(room, member, 'payroll')).toBeUndefined();
    expect(grantOf(room, { ...member, tenant: 'default' })).toBeUndefined();
    expect(grantOf(room, { ...member, groups: [] })).toBeUndefined();
    // A principal is no group of the same name.
    expect(grantOf(room, { ...member, groups: [], id: 'legal' })).toBeUndefined();
  });

  it('is given and taken back once that is recorded, and stays as it was where the log takes no record', async () => {
    let full = false;
    const { room, clock, records } = open({ isLogFull: () => full });
    const { id } = await given(room, clock);
    full = true;
    await expect(room.grants.revoke(id, 'left', BO)).rejects.toMatchObject({ code: 'RECORD_FAILED' });
    expect(grantOf(room)).toBe(id);
    expect(room.grants.list()[0]).not.toHaveProperty('revokedAt');
    await expect(room.grants.grant(wanted(clock), BO)).rejects.toThrow();
    expect(room.grants.open.map((grant) => grant.id)).toEqual([id]);
    full = false;
    await room.grants.revoke(id, 'left', BO);
    expect(grantOf(room)).toBeUndefined();
    expect(records.at(-1)).toMatchObject({ step: 'revoked', grant: { id }, by: BO, reason: 'left' });
    expect(await room.grants.revoke(id, 'again', BO)).toEqual({ fault: 'NOT_FOUND' });
  });

  it('is in force until its end is recorded, and has ended before whoever took it back is told', async () => {
    const held = heldLog();
    const { room, clock, records } = open({ untilRecorded: held.wait });
    const { id } = await given(room, clock);
    held.hold();
    const ends = [room.grants.revoke(id, 'left', BO), room.grants.revoke(id, 'left too', BO)];
    await clock.pass(0);
    expect(grantOf(room)).toBe(id);
    held.release();
    expect(await Promise.all(ends)).toMatchObject([{ id, revokedBy: 'bo' }, { fault: 'NOT_FOUND' }]);
    expect(grantOf(room)).toBeUndefined();
    expect(records.map((record) => record.kind === 'grant' && record.step)).toEqual(['granted', 'revoked']);
  });

  it('has one end, where its time passes while it is being taken back', async () => {
    const held = heldLog();
    let full = false;
    const { room, clock, records } = open({ untilRecorded: held.wait, isLogFull: () => full });
    const stepsOf = (id: string) =>
      records.flatMap((record) => (record.kind === 'grant' && record.grant.id === id ? [record.step] : []));
    const [first, second] = [await given(room, clock), await given(room, clock)];
    held.hold();
    const ends = [first, second].map(({ id }) => room.grants.revoke(id, 'left', BO).catch(() => 'failed'));
    await clock.pass(HOUR_MS);
    expect(grantOf(room)).toBeUndefined();
    held.release();
    expect(await Promise.all(ends)).toMatchObject([{ revokedBy: 'bo' }, { revokedBy: 'bo' }]);
    await clock.pass(1);
    expect([first, second].map(({ id }) => stepsOf(id))).toEqual([
      ['granted', 'revoked'],
      ['granted', 'revoked'],
    ]);
    // Where that comes to nothing, its time ends it after all.
    const third = await given(room, clock);
    held.hold();
    full = true;
    const failing = room.grants.revoke(third.id, 'left', BO).catch(() => {
      full = false;
      return 'failed';
    });
    await clock.pass(HOUR_MS);
    held.release();
    expect(await failing).toBe('failed');
    expect(grantOf(room)).toBeUndefined();
    expect(room.grants.open).toEqual([]);
  });

  it.each([
    ['by who asked for it', { requestedBy: 'bo' }, 'ACCESS_DENIED'],
    ['by who asked for it, spelt otherwise', { requestedBy: ' BO ' }, 'ACCESS_DENIED'],
    ['by whom it is for', { who: 'user/bo' }, 'ACCESS_DENIED'],
    ['of a model, to read data', { resource: { kind: 'model' } }, 'BODY_SHAPE'],
    ['for no time', { until: '2026-01-01T00:00:00Z' }, 'BODY_SHAPE'],
    ['for longer than may be', { until: '2026-02-01T00:00:00Z' }, 'BODY_SHAPE'],
    ['for a time that is over', { from: '2025-12-01T00:00:00Z', until: '2025-12-02T00:00:00Z' }, 'BODY_SHAPE'],
  ] satisfies [string, Partial<NewGrant>, string][])('is not given %s', async (_name, over, fault) => {
    const { room, clock, records } = open();
    expect(await room.grants.grant(wanted(clock, over), BO)).toMatchObject({ fault });
    expect([room.grants.list(), records]).toEqual([[], []]);
  });

  it('may be as long as configuration says, and no longer', async () => {
    const { room, clock } = open();
    expect(await given(room, clock, { until: '2026-01-31T00:00:00.000Z' })).toHaveProperty('id');
    const tooLong = wanted(clock, { until: '2026-01-31T00:00:00.001Z' });
    expect(await room.grants.grant(tooLong, BO)).toEqual({ fault: 'BODY_SHAPE', at: '/until' });
  });
});

describe('entities', () => {
  const groupsOf = (room: AccessRoom, over: Partial<Principal> = {}) =>
    room.directory.member({ ...PRINCIPAL, ...over }).groups;

  it('are taken from the admin API, recorded, and taken back', async () => {
    const { room, records, folder } = open();
    const said = { by: BO, reason: 'joined' };
    await room.put({ section: 'principals', name: 'service/test' }, { groups: ['legal'] }, said);
    await room.put({ section: 'groups', name: 'legal' }, { parents: ['staff'] }, said);
    expect(groupsOf(room)).toEqual(['legal', 'staff']);
    expect(groupsOf(room, { tenant: 'other' })).toEqual([]);
    expect(groupsOf(room, { groups: ['own'] })).toEqual(['own', 'legal', 'staff']);
    expect(groupsOf(open({ folder }).room)).toEqual(['legal', 'staff']);
    expect(await room.put({ section: 'groups', name: 'x' }, { parents: 7 }, said)).toMatchObject({
      fault: 'BODY_SHAPE',
    });
    expect(await room.put({ section: 'grants', name: 'x' }, {}, said)).toEqual({ fault: 'NOT_FOUND' });
    await room.remove({ section: 'principals', name: 'service/test' }, said);
    expect(groupsOf(room)).toEqual([]);
    expect(await room.remove({ section: 'principals', name: 'service/test' }, said)).toEqual({ fault: 'NOT_FOUND' });
    expect(records).toMatchObject([
      { kind: 'entity', step: 'put', section: 'principals', value: { groups: ['legal'], tenant: 'default' }, by: BO },
      { kind: 'entity', step: 'put', section: 'groups' },
      { kind: 'entity', step: 'removed', section: 'principals', name: 'service/test', reason: 'joined' },
    ]);
  });

  it('of a file are read again when it changes, and the last good ones stay in force', async () => {
    const folder = folderOf();
    const write = (text: string) => writeFileSync(join(folder, 'entities.yaml'), text);
    write('principals: { service/test: { groups: [one] } }');
    const { room, clock, reloads } = open({ folder, file: 'entities.yaml' });
    expect(groupsOf(room)).toEqual(['one']);
    write('principals: { service/test: { groups: [two] } }\ngrants: { g: { who: nobody } }');
    await clock.pass(REREAD_MS);
    expect(groupsOf(room)).toEqual(['one']);
    expect(room.report().problems[0]).toMatchObject({ line: 2 });
    write('principals: { service/test: { groups: [two] } }');
    await clock.pass(REREAD_MS);
    expect(groupsOf(room)).toEqual(['two']);
    expect([room.report().problems, reloads.at(-1)]).toEqual([[], []]);
    rmSync(join(folder, 'entities.yaml'));
    await clock.pass(REREAD_MS);
    expect(groupsOf(room)).toEqual(['two']);
  });

  it('of a file stay as they are while the store is broken, and are read again when it is not', async () => {
    const folder = folderOf();
    const write = (group: string) =>
      writeFileSync(join(folder, 'entities.yaml'), `principals: { service/test: { groups: [${group}] } }`);
    write('one');
    let broken = false;
    const { room, clock, reported } = open({ folder, file: 'entities.yaml', isStoreBroken: () => broken });
    broken = true;
    write('two');
    await clock.pass(REREAD_MS);
    expect([groupsOf(room), reported]).toEqual([['one'], ['STORE_BROKEN']]);
    broken = false;
    await clock.pass(REREAD_MS);
    expect(groupsOf(room)).toEqual(['two']);
  });

  it('may be groups of each other: whoever is in one is in both', async () => {
    const { room } = open();
    const said = { by: BO, reason: '' };
    await room.put({ section: 'groups', name: 'a' }, { parents: ['b'] }, said);
    await room.put({ section: 'groups', name: 'b' }, { parents: ['a'] }, said);
    expect([...groupsOf(room, { groups: ['a'] })].sort()).toEqual(['a', 'b']);
  });
});
