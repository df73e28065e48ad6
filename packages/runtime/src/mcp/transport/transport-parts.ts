import type { MessageLimits } from '@sallyport/mcp';
import type { UsageWatch } from './usage-watch.ts';

export interface TransportClock {
  /** Monotonic, milliseconds. */
  readonly nowMs: () => number;
  /** Runs something once, later. @returns how to call it off */
  readonly after: (ms: number, run: () => void) => () => void;
}

/** What ends of connections stand on. */
export interface TransportParts {
  readonly clock: TransportClock;
  /** In [0,1). */
  readonly random: () => number;
  /** How deep and how full a message may be. */
  readonly json: MessageLimits;
  /** Watches what processes use. */
  readonly usage: UsageWatch;
}
