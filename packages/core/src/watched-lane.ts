import type { CallLane } from './call-lane.ts';
import type { TextLane } from './text-lane.ts';
import { isSpoken, TextMark } from './text-mark.ts';

/** A lane of an answer under watch, with the clock of what is held of it. */
export class WatchedLane {
  readonly watch: TextLane | CallLane;
  /** Of what the assistant says: by what it will be known again. */
  readonly mark: TextMark | undefined;
  /** Characters that passed without being looked at: a limit was passed under posture `open`. */
  passed = 0;
  /** Not looked at any more. */
  unwatched = false;
  /** When what is held now began to be held. */
  private heldSinceMs: number | undefined;

  constructor(watch: TextLane | CallLane) {
    this.watch = watch;
    this.mark = isSpoken(watch.lane) ? new TextMark() : undefined;
  }

  /** Held time counts from when nothing of the text has become clear any more. @returns milliseconds that just ended */
  clock(watch: TextLane, nowMs: number): number {
    const ended = watch.takeProgress() || watch.heldChars === 0 ? this.stopClock(nowMs) : 0;
    if (watch.heldChars > 0) this.heldSinceMs ??= nowMs;
    return ended;
  }

  /** Milliseconds for which the text at hand has been held. */
  heldMs(nowMs: number): number {
    return this.heldSinceMs === undefined ? 0 : nowMs - this.heldSinceMs;
  }

  /** @returns milliseconds for which text was held, now that it is not */
  stopClock(nowMs: number): number {
    const held = this.heldMs(nowMs);
    this.heldSinceMs = undefined;
    return held;
  }
}
