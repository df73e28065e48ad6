import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type AuditRecord, SallyportError, type TreeHead } from '@sallyport/core';
import {
  decodeRecord,
  type ExchangePage,
  exportLines,
  type IndexedRecord,
  type LogReport,
  listExchanges,
  type PageQuery,
  type RecordFilter,
  readRecords,
  verifyLog,
} from '@sallyport/record';
import { openInstallKeys, openRecordReader } from '@sallyport/stores';

export type {
  ExchangePage,
  IndexedRecord,
  LogProblem,
  LogReport,
  PageQuery,
  RecordedExchange,
  RecordFilter,
} from '@sallyport/record';

export interface TrailVerification {
  /** PEM file with the log's public key, as an auditor keeps it; default: the install's own. */
  readonly publicKeyFile?: string | undefined;
  /** Heads that were kept elsewhere: the log must still hold what they cover. */
  readonly known?: readonly TreeHead[];
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
  close(): Promise<void>;
}

/** @throws {SallyportError} `STORE_BROKEN` when there is no log in the folder, or a newer release wrote it */
export function openAuditTrail(dataFolder: string): AuditTrail {
  const reader = openRecordReader(dataFolder);
  return {
    get size() {
      return reader.size;
    },
    list: (query) => listExchanges(reader, query),
    records: (filter) => readRecords(reader, filter),
    lines: (filter) => exportLines(reader, filter),
    verify: async ({ publicKeyFile, ...options } = {}) => {
      const publicKey =
        publicKeyFile === undefined ? openInstallKeys(dataFolder).publicKey : readPublicKey(publicKeyFile);
      return verifyLog(reader, publicKey, options);
    },
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

function readPublicKey(file: string) {
  try {
    return createPublicKey(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new SallyportError('NOT_FOUND', { detail: `${file} does not hold a public key`, cause });
  }
}
