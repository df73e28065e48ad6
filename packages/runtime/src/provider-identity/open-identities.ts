import { IDENTITY_KEY, type Recorder, type SallyportError } from '@sallyport/core';
import { readRecords } from '@sallyport/record';
import { after, nowMs } from '../clock.ts';
import type { StandingParts } from '../open-house-contract.ts';
import { IdentityLedger } from './identity-ledger.ts';

export interface OpeningIdentities extends Pick<StandingParts, 'config' | 'store'> {
  readonly recorder: Recorder;
  readonly report: (error: SallyportError) => void;
}

/** The ledger of a house that stands: it knows what its log says, and learns from the log's end how answers usually come. */
export function openIdentities({ config, store, recorder, report }: OpeningIdentities): IdentityLedger {
  const { enabled, tailRecords } = config.monitor;
  const ledger = new IdentityLedger({
    enabled,
    recorder,
    keptDays: config.audit.retention?.days,
    timeline: () => readRecords(store, { exchange: IDENTITY_KEY }),
    clock: { nowMs, dateMs: Date.now, after },
    defer: setImmediate,
    report,
  });
  if (enabled) ledger.learn(readRecords(store, { from: Math.max(store.first, store.size - tailRecords) }));
  return ledger;
}
