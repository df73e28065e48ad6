export interface HeartbeatParts {
  /** Longest silence while something waits, milliseconds. */
  readonly everyMs: number;
  /** Runs something later. @returns how to call it off */
  readonly after: (ms: number, run: () => void) => () => void;
  /** Sends a sign of life; what goes wrong with it shows elsewhere. */
  readonly beat: () => Promise<void>;
}

/** Keeps a client's connection alive while its answer is held. Nothing runs while nothing waits. */
export class Heartbeat {
  private readonly parts: HeartbeatParts;
  private waits = false;
  private stopped = false;
  private callOff: (() => void) | undefined;

  constructor(parts: HeartbeatParts) {
    this.parts = parts;
  }

  /** Says whether something waits now. Silence is counted from when it began to, or from the last sign of life. */
  watch(waits: boolean): void {
    this.waits = waits;
    if (!waits) this.calm();
    else if (!this.stopped) this.callOff ??= this.arm();
  }

  /** Something was sent: the silence begins again. */
  sent(): void {
    if (this.callOff === undefined) return;
    this.calm();
    this.callOff = this.arm();
  }

  /** No sign of life any more. */
  stop(): void {
    this.stopped = true;
    this.calm();
  }

  get isStopped(): boolean {
    return this.stopped;
  }

  private arm(): () => void {
    return this.parts.after(this.parts.everyMs, () => {
      this.callOff = undefined;
      if (this.stopped || !this.waits) return;
      void this.parts.beat().catch(() => undefined);
      this.callOff = this.arm();
    });
  }

  private calm(): void {
    this.callOff?.();
    this.callOff = undefined;
  }
}
