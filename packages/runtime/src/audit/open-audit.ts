import type { AuditRecord, RecordStore } from '@sallyport/core';
import { type AuditLog, createAuditLog, openRetention, parseVkey, verifierKey, vkeyText } from '@sallyport/record';
import { type InstallKeys, openRecordStore, openTileFolder, publishFile } from '@sallyport/stores';
import type { Config } from '../config/index.ts';
import type { HouseHooks } from '../open-house-contract.ts';
import { startRetentionJob } from './retention-job.ts';
import { createWitnessClient } from './witness-client.ts';
import { WitnessRounds, type WitnessStatus } from './witness-rounds.ts';

/** The log's public key as a line that names the log: what verifiers of signed notes are given. */
const VKEY_FILE = 'log-vkey.txt';

export interface OpenAudit {
  readonly store: RecordStore;
  readonly log: AuditLog;
  readonly witnesses: () => readonly WitnessStatus[];
}

/** What was opened, in its order: to be closed in the other. */
type Closers = (() => void | Promise<void>)[];

/**
 * The log of a data folder with those who look after it: its witnesses, and its archive.
 * @throws {SallyportError} `STORE_BROKEN`, `CONFIG_INVALID` where a lock forbids the terms of retention
 */
export async function openAudit(
  { data, audit }: Config,
  install: InstallKeys,
  { hooks, closers }: { readonly hooks: HouseHooks; readonly closers: Closers },
): Promise<OpenAudit> {
  const { origin, publicKey, signingKey } = install;
  publishFile(data, VKEY_FILE, `${vkeyText(verifierKey(origin, publicKey))}\n`);
  const store = openRecordStore(data, { audit: audit.mode });
  closers.push(() => store.close());
  const log = await createAuditLog({
    store,
    signingKey,
    publicKey,
    origin,
    sealEvery: { leaves: audit.seal.records, ms: audit.seal.ms },
    onSealFailed: () => hooks.onNotice?.({ kind: 'head-not-saved' }),
  });
  closers.push(() => log.close());
  const append = (record: AuditRecord) => {
    hooks.onRecord?.(record);
    return log.append(record);
  };
  if (audit.retention !== undefined) {
    const { folder, days, lock } = audit.retention;
    const retention = await openRetention({
      store,
      recorder: { append },
      files: openTileFolder(folder),
      terms: { days, lock },
      publicKey,
      origin,
      iso: () => new Date().toISOString(),
    });
    const job = startRetentionJob({
      retention,
      after,
      onRun: ({ dropped, first }) => dropped > 0 && hooks.onNotice?.({ kind: 'archived', dropped, first }),
      onFailed: (error) => hooks.onNotice?.({ kind: 'not-archived', error }),
    });
    closers.push(() => job.close());
  }
  const rounds = new WitnessRounds({
    witnesses: audit.witnesses.flatMap(({ url, vkey }) => {
      const key = parseVkey(vkey);
      return key === undefined ? [] : [{ key, client: createWitnessClient(url) }];
    }),
    store,
    head: () => log.head,
    publicKey,
    everyMs: audit.witnessEveryMs,
    after,
    onStanding: (status, changed) => hooks.onNotice?.({ kind: 'witness', status, changed }),
  });
  closers.push(() => rounds.close());
  return { store, log, witnesses: () => rounds.status() };
}

function after(ms: number, action: () => void): () => void {
  const timer = setTimeout(action, ms).unref();
  return () => clearTimeout(timer);
}
