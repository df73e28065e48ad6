const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Of one bucket; each is a whole part of a day, or whole days. */
const WIDTHS_MS = [
  MINUTE_MS,
  5 * MINUTE_MS,
  10 * MINUTE_MS,
  30 * MINUTE_MS,
  HOUR_MS,
  2 * HOUR_MS,
  4 * HOUR_MS,
  6 * HOUR_MS,
  12 * HOUR_MS,
  DAY_MS,
  2 * DAY_MS,
  7 * DAY_MS,
  28 * DAY_MS,
];
/** Buckets that a period is cut into at most: a week of hours. */
export const BUCKETS_MAX = 168;

/** A period, cut into parts of one length; the last may be shorter. */
export interface TimeBuckets {
  readonly fromMs: number;
  readonly widthMs: number;
  /** 1..`BUCKETS_MAX`. */
  readonly count: number;
}

/** @param toMs after `fromMs`; the end is not part of the period */
export function bucketsOf(fromMs: number, toMs: number): TimeBuckets {
  const lengthMs = toMs - fromMs;
  const widthMs =
    WIDTHS_MS.find((width) => Math.ceil(lengthMs / width) <= BUCKETS_MAX) ?? Math.ceil(lengthMs / BUCKETS_MAX);
  return { fromMs, widthMs, count: Math.max(1, Math.ceil(lengthMs / widthMs)) };
}

/** In which bucket a time lies; undefined where it is not of the period. */
export function bucketAt({ fromMs, widthMs, count }: TimeBuckets, atMs: number): number | undefined {
  const bucket = Math.floor((atMs - fromMs) / widthMs);
  return bucket >= 0 && bucket < count ? bucket : undefined;
}

/** Which hour of the day a bucket begins in, UTC; always the same one where it is a day or longer. */
export function hourOf({ fromMs, widthMs }: TimeBuckets, bucket: number): number {
  return widthMs >= DAY_MS ? 0 : Math.floor(((fromMs + bucket * widthMs) % DAY_MS) / HOUR_MS);
}
