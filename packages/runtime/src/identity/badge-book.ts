import { type DrillMark, type Fault, isFault } from '@sallyport/core';
import { BADGE_HOLDS_MS, type BadgedRequest, type BadgeParts, drillOf } from './drill-badge.ts';

/** Badges that are remembered for as long as they hold. With more of them in that time, further ones are refused. */
export const BADGES_MAX = 100_000;

/** Takes each badge once: whoever saw a request of a drill can't send it again as one. Cost: a look-up; memory grows with the badges of a minute. */
export class BadgeBook {
  readonly #parts: BadgeParts;
  /** When each was shown, milliseconds since 1970; the oldest stand first. */
  readonly #shown = new Map<string, number>();

  constructor(parts: BadgeParts) {
    this.#parts = parts;
  }

  /** @returns the drill, or `DRILL_INVALID` for a badge that is none, or was shown before */
  take(badge: string, request: BadgedRequest): DrillMark | Fault {
    const drill = drillOf(badge, request, this.#parts);
    if (isFault(drill)) return drill;
    const nowMs = this.#parts.dateMs();
    for (const [shown, atMs] of this.#shown) {
      if (nowMs - atMs <= BADGE_HOLDS_MS) break;
      this.#shown.delete(shown);
    }
    if (this.#shown.has(badge) || this.#shown.size >= BADGES_MAX) return { fault: 'DRILL_INVALID' };
    this.#shown.set(badge, nowMs);
    return drill;
  }
}
