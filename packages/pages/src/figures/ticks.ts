const CLOSE = 1e-6;
const TINY = 1e-100;

/** Where an axis has its marks: round numbers, 2 to `most` + 1 of them, that begin at or below `low` and end at or above `high`. */
export function ticks(low: number, high: number, most = 5): readonly number[] {
  const size = Math.max(Math.abs(low), Math.abs(high));
  // What lies closer together than digits can say is one value, and gets an axis around it.
  const apart = high - low > Math.max(size * CLOSE, TINY);
  const top = apart ? high : low + (size > TINY ? size : 1);
  const rough = (top - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5].find((times) => times * power >= rough) ?? 10) * power;
  const first = Math.floor(low / step);
  const last = Math.max(first + 1, Math.ceil(top / step - 1e-9));
  return Array.from({ length: last - first + 1 }, (_, at) => Number(((first + at) * step).toPrecision(12)));
}

const STEPS_MS = [
  1, 10, 100, 1_000, 5_000, 15_000, 60_000, 300_000, 900_000, 3_600_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000,
  172_800_000, 604_800_000, 1_209_600_000, 2_592_000_000, 7_776_000_000, 31_536_000_000,
] as const;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** Marks of time, UTC: at most `most` + 1, each at a whole number of steps since the first day. */
export function timeTicks(
  fromMs: number,
  toMs: number,
  most = 6,
): readonly { readonly atMs: number; readonly text: string }[] {
  const step = STEPS_MS.find((each) => (toMs - fromMs) / each <= most) ?? Math.ceil((toMs - fromMs) / most);
  const found: { atMs: number; text: string }[] = [];
  for (let atMs = Math.ceil(fromMs / step) * step; atMs <= toMs; atMs += step)
    found.push({ atMs, text: timeText(atMs, step) });
  return found;
}

/** As exact as what lies `stepMs` apart needs it. */
export function timeText(atMs: number, stepMs: number): string {
  const text = new Date(atMs).toISOString();
  if (stepMs >= DAY_MS) return text.slice(0, 10);
  return stepMs >= MINUTE_MS ? `${text.slice(5, 10)} ${text.slice(11, 16)}` : text.slice(11, 19);
}
