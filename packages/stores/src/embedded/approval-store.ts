import { join } from 'node:path';
import type { ApprovalStore, StoredApproval } from '@sallyport/core';
import { asBytes, bytesOf, textOf } from './columns.ts';
import { ensureDataFolder, guarded, openDatabase } from './data-folder.ts';
import { createSealedBox, type SealedBox } from './sealed-box.ts';
import type { Sqlite } from './sqlite.js';

const APPROVALS_FILE = 'approvals.db';
const APPROVALS_LAYOUT = 1;
const APPROVALS_SCHEMA = 'CREATE TABLE IF NOT EXISTS approvals (id TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT';

export interface EmbeddedApprovals extends ApprovalStore {
  close(): void;
}

/**
 * The approvals of a data folder. They hold what a call would do, so each is sealed; when one has ended, its row goes.
 * A write is on the disk when it returns: what was used once must not come back after a power cut. Cost: a flush each.
 * @throws {SallyportError} `STORE_BROKEN`
 */
export function openApprovals(dataFolder: string, key: Uint8Array): EmbeddedApprovals {
  const path = join(ensureDataFolder(dataFolder), APPROVALS_FILE);
  const db = openDatabase({
    path,
    schema: APPROVALS_SCHEMA,
    version: APPROVALS_LAYOUT,
    options: { synchronous: 'FULL' },
  });
  return new SqliteApprovals(db, path, createSealedBox(key));
}

/** Of an earlier version, which said less of a call: nobody may decide on that, and the agent asks anew. */
type Kept = StoredApproval | Omit<StoredApproval, 'toolGroups' | 'provenance'>;

function isWhole(kept: Kept): kept is StoredApproval {
  return 'toolGroups' in kept && 'provenance' in kept;
}

class SqliteApprovals implements EmbeddedApprovals {
  readonly #db: Sqlite;
  readonly #path: string;
  readonly #box: SealedBox;

  constructor(db: Sqlite, path: string, box: SealedBox) {
    this.#db = db;
    this.#path = path;
    this.#box = box;
  }

  all(): readonly StoredApproval[] {
    const rows = guarded(this.#path, () =>
      this.#db.statement(`SELECT ${asBytes('id', 'sealed')} FROM approvals`).all([]),
    );
    const kept = rows.map(([id, sealed]) => JSON.parse(this.#box.open(bytesOf(sealed), textOf(id))) as Kept);
    return kept.filter(isWhole);
  }

  put(approval: StoredApproval): void {
    const sealed = this.#box.seal(JSON.stringify(approval), approval.id);
    const sql =
      'INSERT INTO approvals (id, sealed) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed';
    guarded(this.#path, () => this.#db.statement(sql).run([approval.id, sealed]));
  }

  remove(id: string): void {
    guarded(this.#path, () => this.#db.statement('DELETE FROM approvals WHERE id = ?').run([id]));
  }

  close(): void {
    this.#db.close();
  }
}
