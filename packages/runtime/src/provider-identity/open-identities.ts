import { CANARY_KEY, IDENTITY_KEY, type Recorder, type SallyportError } from '@sallyport/core';
import { readRecords } from '@sallyport/record';
import { createFingerprinter } from '@sallyport/text';
import { after, nowMs } from '../clock.ts';
import type { StandingParts } from '../open-house-contract.ts';
import { CanaryRoom } from './canary-room.ts';
import { DigestRoom } from './digest-room.ts';
import { IdentityLedger } from './identity-ledger.ts';

export interface OpeningIdentities extends Pick<StandingParts, 'config' | 'store' | 'providers' | 'install'> {
  readonly recorder: Recorder;
  readonly report: (error: SallyportError) => void;
}

/**
 * The ledger of a house that stands, and the canaries and digests that tell it more: both know what the log says, and the ledger learns from the log's
 * end how answers usually come.
 */
export function openIdentities({ config, store, providers, install, recorder, report }: OpeningIdentities): {
  readonly ledger: IdentityLedger;
  readonly canaries: CanaryRoom;
  readonly digests: DigestRoom;
} {
  const { enabled, tailRecords, canaries: configured } = config.monitor;
  const clock = { nowMs, dateMs: Date.now, after };
  const ledger = new IdentityLedger({
    enabled,
    recorder,
    keptDays: config.audit.retention?.days,
    timeline: () => readRecords(store, { exchange: IDENTITY_KEY }),
    clock,
    defer: setImmediate,
    report,
    onApproved: (name) => canaries.approved(name),
  });
  const canaries = new CanaryRoom({
    canaries: enabled ? configured : [],
    provider: (name) => providers.get(name),
    recorder,
    records: () => readRecords(store, { exchange: CANARY_KEY }),
    fingerprint: createFingerprinter(install.fingerprintKey),
    approvedAt: (name) => ledger.approvedAt(name),
    clock,
    random: Math.random,
    onSigns: (name, signs) => ledger.suspect(name, signs),
    report,
  });
  if (enabled) ledger.learn(readRecords(store, { from: Math.max(store.first, store.size - tailRecords) }));
  const digests = new DigestRoom({
    digests: enabled ? config.monitor.digests : [],
    provider: (name) => providers.get(name),
    ledger,
    after,
    report,
  });
  return { ledger, canaries, digests };
}
