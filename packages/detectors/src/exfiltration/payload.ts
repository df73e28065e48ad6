import words from './payload-words.json' with { type: 'json' };

const EMAIL = /[a-z0-9._%+-]{1,64}@[a-z0-9-]{1,63}\.[a-z]{2,12}/i;
const SECRET = /(?:sk-|ghp_|gho_|xox[abp]-|AKIA|glpat-|eyJ[A-Za-z0-9_-]{8,20}\.)/;
const LONG_NUMBER = /(?:[0-9][ -]?){13,19}/;
const PLACEHOLDER = /[{<[%$][ _a-z0-9'"’-]{2,60}[}>\]%]|\$\{?[A-Z_]{3,40}/i;
const CAPITAL_PLACEHOLDER = /^[A-Z]{2,20}(?:_[A-Z]{2,20}){1,5}$/;
const BASE64 = /^[A-Za-z0-9+/_-]{16,2048}={0,2}$/;
const BASE32 = /^[a-z2-7]{16,63}$/i;
const HEX = /^(?:[0-9a-f]{2}){8,1024}$/i;
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const SLUG_SEPARATOR = /[-_.+ ]/;
const CARRIER_NAMES: ReadonlySet<string> = new Set(words.carrierNames);
const OPAQUE_NAMES: ReadonlySet<string> = new Set(words.opaqueNames);
const SEARCH_NAMES: ReadonlySet<string> = new Set(words.searchNames);

/** What an opaque value weighs when the site itself is known to put such values there (signatures, campaign marks). */
const OPAQUE_FACTOR = 0.3;
const SLUG_WORDS_MIN = 5;
const SLUG_WORD_WEIGHT = 0.07;
const SLUG_WEIGHT_MAX = 0.6;
const FRAGMENT_FACTOR = 0.6;
const PATH_FACTOR = 0.8;

/** What a text weighs that was only encoded. */
const READABLE = 0.95;

/** How likely a URL carries data away, 0..1, by what stands in its query, path, fragment, host name and user part. Cost: O(n). */
export function carriedData(url: URL): number {
  let clean = 1;
  const take = (weight: number) => {
    clean *= 1 - Math.min(1, weight);
  };
  for (const [name, value] of url.searchParams) take(parameterWeight(name.toLowerCase(), value));
  for (const segment of url.pathname.split('/')) take(PATH_FACTOR * valueWeight(decoded(segment), 24));
  if (url.hash.length > 1) take(FRAGMENT_FACTOR * valueWeight(decoded(url.hash.slice(1)), 24));
  if (url.username !== '') take(valueWeight(decoded(url.username), 16));
  take(hostWeight(url.hostname));
  return 1 - clean;
}

function parameterWeight(name: string, value: string): number {
  const carrier = CARRIER_NAMES.has(name);
  // A query without `=` is all name.
  const weight = value === '' ? valueWeight(name, 24) : Math.max(valueWeight(value, 16), sluggedWeight(value));
  if (OPAQUE_NAMES.has(name) || name.startsWith('x-amz-') || name.startsWith('utm_')) {
    return readable(value) ? weight : weight * OPAQUE_FACTOR;
  }
  if (SEARCH_NAMES.has(name) && !readable(value)) return weight * 0.35;
  return carrier && value.length > 0 ? Math.min(1, weight * 1.25 + 0.1) : weight;
}

/** Weight of one value; opaque ones shorter than `opaqueMin` are identifiers. */
function valueWeight(value: string, opaqueMin: number): number {
  if (value.length < 4) return 0;
  if (PLACEHOLDER.test(value) || CAPITAL_PLACEHOLDER.test(value)) return 0.7;
  if (value.length < 8) return 0;
  if (UUID.test(value)) return 0.05;
  if (EMAIL.test(value) || SECRET.test(value)) return 0.85;
  // Digits in a row may be letters in hexadecimal: a text is more than a number.
  if ((HEX.test(value) || value.length >= opaqueMin) && readable(value)) return READABLE;
  if (LONG_NUMBER.test(value)) return 0.5;
  const spoken = value.split(/[\s+]/).filter((word) => word.length > 0).length;
  if (spoken >= 3) return Math.min(0.9, 0.3 + 0.07 * spoken);
  return opaqueWeight(value, opaqueMin);
}

/** Words that are joined by hyphens or underscores, as they stand in names of pages and files; in a query they are said. */
function sluggedWeight(value: string): number {
  const words = value.split(/[-_]/);
  if (words.length < SLUG_WORDS_MIN || !words.every((word) => /^\p{L}{2,}$/u.test(word))) return 0;
  return Math.min(SLUG_WEIGHT_MAX, SLUG_WORD_WEIGHT * words.length);
}

function opaqueWeight(value: string, opaqueMin: number): number {
  if (HEX.test(value)) return value.length > 128 ? 0.6 : 0.2;
  if (BASE64.test(value) && value.length >= opaqueMin && looksRandom(value)) {
    return Math.min(0.8, 0.2 + value.length / 100);
  }
  if (value.length >= 400) return 0.6;
  return value.length >= 160 ? 0.35 : 0;
}

/** Mixed cases and digits without the words of a slug between separators. */
function looksRandom(value: string): boolean {
  const slug = value.split(SLUG_SEPARATOR).filter((part) => /^[a-z]{2,}$|^[A-Z][a-z]+$|^[0-9]{1,4}$/.test(part)).length;
  if (slug * 2 >= value.split(SLUG_SEPARATOR).length) return false;
  return /[a-z]/.test(value) && /[A-Z]/.test(value) && /[0-9]/.test(value) && entropyBits(value) > 3.5;
}

function entropyBits(value: string): number {
  const counts = new Map<string, number>();
  for (const char of value) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length);
  return bits;
}

function hostWeight(hostname: string): number {
  const labels = hostname.split('.').slice(0, -2);
  let weight = 0;
  for (const label of labels) {
    if (label.startsWith('xn--')) continue;
    if (HEX.test(label)) weight = Math.max(weight, isText(fromHex(label)) ? READABLE : 0.6);
    else if (BASE32.test(label) && /[2-7]/.test(label) && entropyBits(label) > 3) weight = Math.max(weight, 0.7);
    else if (label.length > 40) weight = Math.max(weight, 0.5);
  }
  return labels.join('').length > 80 ? Math.max(weight, 0.7) : weight;
}

function readable(value: string): boolean {
  if (EMAIL.test(value) || SECRET.test(value)) return true;
  if (HEX.test(value)) return isText(fromHex(value));
  return BASE64.test(value) && value.length % 4 !== 1 && isText(fromBase64(value));
}

function fromHex(value: string): Buffer {
  return Buffer.from(value, 'hex');
}

function fromBase64(value: string): Buffer {
  return Buffer.from(value.replaceAll('-', '+').replaceAll('_', '/'), 'base64');
}

/** At least eight bytes, nearly all of them printable, with letters among them. */
function isText(bytes: Buffer): boolean {
  if (bytes.length < 8) return false;
  let printable = 0;
  let letters = 0;
  for (const byte of bytes) {
    if ((byte >= 0x20 && byte < 0x7f) || byte === 0x0a) printable += 1;
    if ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a) letters += 1;
  }
  return printable / bytes.length > 0.95 && letters / bytes.length > 0.5;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // Not percent-encoded UTF-8: the part stands for itself.
    return part;
  }
}
