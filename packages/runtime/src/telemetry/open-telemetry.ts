import type { SallyportError } from '@sallyport/core';
import { openLogCursor } from '@sallyport/stores';
import { after, nowMs } from '../clock.ts';
import type { StandingParts } from '../open-house-contract.ts';
import { TelemetryRoom } from './telemetry-room.ts';

/** Opens what tells other systems, as configuration says. */
export function openTelemetry(
  { config, install, store, hooks }: Pick<StandingParts, 'config' | 'install' | 'store' | 'hooks'>,
  { version }: { readonly version: string },
  report: (error: SallyportError) => void,
): TelemetryRoom {
  return new TelemetryRoom({
    telemetry: config.telemetry,
    about: { version, instance: install.origin },
    kindOf: (provider) => config.providers[provider]?.kind,
    log: { reader: store, cursor: (name, onBroken) => openLogCursor(config.data, name, onBroken) },
    defer: setImmediate,
    clock: { nowMs, dateMs: Date.now, after },
    onFailed: (sink, error) => hooks.onNotice?.({ kind: 'sink-failed', sink, error }),
    report,
  });
}
