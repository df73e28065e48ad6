import type { MessageLimits } from '@sallyport/mcp';
import type { TransportClock } from './transport-clock.ts';
import type { UsageWatch } from './usage-watch.ts';

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
