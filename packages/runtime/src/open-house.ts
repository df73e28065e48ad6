import type { Provider } from '@sallyport/core';
import { createAuditLog } from '@sallyport/record';
import {
  lockDataFolder,
  openApprovals,
  openInstallKeys,
  openKeyStore,
  openLedger,
  openPayloadStore,
  openRecordStore,
  openToolPins,
} from '@sallyport/stores';
import { createFingerprinter } from '@sallyport/text';
import type { Config } from './config/index.ts';
import { openContentKeys, requireContentKeys } from './content/open-content-keys.ts';
import { settleShreds } from './content/settle-shreds.ts';
import { type HouseHooks, type OpenHouse, StandingHouse } from './house.ts';
import { openInspectors } from './inspectors.ts';
import { openPolicyRoom } from './policies.ts';
import { openProvider } from './providers/open-provider.ts';

/**
 * Opens the house from its configuration: locks the data folder, reads the install's secrets, recovers the log, loads the
 * policies. What it opened it closes again when a later step fails.
 * @throws {SallyportError} `STORE_LOCKED`, `STORE_BROKEN`, `POLICY_INVALID`, `CONFIG_INVALID`, `CONTENT_KEY_MISSING`
 */
export async function openHouse(config: Config, hooks: HouseHooks = {}): Promise<OpenHouse> {
  const closers: (() => void | Promise<void>)[] = [];
  const closeAll = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const lock = lockDataFolder(config.data);
    closers.push(() => lock.release());
    await hooks.onHeld?.();
    const install = openInstallKeys(config.data);
    const store = openRecordStore(config.data, { audit: config.audit });
    closers.push(() => store.close());
    const audit = await createAuditLog({
      store,
      signingKey: install.signingKey,
      publicKey: install.publicKey,
      origin: install.origin,
      onSealFailed: () => hooks.onNotice?.({ kind: 'head-not-saved' }),
    });
    closers.push(() => audit.close());
    const keyStore = openKeyStore(config.data);
    closers.push(() => keyStore.close());
    const ledger = openLedger(config.data, config.ledger);
    closers.push(() => ledger.close());
    const approvalStore = openApprovals(config.data, install.approvalKey);
    closers.push(() => approvalStore.close());
    const pinStore = openToolPins(config.data, install.toolKey);
    closers.push(() => pinStore.close());
    const contentKeys = openContentKeys(config.content);
    const { subjectKey } = install;
    const payloads = openPayloadStore(config.data, { subjectKey, keys: contentKeys, audit: config.audit });
    closers.push(() => payloads.close());
    const erasedAgain = await settleShreds(store, payloads);
    if (erasedAgain > 0) hooks.onNotice?.({ kind: 'erased-again', rows: erasedAgain });
    await requireContentKeys(config.content, contentKeys, payloads);
    const inspectors = openInspectors(config, createFingerprinter(install.fingerprintKey));
    const room = openPolicyRoom({
      policies: config.policies,
      findingTypes: inspectors.findingTypes,
      onReload: (problems) =>
        hooks.onNotice?.(
          problems.length > 0
            ? { kind: 'policies-refused', problems }
            : { kind: 'policies-reloaded', policySet: room.holder.policySet },
        ),
    });
    closers.push(() => room.close());
    const providers = openProviders(config);
    closers.push(async () => {
      await Promise.all([...providers.values()].map((provider) => provider.close()));
    });
    return new StandingHouse({
      config,
      hooks,
      install,
      store,
      audit,
      keyStore,
      ledger,
      approvalStore,
      pinStore,
      payloads,
      contentKeys,
      inspectors,
      room,
      providers,
      closeAll,
    });
  } catch (error) {
    await closeAll();
    throw error;
  }
}

function openProviders(config: Config): ReadonlyMap<string, Provider> {
  const { maxAnswerBytes } = config.limits;
  return new Map(
    Object.values(config.providers).map((provider) => [provider.name, openProvider(provider, maxAnswerBytes)]),
  );
}
