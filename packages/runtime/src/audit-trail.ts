import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type AuditRecord, SallyportError, type TreeHead } from '@sallyport/core';
import {
  type Checkpoint,
  checkpointText,
  decodeRecord,
  type ExchangePage,
  exportLines,
  exportTiles,
  type IndexedRecord,
  type LogReport,
  listExchanges,
  type PageQuery,
  type ProvedLeaf,
  proveGrowth,
  proveLeaf,
  type RecordFilter,
  readRecords,
  type TilesWritten,
  type VerifierKey,
  verifierKey,
  verifyLog,
  vkeyText,
} from '@sallyport/record';
import { openInstallKeys, openRecordReader, openTileFolder } from '@sallyport/stores';

export type {
  ExchangePage,
  IndexedRecord,
  LogProblem,
  LogReport,
  PageQuery,
  ProvedLeaf,
  RecordedExchange,
  RecordFilter,
  TilesWritten,
} from '@sallyport/record';

export interface TrailVerification {
  /** The log's public key as an auditor keeps it; default: the install's own. */
  readonly publicKey?: KeyObject | undefined;
  /** The log's name, where it was kept with the key. */
  readonly origin?: string;
  /** Heads that were kept elsewhere: the log must still hold what they cover. */
  readonly known?: readonly TreeHead[];
  /** The same as checkpoints, each signed by all witnesses. */
  readonly checkpoints?: readonly Checkpoint[];
  readonly witnesses?: readonly VerifierKey[];
  /** Folder of the archive: what it holds is checked too. */
  readonly archive?: string | undefined;
  readonly onProgress?: (leaves: number) => void;
}

/** The audit log of a data folder, read beside a gateway that may be writing it. */
export interface AuditTrail {
  /** Leaves. */
  readonly size: number;
  /** The newest exchanges first. */
  list(query?: PageQuery): ExchangePage;
  records(filter: RecordFilter): Iterable<IndexedRecord>;
  /** Records as stored, a line each. */
  lines(filter?: RecordFilter): Iterable<string>;
  verify(options?: TrailVerification): Promise<LogReport>;
  /** The last head as a C2SP checkpoint, with what witnesses signed of it. Undefined before the first. */
  checkpoint(): string | undefined;
  /** The log's public key as a line that names the log. */
  vkey(): string;
  /** Writes the log as C2SP tiles into the folder, or goes on with what is there. */
  exportTiles(folder: string, onProgress?: (leaves: number) => void): Promise<TilesWritten>;
  /** @throws {SallyportError} `NOT_FOUND` */
  prove(index: number, archive?: string): Promise<ProvedLeaf>;
  /** That the log begins with what a head over `oldSize` leaves covers. @throws {SallyportError} `NOT_FOUND` */
  proveGrowth(oldSize: number): string;
  close(): Promise<void>;
}

/** @throws {SallyportError} `STORE_BROKEN` when there is no log in the folder, or another release wrote it */
export function openAuditTrail(dataFolder: string): AuditTrail {
  const reader = openRecordReader(dataFolder);
  const install = () => openInstallKeys(dataFolder);
  const filesIn = (folder: string | undefined) => (folder === undefined ? undefined : openTileFolder(folder));
  return {
    get size() {
      return reader.size;
    },
    list: (query) => listExchanges(reader, query),
    records: (filter) => readRecords(reader, filter),
    lines: (filter) => exportLines(reader, filter),
    verify: async ({ publicKey = install().publicKey, archive, ...options } = {}) => {
      const files = filesIn(archive);
      return verifyLog(reader, publicKey, { ...options, ...(files !== undefined && { archive: files }) });
    },
    checkpoint: () => {
      const head = reader.head();
      if (head === undefined) return undefined;
      const cosigned = [...reader.cosignatures()].filter(({ size }) => size === head.size);
      return checkpointText(
        head,
        install().publicKey,
        cosigned.map(({ line }) => line),
      );
    },
    vkey: () => {
      const { origin, publicKey } = install();
      return vkeyText(verifierKey(origin, publicKey));
    },
    exportTiles: (folder, onProgress) => {
      const { origin, publicKey } = install();
      const files = openTileFolder(folder);
      return exportTiles({ reader, files, publicKey, origin, ...(onProgress !== undefined && { onProgress }) });
    },
    prove: (index, archive) => proveLeaf({ reader, publicKey: install().publicKey, archive: filesIn(archive) }, index),
    proveGrowth: (oldSize) => proveGrowth({ reader, publicKey: install().publicKey }, oldSize),
    close: () => reader.close(),
  };
}

/** The record of one line of an export, or nothing where the line holds none. */
export function recordIn(line: string): AuditRecord | undefined {
  try {
    return decodeRecord(Buffer.from(line));
  } catch (error) {
    if (error instanceof SallyportError) return undefined;
    throw error;
  }
}

/** @throws {SallyportError} `NOT_FOUND` where the file holds no public key */
export function readPublicKey(file: string): KeyObject {
  try {
    return createPublicKey(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new SallyportError('NOT_FOUND', { detail: `${file} does not hold a public key`, cause });
  }
}
