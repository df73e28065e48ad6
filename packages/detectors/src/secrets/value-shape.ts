import { placeholders, plainWords } from './not-secrets.ts';

/** Shannon entropy of the characters, bits per character: 0 for one repeated character, about 4 for 32 random hex digits. */
export function entropyBits(value: string): number {
  const counts = new Map<string, number>();
  for (const char of value) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length);
  return bits;
}

/** True for values that people write where a secret would stand: `<your-key>`, `xxxx`, `${TOKEN}`, `...EXAMPLE`. */
export function isPlaceholder(value: string): boolean {
  if (/[xX*.#_-]{5}|(.)\1{6}|^[$%<{[(]|\$\{|\{\{|\$\(|%[sd(]|<[a-z]|[Hh]ere$|HERE$/.test(value)) return true;
  const lower = value.toLowerCase();
  return placeholders.some((word) => lower.includes(word));
}

/** True for words that stand behind `password:` in code and prose without being one: `string`, `required`, `null`. */
export function isPlainWord(value: string): boolean {
  return plainWords.has(value.toLowerCase());
}

/** Share of the characters that stand in runs of four and more letters of one case: near 1 for identifiers, low for random text. */
export function wordiness(value: string): number {
  let letters = 0;
  for (const run of value.match(/[A-Z]?[a-z]{3,512}|[A-Z]{4,512}/g) ?? []) if (run.length >= 4) letters += run.length;
  return value.length === 0 ? 0 : letters / value.length;
}

/** How many of lower case, upper case, digit and symbol a value holds, 0..4. */
export function characterKinds(value: string): number {
  return [/[a-z]/, /[A-Z]/, /[0-9]/, /[^A-Za-z0-9]/].filter((kind) => kind.test(value)).length;
}
