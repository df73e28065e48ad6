import { ticks } from './ticks.ts';

/** Where things are in a figure, in the units of its `viewBox`. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** From times and values to places. */
export interface Plot {
  readonly frame: Frame;
  readonly fromMs: number;
  readonly toMs: number;
  /** Marks of the axis of values, lowest first. */
  readonly marks: readonly number[];
  x(atMs: number): number;
  y(value: number): number;
}

export interface Extent {
  readonly fromMs: number;
  readonly toMs: number;
  readonly low: number;
  readonly high: number;
}

export function plotOf(frame: Frame, { fromMs, toMs, low, high }: Extent): Plot {
  const marks = ticks(low, high, frame.height > 100 ? 4 : 2);
  const [bottom = 0, top = 1] = [marks[0], marks.at(-1)];
  const across = frame.width - frame.left - frame.right;
  const down = frame.height - frame.top - frame.bottom;
  return {
    frame,
    fromMs,
    toMs,
    marks,
    x: (atMs) => rounded(frame.left + (toMs > fromMs ? ((atMs - fromMs) / (toMs - fromMs)) * across : across / 2)),
    y: (value) => rounded(frame.top + (1 - (value - bottom) / (top - bottom)) * down),
  };
}

function rounded(place: number): number {
  return Math.round(place * 10) / 10;
}
