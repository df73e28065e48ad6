import type { Terminal } from './terminal.ts';

const WIDTH = 30;
/** Often enough to look alive, seldom enough to cost nothing. */
const REDRAW_MS = 100;

/** A bar on standard error; silent where nobody watches. */
export class Progress {
  readonly #terminal: Terminal;
  readonly #label: string;
  readonly #total: number;
  readonly #nowMs: () => number;
  #done = 0;
  #drawnMs = Number.NEGATIVE_INFINITY;

  /** @param total amount of work, in whatever unit `add()` counts */
  constructor(terminal: Terminal, label: string, { total, nowMs = Date.now }: { total: number; nowMs?: () => number }) {
    this.#terminal = terminal;
    this.#label = label;
    this.#total = total;
    this.#nowMs = nowMs;
  }

  add(amount: number): void {
    this.#done += amount;
    if (!this.#terminal.watched || this.#nowMs() - this.#drawnMs < REDRAW_MS) return;
    this.#drawnMs = this.#nowMs();
    const share = this.#total === 0 ? 1 : Math.min(1, this.#done / this.#total);
    const filled = Math.round(share * WIDTH);
    const bar = `${'#'.repeat(filled)}${'-'.repeat(WIDTH - filled)}`;
    const line = `${this.#label} [${bar}] ${Math.floor(share * 100)}%`;
    this.#terminal.err(`\r${line.slice(0, this.#terminal.columns - 1)}\u001b[K`);
  }

  /** So much is done in all. */
  reach(done: number): void {
    this.add(done - this.#done);
  }

  /** Takes the bar away, so that something else can be printed; the next `add()` brings it back. */
  clear(): void {
    if (this.#drawnMs === Number.NEGATIVE_INFINITY) return;
    this.#drawnMs = Number.NEGATIVE_INFINITY;
    this.#terminal.err('\r\u001b[K');
  }
}
