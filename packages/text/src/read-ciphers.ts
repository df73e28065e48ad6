import type { Decoding, Span } from '@sallyport/core';
import { CIPHERS, type Cipher } from './ciphers.ts';
import type { MappedView } from './layered-view.ts';
import { DerivedLayer, type LayerSource, type MappedLayer } from './layers.ts';
import type { TriggerHits, TriggerSet } from './trigger-scanner.ts';

const CIPHER_SET_ID = '(ciphers)';
/** Characters of one stretch that are read; a text in disguise is written by hand. */
const MAX_STRETCH_CHARS = 16_384;
/** Stretches of one text that are read in each way, those with the most announcing words first. */
const MAX_STRETCHES = 2;
/** Further readings of one view. */
const MAX_READINGS = 6;
/** Ways of writing within one another. */
const MAX_ROUNDS = 2;
/** Characters between two announcing words of one stretch. */
const MAX_APART_CHARS = 256;
/** Characters before the first announcing word and behind the last that belong to its stretch. */
const AROUND_CHARS = 256;

/** What the shared scan looks for so that `readCiphers` need not look itself. */
export const CIPHER_TRIGGERS: TriggerSet = {
  detector: CIPHER_SET_ID,
  triggers: CIPHERS.map(({ kind, keywords }) => ({ rule: kind, keywords })),
};

/**
 * The view with what its layers say in leet, ROT13, backwards, in Pig Latin or with points in their words, each in a
 * layer of its own behind the others. The very view where the scan found none of `CIPHER_TRIGGERS`: that costs nothing.
 * @param hitsOf scans a layer with `CIPHER_TRIGGERS` among the rest
 * Cost: O(hits), and O(stretch) for at most 6 readings of at most 16,384 characters.
 */
export function readCiphers(view: MappedView, hitsOf: (layer: MappedLayer) => TriggerHits): MappedView {
  const read: MappedLayer[] = [];
  let truncated = false;
  let round: readonly MappedLayer[] = view.layers;
  for (let rounds = 0; rounds < MAX_ROUNDS; rounds++) {
    const found = round
      .filter((layer) => hitsOf(layer).fired(CIPHER_SET_ID))
      .flatMap((layer) => readingsOf(layer, hitsOf(layer)));
    round = found.slice(0, MAX_READINGS - read.length);
    truncated ||= found.length > round.length;
    read.push(...round);
    if (round.length === 0) break;
  }
  return read.length === 0 && !truncated ? view : new CipheredView(view, read, truncated);
}

function readingsOf(layer: MappedLayer, hits: TriggerHits): readonly MappedLayer[] {
  const layers: MappedLayer[] = [];
  for (const cipher of CIPHERS) {
    const places = hits.hits(CIPHER_SET_ID, cipher.kind);
    if (places.length === 0) continue;
    for (const { start, end, written } of stretchesOf(layer.text, cipher, places)) {
      for (const reading of cipher.undo(layer.text.slice(start, end), written)) {
        layers.push(new DerivedLayer(layer, shifted(reading, start), { kinds: [cipher.kind], growing: false }));
      }
    }
  }
  return layers;
}

function shifted({ text, toSource }: LayerSource, by: number): LayerSource {
  return {
    text,
    toSource(start, end) {
      const span = toSource(start, end);
      return { start: span.start + by, end: span.end + by };
    },
  };
}

/** A part of a text with what surrounds it. */
interface Stretch extends Span {
  /** From its first announcing word to the end of its last, relative to its start. */
  readonly written: Span;
}

/** The stretches of a text that seem to be written so, whole words. */
function stretchesOf(text: string, cipher: Cipher, hits: readonly number[]): readonly Stretch[] {
  const stretches: { start: number; end: number; words: number }[] = [];
  for (const at of hits) {
    if (!cipher.announces(text, at)) continue;
    const last = stretches.at(-1);
    if (
      last !== undefined &&
      at - last.end <= MAX_APART_CHARS &&
      at - last.start < MAX_STRETCH_CHARS - 2 * AROUND_CHARS
    ) {
      last.end = at;
      last.words += 1;
    } else stretches.push({ start: at, end: at, words: 1 });
  }
  return stretches
    .filter(({ words }) => words >= cipher.minWords)
    .sort((a, b) => b.words - a.words)
    .slice(0, MAX_STRETCHES)
    .map(({ start: first, end: last }) => {
      const start = wordEdge(text, first - AROUND_CHARS);
      const end = wordEdge(text, last + AROUND_CHARS);
      return { start, end, written: { start: first - start, end: Math.min(wordEnd(text, last), end) - start } };
    });
}

/** The nearest white space at or before `at`, within what a word is long. */
function wordEdge(text: string, at: number): number {
  if (at <= 0) return 0;
  if (at >= text.length) return text.length;
  let edge = at;
  while (edge > Math.max(0, at - MAX_EDGE_CHARS) && text.charCodeAt(edge) > 32) edge--;
  return edge;
}

/** Where the word at `at` ends, within what a word is long. */
function wordEnd(text: string, at: number): number {
  let end = at;
  while (end < Math.min(text.length, at + MAX_EDGE_CHARS) && text.charCodeAt(end) > 32) end++;
  return end;
}

const MAX_EDGE_CHARS = 64;

/** A view with readings that it does not have of itself. */
class CipheredView implements MappedView {
  readonly raw: string;
  readonly layers: readonly MappedLayer[];
  readonly truncated: boolean;
  readonly openFrom: number;
  readonly foldOpenFrom: number;
  readonly #view: MappedView;

  constructor(view: MappedView, read: readonly MappedLayer[], truncated: boolean) {
    this.raw = view.raw;
    this.layers = [...view.layers, ...read];
    this.truncated = view.truncated || truncated;
    this.openFrom = view.openFrom;
    this.foldOpenFrom = view.foldOpenFrom;
    this.#view = view;
  }

  safeStart(at: number, maxBackChars: number): number | undefined {
    return this.#view.safeStart(at, maxBackChars);
  }

  viaWithin(via: readonly Decoding[], span: Span): readonly Decoding[] {
    return this.#view.viaWithin(via, span);
  }
}
