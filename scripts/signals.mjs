import { constants } from 'node:os';

const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM']);

/** A signal that comes again within this time is the same one: the terminal sends it to all, and npm passes its own on. */
const SAME_PRESS_MS = 500;

/** Time for a program that is just starting to listen; then there is nothing to drain. */
const STARTING_MS = 100;

/**
 * Makes one press of Ctrl-C one signal, for whoever listens in this process, and keeps a signal that comes before anybody
 * listens. Without it the second of the pair would end the drain that the first began.
 * @param {NodeJS.Process} process
 */
export function settleSignals(process) {
  const deliver = process.emit;
  /** @type {Map<unknown, number>} */
  const heardAtMs = new Map();

  /** @type {(event: string, ...rest: unknown[]) => boolean} */
  const settled = (event, ...rest) => {
    if (SIGNALS.some((signal) => signal === event)) {
      const sinceMs = performance.now() - (heardAtMs.get(event) ?? Number.NEGATIVE_INFINITY);
      if (sinceMs < SAME_PRESS_MS) return true;
      heardAtMs.set(event, performance.now());
    }
    return Reflect.apply(deliver, process, [event, ...rest]);
  };
  process.emit = /** @type {typeof process.emit} */ (settled);

  for (const signal of SIGNALS) {
    const early = () => {
      if (process.listenerCount(signal) > 1) return;
      setTimeout(() => {
        if (process.listenerCount(signal) > 1) Reflect.apply(deliver, process, [signal, signal]);
        else process.exit(128 + constants.signals[signal]);
      }, STARTING_MS);
    };
    process.on(signal, early);
  }
}
