import { Heartbeat } from './heartbeat.ts';
import type { Client, House } from './house.ts';

export interface LineParts {
  readonly client: Client;
  readonly after: House['clock']['after'];
  /** Makes sure that the client has the answer's head. @returns whether it may still be written to */
  readonly open: () => Promise<boolean>;
}

/** What the client shows when it reads over a sign of life, and after how much silence it gets one. */
export interface SignOfLife {
  readonly bytes: Uint8Array;
  readonly everyMs: number;
}

/** The line to the client of a stream: what is released, and signs of life while something is held. */
export class ClientLine {
  private readonly parts: LineParts;
  private writing = false;
  private heart: Heartbeat | undefined;
  private stopped = false;

  constructor(parts: LineParts) {
    this.parts = parts;
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.heart?.sent();
    this.writing = true;
    try {
      await this.parts.client.write(bytes);
    } finally {
      this.writing = false;
    }
  }

  /** Says whether something is held now. */
  waits(held: boolean, sign: SignOfLife): void {
    if (this.heart === undefined) {
      if (!held || sign.bytes.length === 0 || this.stopped) return;
      const beat = () => this.beat(sign.bytes);
      this.heart = new Heartbeat({ everyMs: sign.everyMs, after: this.parts.after, beat });
    }
    this.heart.watch(held);
  }

  /** No sign of life any more: the answer comes to its end. */
  calm(): void {
    this.stopped = true;
    this.heart?.stop();
  }

  get isCalm(): boolean {
    return this.stopped;
  }

  private async beat(bytes: Uint8Array): Promise<void> {
    if (this.writing) return;
    if (!(await this.parts.open())) return;
    await this.write(bytes);
  }
}
