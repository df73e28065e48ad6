export interface TransportClock {
  /** Monotonic, milliseconds. */
  readonly nowMs: () => number;
  /** Runs something once, later. @returns how to call it off */
  readonly after: (ms: number, run: () => void) => () => void;
}
