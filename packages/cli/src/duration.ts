const UNITS_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DURATION = /^(\d{1,5})([mhd])$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})$/;

/** Milliseconds of `30m`, `12h`, `90d`; nothing for anything else. */
export function durationMs(text: string): number | undefined {
  const [, count = '', unit = ''] = DURATION.exec(text) ?? [];
  return unit === '' ? undefined : Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS];
}

/** A time to come, RFC 3339 in UTC, from a duration or a time with its zone; nothing for what is neither, or past. */
export function timeAfter(text: string, nowMs: number): string | undefined {
  const ms = durationMs(text);
  const at = ms === undefined ? (TIME.test(text) ? Date.parse(text) : Number.NaN) : nowMs + ms;
  return Number.isNaN(at) || at <= nowMs ? undefined : new Date(at).toISOString();
}
