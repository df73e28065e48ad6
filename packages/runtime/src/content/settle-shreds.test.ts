import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditRecord, PayloadContent, PayloadStore, Subject } from '@sallyport/core';
import { type AuditLog, createAuditLog, openRetention, readRecords, verifyLog } from '@sallyport/record';
import {
  createKeyEncryption,
  openInstallKeys,
  openPayloadStore,
  openRecordStore,
  openTileFolder,
} from '@sallyport/stores';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ContentOffice } from './content-office.ts';
import { settleShreds } from './settle-shreds.ts';

const THEN = '2026-03-01T00:00:00.000Z';
const LATER = '2026-09-01T00:00:00.000Z';
const SUBJECT: Subject = { kind: 'user', name: 'default/user/ann' };
const OTHER: Subject = { kind: 'user', name: 'default/user/joe' };
const OPERATOR = { kind: 'user', id: 'officer', tenant: 'default', groups: [] } as const;
const content: PayloadContent = { texts: [], values: [] };
const keys = createKeyEncryption(() => Buffer.alloc(32, 1).toString('base64'));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-shreds-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Opened {
  readonly log: AuditLog;
  readonly payloads: PayloadStore;
  readonly settled: number;
  readonly records: (kind: AuditRecord['kind']) => readonly AuditRecord[];
  readonly archive: () => Promise<number>;
}

/** A data folder as a start opens it, then what the test does. */
async function during<T>(what: (opened: Opened) => Promise<T>): Promise<T> {
  const { origin, signingKey, publicKey } = openInstallKeys(folder);
  const store = openRecordStore(folder, { audit: 'relaxed' });
  const log = await createAuditLog({ store, origin, signingKey, publicKey, markEveryLeaves: 64 });
  const payloads = openPayloadStore(folder, { subjectKey: Buffer.alloc(32, 2), keys });
  const archive = async () => {
    const files = openTileFolder(join(folder, 'archive'));
    const terms = { days: 30, lock: true };
    const retention = await openRetention({ store, recorder: log, files, terms, publicKey, origin, iso: () => LATER });
    return (await retention.run()).first;
  };
  try {
    const settled = await settleShreds(store, payloads);
    const records = (kind: AuditRecord['kind']) => Array.from(readRecords(store, { kind }), ({ record }) => record);
    const done = await what({ log, payloads, settled, records, archive });
    await log.close();
    expect(await verifyLog(store, publicKey)).toMatchObject({ ok: true });
    return done;
  } finally {
    payloads.close();
    await log.close();
    await store.close();
  }
}

const held = (payloads: PayloadStore, subject: Subject) => payloads.ofSubject(subject, { after: 0, limit: 10 });

function officeOf({ log, payloads }: Opened): ContentOffice {
  const engine = () => {
    throw new Error('erasing asks no policy');
  };
  return new ContentOffice({ store: payloads, keys, recorder: log, engine, records: () => [], iso: () => THEN });
}

/** Keeps content of two, copies the store, erases one of them, and lets the log grow past it. */
async function eraseAndGrow(): Promise<void> {
  await during(async ({ payloads }) => {
    await payloads.keep({ exchange: 'x1', part: 'request', subject: SUBJECT, content });
    await payloads.keep({ exchange: 'x2', part: 'request', subject: OTHER, content });
  });
  copyFileSync(join(folder, 'payloads.db'), join(folder, 'older.db'));
  await during(async (opened) => {
    const erased = await officeOf(opened).erase(SUBJECT, { by: OPERATOR, via: 'terminal', reason: 'request 4' });
    expect(erased).toMatchObject({ keys: 1, payloads: 1 });
    for (let n = 0; n < 600; n += 1) {
      await opened.log.append({ v: 1, kind: 'interrupted', exchange: `y${n}`, at: THEN });
    }
    await opened.log.seal();
  });
}

function putOlderStoreBack(): void {
  for (const end of ['', '-wal', '-shm']) rmSync(join(folder, `payloads.db${end}`), { force: true });
  copyFileSync(join(folder, 'older.db'), join(folder, 'payloads.db'));
}

describe('settleShreds()', () => {
  it('destroys again what an older copy of the store brings back', async () => {
    await eraseAndGrow();
    putOlderStoreBack();
    await during(async ({ payloads, settled }) => {
      expect(settled).toBe(2);
      expect(await held(payloads, SUBJECT)).toEqual([]);
      expect(await held(payloads, OTHER)).toHaveLength(1);
    });
    await during(async ({ settled }) => expect(settled).toBe(0));
  });

  it('does so too when retention has let the record of the erasure go', async () => {
    await eraseAndGrow();
    await during(async ({ archive, records }) => {
      expect(await archive()).toBe(512);
      expect(records('shred')).toMatchObject([{ at: LATER, again: 0, generations: 1, reason: 'request 4' }]);
      await archive();
      expect(records('shred')).toHaveLength(1);
    });
    putOlderStoreBack();
    await during(async ({ payloads, settled }) => {
      expect(settled).toBe(2);
      expect(await held(payloads, SUBJECT)).toEqual([]);
      expect(await held(payloads, OTHER)).toHaveLength(1);
    });
  });
});
