/** A signal that follows within this time is the same press: the terminal sends it to all, and npm passes its own on. */
const SAME_PRESS_MS = 500;

/** Ctrl-C and requests to end, from the moment that it is made. */
export class Interruptions {
  private heard: NodeJS.Signals[] = [];
  private waiting: ((signal: NodeJS.Signals) => void) | undefined;
  private lastMs = Number.NEGATIVE_INFINITY;

  constructor() {
    process.on('SIGINT', (signal) => this.note(signal));
    process.on('SIGTERM', (signal) => this.note(signal));
  }

  /** Resolves at the next one, at once when it came already. */
  next(): Promise<NodeJS.Signals> {
    const [signal, ...later] = this.heard;
    this.heard = later;
    if (signal !== undefined) return Promise.resolve(signal);
    return new Promise((resolve) => {
      this.waiting = resolve;
    });
  }

  private note(signal: NodeJS.Signals): void {
    const nowMs = performance.now();
    const again = nowMs - this.lastMs < SAME_PRESS_MS;
    this.lastMs = nowMs;
    if (again) return;
    const { waiting } = this;
    this.waiting = undefined;
    if (waiting === undefined) this.heard.push(signal);
    else waiting(signal);
  }
}
