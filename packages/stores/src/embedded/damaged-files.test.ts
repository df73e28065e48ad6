import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { SallyportError } from '@sallyport/core';
import { afterAll, describe, expect, it } from 'vitest';
import { claim } from '../testing/budget-claims.ts';
import { dataFolder, removeDataFolders } from '../testing/data-folders.ts';
import { openAccessStore } from './access-store.ts';
import { openApprovals } from './approval-store.ts';
import { openAuthorizations } from './authorization-store.ts';
import { openBudgetCounters } from './budget-counters.ts';
import { textOf } from './columns.ts';
import { openFeedback } from './feedback-store.ts';
import { createKeyEncryption } from './key-encryption.ts';
import { openKeyStore } from './key-store.ts';
import { openLedger } from './ledger-store.ts';
import { openPayloadStore } from './payload-store.ts';
import { Sqlite } from './sqlite.js';
import { openToolPins } from './tool-pin-store.ts';
import { openWitnessState } from './witness-store.ts';

afterAll(removeDataFolders);

const KEY = Buffer.alloc(32, 7);
const AT = '2026-01-01T00:00:00.000Z';
const PRINCIPAL = { kind: 'agent', id: 'a', tenant: 'default', groups: [] } as const;
const OWNER = { tenant: 'default', principal: { kind: 'agent', id: 'a' }, route: 'all', protocol: 'p' } as const;
const BOUNDS = { maxEntries: 100, maxAgeDays: 36_500 };
const CLOCK = { nowMs: () => 0, after: () => () => undefined };
const SUBJECT = { kind: 'user', name: 'default/agent/a' } as const;
const KEYS = createKeyEncryption(() => Buffer.alloc(32, 1).toString('base64'));

/** Fills the store with `isNew`, and reads all that is in it. */
type Store = (folder: string, isNew: boolean) => Promise<void>;

const STORES: readonly (readonly [file: string, store: Store])[] = [
  [
    'approvals.db',
    async (folder, isNew) => {
      const store = openApprovals(folder, KEY);
      using(store, () => {
        if (isNew) {
          store.put({
            id: 'apr_1',
            binding: 'b',
            status: 'pending',
            askedMs: 1,
            expiresMs: 2,
            exchange: 'x1',
            route: 'all',
            protocol: 'p',
            principal: PRINCIPAL,
            tool: 't',
            arguments: '{}',
            toolGroups: [],
            provenance: [],
            policies: [],
            policySet: 'p',
          });
        }
        store.all();
      });
    },
  ],
  [
    'authorizations.db',
    async (folder, isNew) => {
      const store = openAuthorizations(folder, KEY);
      using(store, () => {
        const about = { server: 's', issuer: 'i', redirectUri: 'r', clientId: 'c' };
        if (isNew) store.clients.put(['s'], about);
        store.clients.all();
        store.clients.get(['s']);
      });
    },
  ],
  [
    'tools.db',
    async (folder, isNew) => {
      const store = openToolPins(folder, KEY);
      using(store, () => {
        if (isNew) store.put([{ id: 'pin_1', ownerId: 'o1', owner: OWNER, name: 't', trusted: [], waiting: [] }]);
        store.list(10);
        store.of('o1');
      });
    },
  ],
  [
    'feedback.db',
    async (folder, isNew) => {
      const store = openFeedback(folder);
      using(store, () => {
        if (isNew) store.put({ exchange: 'e1', at: AT, by: 'admin', verdict: 'missed', scores: [] });
        store.list(10);
        store.get('e1');
      });
    },
  ],
  [
    'ledger.db',
    async (folder, isNew) => {
      const store = openLedger(folder, BOUNDS);
      using(store, () => {
        const kept = { tenant: 'default', principal: OWNER.principal, protocol: 'p', route: 'all', provider: 'p' };
        if (isNew) store.put([{ id: 'resp_1', model: 'm', placed: [], at: AT, ...kept }]);
        store.get('resp_1');
      });
    },
  ],
  [
    'keys.db',
    async (folder, isNew) => {
      const store = openKeyStore(folder);
      using(store, () => {
        const terms = { scope: { tools: [] }, expiresAt: AT, certificate: 'c', revokedAt: AT };
        if (isNew) store.put({ name: 'k', hmac: 'h', principal: PRINCIPAL, createdAt: AT, ...terms });
        store.list();
      });
    },
  ],
  [
    'access.db',
    async (folder, isNew) => {
      const store = openAccessStore(folder);
      using(store, () => {
        if (isNew) {
          const time = { from: AT, until: AT, reason: 'r', requestedBy: 'ann', approvedBy: 'bo' };
          const resource = { kind: 'data-source', id: 'd' } as const;
          store.putGrant({ id: 'grn_1', who: 'agent/a', tenant: 'default', actions: ['read-data'], resource, ...time });
          store.putEntity({ section: 'groups', name: 'g', value: {} });
        }
        store.entities();
        store.grants();
      });
    },
  ],
  [
    'budgets.db',
    async (folder, isNew) => {
      const store = openBudgetCounters(folder, CLOCK);
      using(store, () => {
        if (isNew) store.take([claim()]);
        store.standing('k');
      });
    },
  ],
  [
    'payloads.db',
    async (folder, isNew) => {
      const store = openPayloadStore(folder, { subjectKey: KEY, keys: KEYS });
      try {
        if (isNew) {
          const content = { texts: [], values: [] };
          await store.keep({ exchange: 'x1', part: 'request', subject: SUBJECT, content });
          await store.shred({ subject: store.recorded({ kind: 'user', name: 'other' }).id, generations: 1 });
        }
        await store.of('x1');
        await store.ofSubject(SUBJECT, { after: 0, limit: 10 });
        store.keyIds();
      } finally {
        store.close();
      }
    },
  ],
  [
    'witness.db',
    async (folder, isNew) => {
      const store = openWitnessState(folder);
      using(store, () => {
        if (isNew) store.advance(0, { origin: 'a', size: 1, root: Buffer.alloc(32), checkpoint: 'c' });
        store.get('a');
      });
    },
  ],
];

function using(store: { close(): void }, use: () => void): void {
  try {
    use();
  } finally {
    store.close();
  }
}

interface Column {
  readonly table: string;
  readonly column: string;
}

function textColumns(db: Sqlite): readonly Column[] {
  const tables = db.statement("SELECT CAST(name AS BLOB) FROM sqlite_master WHERE type = 'table'").all([]);
  return tables.flatMap(([name]) => {
    const table = textOf(name);
    const columns = db.statement(`SELECT name, type FROM pragma_table_info('${table}')`).all([]);
    return columns.flatMap(([column, type]) => (type === 'TEXT' ? [{ table, column: String(column) }] : []));
  });
}

describe('a file that was damaged or edited', () => {
  it.each(STORES)('never ends the process: %s with a text that is no UTF-8, or no JSON', async (file, store) => {
    const fresh = dataFolder();
    await store(fresh, true);
    expect(readdirSync(fresh)).toContain(file);
    const probe = new Sqlite(join(fresh, file));
    const columns = textColumns(probe);
    probe.close();
    expect(columns.length).toBeGreaterThan(0);
    let changed = 0;
    for (const { table, column } of columns) {
      for (const damage of ["CAST(X'FFFE80' AS TEXT)", "'{'"]) {
        const folder = dataFolder();
        await store(folder, true);
        const db = new Sqlite(join(folder, file));
        changed += db.statement(`UPDATE ${table} SET ${column} = ${damage} WHERE ${column} IS NOT NULL`).run([]);
        db.close();
        const error = await store(folder, false).catch((thrown: unknown) => thrown);
        if (error !== undefined) expect(error, `${table}.${column}`).toBeInstanceOf(SallyportError);
        expect(String((error as SallyportError | undefined)?.cause ?? ''), `${table}.${column}`).not.toContain('{');
      }
    }
    expect(changed).toBeGreaterThan(0);
  });
});
