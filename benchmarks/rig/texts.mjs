import { readFileSync } from 'node:fs';

/** @type {readonly string[]} */
const WORDS = JSON.parse(readFileSync(new URL('./words.json', import.meta.url), 'utf8'));

const SENTENCES = 4096;

/**
 * A small, fast, repeatable generator of numbers in [0, 1) (mulberry32).
 * @param {number} seed
 */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * One sentence of ordinary words, now and then with a number, an amount, a date or an address of a page, as people write:
 * what a detector's prefilter sees in real prompts, and nothing that a policy would act on.
 * @param {() => number} random
 */
export function sentence(random) {
  const pick = () => WORDS[Math.floor(random() * WORDS.length)] ?? '';
  const words = Array.from({ length: 8 + Math.floor(random() * 10) }, pick);
  const kind = random();
  if (kind < 0.1) words.push(String(Math.floor(random() * 10_000)));
  else if (kind < 0.16) words.push(`$${Math.floor(random() * 900)}.${10 + Math.floor(random() * 89)}`);
  else if (kind < 0.2) words.push(`2024-0${1 + Math.floor(random() * 9)}-1${Math.floor(random() * 10)}`);
  else if (kind < 0.23) words.push(`(see https://docs.example.com/${pick()}/${pick()})`);
  else if (kind < 0.26) words.push(`"${pick()} ${pick()}"`);
  const text = words.join(' ');
  return `${text[0]?.toUpperCase()}${text.slice(1)}${random() < 0.1 ? '?' : '.'} `;
}

/** Written once, for all sources: as contents of JSON string literals. */
const POOL = (() => {
  const random = randomFrom(20_240_101);
  return Array.from({ length: SENTENCES }, () => JSON.stringify(sentence(random)).slice(1, -1));
})();

/**
 * Makes texts that are never the same twice, cheaply: sentences are written once and shuffled for each text, which also
 * carries a number of its own.
 * @param {number} seed texts of different seeds differ
 */
export function textSource(seed) {
  const random = randomFrom(seed);
  let serial = 0;
  /**
   * @param {number} chars length that the text reaches
   * @returns {string} content of a JSON string literal, without its quotes
   */
  return (chars) => {
    serial += 1;
    let text = `Note ${seed}-${serial}: `;
    while (text.length < chars) text += POOL[Math.floor(random() * SENTENCES)];
    return text;
  };
}
