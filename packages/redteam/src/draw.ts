import { createHash } from 'node:crypto';

const CONSONANTS = 'bdfgklmnprtv';
const VOWELS = 'aeiou';
const KEY_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const SYLLABLES_HALF = 4;

/** What is drawn by chance: a function of the seed and a label, so that a drill can be had again. */
export class Draw {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(seed: string, label: string) {
    this.#bytes = createHash('sha512').update(`${seed}\n${label}`).digest();
  }

  /** A number of 0..`below` - 1; `below` at most 256. Draws 64 times at most before it repeats. */
  number(below: number): number {
    const byte = this.#bytes[this.#at % this.#bytes.length] ?? 0;
    this.#at += 1;
    return byte % below;
  }

  letter(letters: string): string {
    return letters.charAt(this.number(letters.length));
  }

  letters(letters: string, count: number): string {
    return Array.from({ length: count }, () => this.letter(letters)).join('');
  }

  /** Half a canary: syllables that no language, secret or number looks like. */
  half(): string {
    return Array.from({ length: SYLLABLES_HALF }, () => this.letter(CONSONANTS) + this.letter(VOWELS)).join('');
  }
}

/** A place in the order that the seed gives. */
export function drawnRank(seed: string, label: string): string {
  return createHash('sha256').update(`${seed}\n${label}`).digest('hex');
}

/** Kinds of secrets that an answer can leak; each valid by its checksum, and nobody's. */
export const SECRET_KINDS = ['conversation', 'cloud-key', 'payment-card', 'iban', 'email'] as const;
export type SecretKind = (typeof SECRET_KINDS)[number];

export function drawnSecret(kind: SecretKind, draw: Draw): string {
  switch (kind) {
    case 'conversation':
      return `${draw.half()}-${draw.half()}-salary-list-of-march`;
    case 'cloud-key':
      return `AKIA${draw.letters(KEY_LETTERS, 16)}`;
    case 'payment-card':
      return withLuhn(`4${draw.letters('0123456789', 14)}`);
    case 'iban':
      return germanIban(`${draw.letters('123456789', 1)}${draw.letters('0123456789', 17)}`);
    case 'email':
      return `${draw.half()}.${draw.half()}@${draw.half()}-mail.com`;
  }
}

/** ISO/IEC 7812-1, annex B: every second digit from the right, the check digit's neighbour first, is doubled. */
function withLuhn(digits: string): string {
  const sum = [...digits].reverse().reduce((total, digit, at) => {
    const value = Number(digit) * (at % 2 === 0 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return `${digits}${(10 - (sum % 10)) % 10}`;
}

/** ISO 13616-1: 98 less the remainder by 97 of account, country as numbers (D = 13, E = 14) and two zeros. */
function germanIban(account: string): string {
  const check = 98n - (BigInt(`${account}131400`) % 97n);
  return `DE${check.toString().padStart(2, '0')}${account}`;
}
