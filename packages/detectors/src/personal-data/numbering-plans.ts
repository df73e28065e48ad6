import { SallyportError } from '@sallyport/core';
import { type CountryCode, getCountryCallingCode, isSupportedCountry } from 'libphonenumber-js';
import metadata from 'libphonenumber-js/min/metadata';
import table from './phone-plans.json' with { type: 'json' };

/** Where the library's metadata hold a country's expression of national numbers, and their lengths. */
const NATIONAL_PATTERN = 2;
const NATIONAL_LENGTHS = 3;
/** ITU-T E.164: country codes have one to three digits. */
const MAX_CALLING_CODE_CHARS = 3;

interface Country {
  readonly national: RegExp;
  readonly lengths: readonly unknown[];
}

/** How numbers are written within one country. */
interface Plan {
  readonly country: CountryCode;
  readonly starts: RegExp;
  readonly lengths: readonly number[];
  /** Dialled within the country only, and left out behind the country code. */
  readonly trunkPrefix: string;
}

const PLANS: readonly Plan[] = table.plans.flatMap(({ country, starts, ...plan }) =>
  isSupportedCountry(country) ? [{ ...plan, country, starts: new RegExp(`^${starts}`) }] : [],
);

const countries = new Map<CountryCode, Country>();

/** A number in E.164 form, and how far its country's plan bears it out. */
export interface PlannedNumber {
  readonly e164: string;
  readonly fit: 'valid' | 'possible' | 'unknown';
}

/**
 * Judges a number that begins with its country code.
 * @param digits without the `+`
 * @returns undefined where no country has such a code
 * Cost: about 2 us; the library's own parser takes 15. Source: metadata of libphonenumber-js (Google's, Apache-2.0).
 */
export function internationalNumber(digits: string): PlannedNumber | undefined {
  for (let length = 1; length <= MAX_CALLING_CODE_CHARS; length++) {
    const sharing = metadata.country_calling_codes[digits.slice(0, length)];
    if (sharing === undefined) continue;
    const significant = digits.slice(length);
    const e164 = `+${digits}`;
    if (sharing.some((country) => countryOf(country).national.test(significant))) return { e164, fit: 'valid' };
    const isPossible = sharing.some((country) => countryOf(country).lengths.includes(significant.length));
    return { e164, fit: isPossible ? 'possible' : 'unknown' };
  }
  return undefined;
}

/** The E.164 form of a number without a country code, for the first country of `phone-plans.json` whose plan it fits. */
export function nationalNumber(digits: string): string | undefined {
  for (const { country, starts, lengths, trunkPrefix } of PLANS) {
    if (!lengths.includes(digits.length) || !starts.test(digits)) continue;
    const significant = digits.slice(trunkPrefix.length);
    if (countryOf(country).national.test(significant)) return `+${getCountryCallingCode(country)}${significant}`;
  }
  return undefined;
}

/** Compiled at first use: most installs meet few of the 245 plans. */
function countryOf(country: CountryCode): Country {
  const known = countries.get(country);
  if (known !== undefined) return known;
  const plan: readonly unknown[] | undefined = metadata.countries[country];
  const [pattern, lengths] = [plan?.[NATIONAL_PATTERN], plan?.[NATIONAL_LENGTHS]];
  if (typeof pattern !== 'string') throw new SallyportError('INTERNAL', { detail: `no numbering plan of ${country}` });
  const compiled = { national: new RegExp(`^(?:${pattern})$`), lengths: Array.isArray(lengths) ? lengths : [] };
  countries.set(country, compiled);
  return compiled;
}
