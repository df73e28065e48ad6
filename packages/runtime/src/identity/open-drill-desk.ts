import type { DrillMark } from '@sallyport/core';
import { openInstallKeys } from '@sallyport/stores';
import { drillBadge } from './drill-badge.ts';

/** Makes badges for the requests of one drill. */
export interface DrillDesk {
  readonly badge: (credential: string, body: string) => string;
}

/**
 * Opens the desk beside a gateway that runs on the same data folder.
 * @param drill its id is 1 to 64 of `a-z 0-9 -`
 * @throws {SallyportError} `STORE_BROKEN` when the folder cannot be read
 */
export function openDrillDesk(dataFolder: string, drill: DrillMark, dateMs: () => number = Date.now): DrillDesk {
  const { drillKey } = openInstallKeys(dataFolder);
  return {
    badge: (credential, body) => drillBadge(drill, { credential, body: Buffer.from(body) }, { drillKey, dateMs }),
  };
}
