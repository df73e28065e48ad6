import { createHash } from 'node:crypto';
import type { ValueKind } from '@sallyport/core';
import { viewOf } from '@sallyport/text';
import { fingerprintsOf, SHARED_RUN_CHARS } from '../values/fingerprints.ts';
import { looseWords, phraseOf } from '../values/fold-words.ts';
import { valuesIn } from '../values/values-in.ts';

/** Keys of one part that are kept; of more, the rest is not, and the write says so. */
export const PIECE_KEYS_MAX = 4_096;
/** Shorter texts, and shorter parts of texts, are in many by chance. */
const WHOLE_MIN_CHARS = 3;
const PART_MIN_CHARS = 8;
/** Longer ones are found by their passages. */
const PHRASE_MAX_CHARS = 512;
const VALUES: ReadonlySet<ValueKind> = new Set<ValueKind>(['email', 'url', 'host', 'iban', 'phone']);
/** Where a text that was put together from several comes apart again. */
const BETWEEN = /[\n\r;|•]+|[.!?,] /;

/** What a text is found again by, whichever way it is written: as a whole, by its parts, by values in it, by passages. Cost: O(length). */
export function pieceKeys(text: string): readonly string[] {
  const keys = new Set<string>();
  for (const { text: read } of viewOf(text).layers) {
    addWords(keys, read, WHOLE_MIN_CHARS);
    for (const part of partsOf(read)) addWords(keys, part, PART_MIN_CHARS);
    for (const { kind, key } of valuesIn(read)) if (VALUES.has(kind)) keys.add(digestOf(`value ${key}`));
    const phrase = phraseOf(looseWords(read));
    if (phrase.length >= SHARED_RUN_CHARS) for (const print of fingerprintsOf(phrase)) keys.add(`p${print}`);
  }
  return [...keys];
}

/** The parts of a text that was put together from several: lines, sentences, items. */
export function partsOf(text: string): readonly string[] {
  return text.split(BETWEEN).filter((part) => part.trim() !== '');
}

function addWords(keys: Set<string>, text: string, minChars: number): void {
  if (text.length > 4 * PHRASE_MAX_CHARS) return;
  const phrase = phraseOf(looseWords(text));
  if (phrase.length >= minChars + 2 && phrase.length <= PHRASE_MAX_CHARS) keys.add(digestOf(`words ${phrase}`));
}

function digestOf(value: string): string {
  return createHash('sha256').update(value).digest('base64url').slice(0, 16);
}
