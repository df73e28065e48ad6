import type { Effect } from '@sallyport/core';

/** What every command ends with. `scan` has codes of its own, by effect. */
export const EXIT = {
  ok: 0,
  /** The command ran and its answer is no: a broken log, a policy set that is not valid, a key that is not there. */
  negative: 1,
  /** Wrong usage, or a configuration that is not valid. */
  usage: 2,
  /** What was to be measured could not be: a drill's criterion is neither met nor failed, and it cannot be said whether something moved. */
  unmeasured: 3,
} as const;

/** What `scan` ends with: the strongest effect among all texts. */
export const EXIT_BY_EFFECT = { allow: 0, flag: 10, redact: 11, ask: 12, block: 13 } as const satisfies Record<
  Effect,
  number
>;
