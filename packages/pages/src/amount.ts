/** What a number is of. `share` is shown in percent, `ms` and `bytes` in the unit that fits; any other unit stands behind the number. */
export type Unit = 'count' | 'share' | 'ms' | 'bytes' | { readonly of: string };

/** What stands for a number that nobody knows. */
export const UNKNOWN = 'not known';

const DURATIONS = [
  { unit: 'd', ms: 86_400_000 },
  { unit: 'h', ms: 3_600_000 },
  { unit: 'min', ms: 60_000 },
  { unit: 's', ms: 1_000 },
] as const;
const SIZES = ['GiB', 'MiB', 'KiB'] as const;
const KIB = 1_024;
/** Digits that count. */
const DIGITS = 3;

/** A number with its unit, as people read it: `1,234`, `12.5 %`, `340 ms`, `2.1 KiB`, `12.3 tokens/s`. */
export function amount(value: number | undefined, unit: Unit): string {
  if (value === undefined || Number.isNaN(value)) return UNKNOWN;
  switch (unit) {
    case 'count':
      return number(value);
    case 'share':
      return `${number(value * 100)} %`;
    case 'ms':
      return duration(value);
    case 'bytes':
      return size(value);
    default:
      return `${number(value)} ${unit.of}`;
  }
}

/** Whole numbers keep their digits, others have three that count. */
function number(value: number): string {
  if (!Number.isFinite(value)) return value < 0 ? 'without bound below' : 'without bound';
  const rounded = Number.isInteger(value) || Math.abs(value) >= 1_000 ? Math.round(value) : round(value);
  // Not by the machine's language: a page says the same wherever it is made.
  const [whole = '', fraction] = String(rounded).split('.');
  if (whole.includes('e')) return String(rounded);
  const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

function round(value: number): number {
  return Number(value.toPrecision(DIGITS));
}

function duration(ms: number): string {
  const fits = DURATIONS.find((each) => Math.abs(ms) >= each.ms);
  return fits === undefined ? `${number(round(ms))} ms` : `${number(round(ms / fits.ms))} ${fits.unit}`;
}

function size(bytes: number): string {
  for (const [at, unit] of SIZES.entries()) {
    const one = KIB ** (SIZES.length - at);
    if (Math.abs(bytes) >= one) return `${number(round(bytes / one))} ${unit}`;
  }
  return `${number(bytes)} B`;
}
