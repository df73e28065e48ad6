import type { Provider } from '@sallyport/core';
import {
  type InstallKeys,
  lockDataFolder,
  openAccessStore,
  openApprovals,
  openAuthorizations,
  openBundleFloor,
  openFeedback,
  openInstallKeys,
  openKeyStore,
  openLedger,
  openMemoryStore,
  openOperatorStore,
  openPayloadStore,
  openToolPins,
} from '@sallyport/stores';
import { createFingerprinter } from '@sallyport/text';
import { openAudit } from './audit/open-audit.ts';
import { openBudgets } from './budgets/open-budgets.ts';
import { after } from './clock.ts';
import type { Config } from './config/index.ts';
import { openContentKeys, requireContentKeys } from './content/open-content-keys.ts';
import { settleShreds } from './content/settle-shreds.ts';
import { StandingHouse } from './house.ts';
import { openInspectors } from './inspectors.ts';
import type { HouseHooks, OpenHouse, StandingParts } from './open-house-contract.ts';
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
    const { store, log: audit, witnesses } = await openAudit(config, install, { hooks, closers });
    const keyStore = openKeyStore(config.data);
    closers.push(() => keyStore.close());
    const operatorStore = openOperatorStore(config.data);
    closers.push(() => operatorStore.close());
    const kept = openKept(config, install, closers);
    const approvalStore = openApprovals(config.data, install.approvalKey);
    closers.push(() => approvalStore.close());
    const accessStore = openAccessStore(config.data);
    closers.push(() => accessStore.close());
    const pinStore = openToolPins(config.data, install.toolKey);
    closers.push(() => pinStore.close());
    const authorizationStore = openAuthorizations(config.data, install.authorizationKey);
    closers.push(() => authorizationStore.close());
    const feedbackStore = openFeedback(config.data);
    closers.push(() => feedbackStore.close());
    const budgets = openBudgets(config, {
      nowMs: Date.now,
      after,
      report: (error) => hooks.onNotice?.({ kind: 'error', error, exchange: '' }),
    });
    if (budgets !== undefined) closers.push(() => budgets.close());
    const contentKeys = openContentKeys(config.content);
    const { subjectKey } = install;
    const payloads = openPayloadStore(config.data, { subjectKey, keys: contentKeys, audit: config.audit.mode });
    closers.push(() => payloads.close());
    const erasedAgain = await settleShreds(store, payloads);
    if (erasedAgain > 0) hooks.onNotice?.({ kind: 'erased-again', rows: erasedAgain });
    await requireContentKeys(config.content, contentKeys, payloads);
    const inspectors = openInspectors(config, createFingerprinter(install.fingerprintKey));
    let house: StandingHouse | undefined;
    const room = openPolicyRoom({
      policies: config.policies,
      findingTypes: inspectors.findingTypes,
      floor: openBundleFloor(config.data),
      onReload: ({ problems, inForce }) => {
        if (problems.length > 0) hooks.onNotice?.({ kind: 'policies-refused', problems });
        else hooks.onNotice?.({ kind: 'policies-reloaded', policySet: room.holder.policySet });
        if (inForce !== undefined) void house?.recordPolicySet(inForce);
      },
    });
    closers.push(() => room.close());
    const providers = openProviders(config);
    closers.push(async () => {
      await Promise.all([...providers.values()].map((provider) => provider.close()));
    });
    house = new StandingHouse({
      config,
      hooks,
      install,
      store,
      audit,
      witnesses,
      keyStore,
      operatorStore,
      ...kept,
      approvalStore,
      accessStore,
      pinStore,
      authorizationStore,
      feedbackStore,
      budgets: budgets?.office,
      payloads,
      contentKeys,
      inspectors,
      room,
      providers,
      closeAll,
    });
    await house.recordPolicySet(room.first);
    await house.operators.watch();
    return house;
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** What is known of what others keep: providers of answers, tools of what agents note. */
function openKept(
  config: Config,
  install: InstallKeys,
  closers: (() => void | Promise<void>)[],
): Pick<StandingParts, 'ledger' | 'memoryStore'> {
  const ledger = openLedger(config.data, config.ledger);
  closers.push(() => ledger.close());
  const memoryStore = openMemoryStore(config.data, install.memoryKey, config.flow.memory);
  closers.push(() => memoryStore.close());
  return { ledger, memoryStore };
}

function openProviders(config: Config): ReadonlyMap<string, Provider> {
  const { maxAnswerBytes } = config.limits;
  return new Map(
    Object.values(config.providers).map((provider) => [provider.name, openProvider(provider, maxAnswerBytes)]),
  );
}
