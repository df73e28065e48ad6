import type { AuditClock } from '../audit-log.ts';

/** A clock that moves when a test says so. */
export class ManualClock implements AuditClock {
  #nowMs = Date.parse('2026-01-01T00:00:00.000Z');
  #timers: { readonly atMs: number; readonly action: () => void }[] = [];

  readonly iso = (): string => new Date(this.#nowMs).toISOString();

  readonly after = (ms: number, action: () => void): (() => void) => {
    const timer = { atMs: this.#nowMs + ms, action };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };

  get pending(): number {
    return this.#timers.length;
  }

  advance(ms: number): void {
    this.#nowMs += ms;
    const due = this.#timers.filter(({ atMs }) => atMs <= this.#nowMs);
    this.#timers = this.#timers.filter(({ atMs }) => atMs > this.#nowMs);
    for (const { action } of due) action();
  }
}
