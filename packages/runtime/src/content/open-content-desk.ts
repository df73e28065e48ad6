import { type AuditRecord, SallyportError } from '@sallyport/core';
import { describeProblem } from '@sallyport/policy';
import { createAuditLog, readRecords } from '@sallyport/record';
import { lockDataFolder, openInstallKeys, openPayloadStore, openRecordStore } from '@sallyport/stores';
import type { Config } from '../config/index.ts';
import { loadPolicies } from '../load-policies.ts';
import { findingTypesOf } from '../open-inspection.ts';
import { ContentOffice } from './content-office.ts';
import { openContentKeys } from './open-content-keys.ts';
import { settleShreds } from './settle-shreds.ts';

/** Content under lock while no gateway runs. */
export interface ContentDesk {
  readonly office: ContentOffice;
  close(): Promise<void>;
}

/**
 * Opens what is under lock in a data folder that no gateway holds.
 * @throws {SallyportError} `STORE_LOCKED` when one does, `STORE_BROKEN`, `POLICY_INVALID`
 */
export async function openContentDesk(config: Config): Promise<ContentDesk> {
  const closers: (() => void | Promise<void>)[] = [];
  const close = async () => {
    for (const one of closers.splice(0).reverse()) await one();
  };
  try {
    const lock = lockDataFolder(config.data);
    closers.push(() => lock.release());
    const { origin, signingKey, publicKey, subjectKey } = openInstallKeys(config.data);
    const store = openRecordStore(config.data, { audit: config.audit.mode });
    closers.push(() => store.close());
    const audit = await createAuditLog({ store, signingKey, publicKey, origin });
    closers.push(() => audit.close());
    const keys = openContentKeys(config.content);
    const payloads = openPayloadStore(config.data, { subjectKey, keys, audit: config.audit.mode });
    closers.push(() => payloads.close());
    await settleShreds(store, payloads);
    const loaded = loadPolicies(config.policies, findingTypesOf(config));
    if (!loaded.ok) {
      throw new SallyportError('POLICY_INVALID', { detail: loaded.problems.map(describeProblem).join('\n') });
    }
    const office = new ContentOffice({
      store: payloads,
      keys,
      recorder: audit,
      engine: () => loaded.engine,
      records: (exchange): readonly AuditRecord[] =>
        Array.from(readRecords(store, { exchange }), ({ record }) => record),
      iso: () => new Date().toISOString(),
    });
    return { office, close };
  } catch (error) {
    await close();
    throw error;
  }
}
