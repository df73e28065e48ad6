import {
  CONTENT_TYPES,
  type ContentChunk,
  ContentModel,
  type ContentModelFile,
  contentChunks,
  contentConcepts,
  contentFeatures,
  forEachFeature,
} from '@sallyport/detectors';
import { thresholdAt } from '../evaluation/metrics.ts';
import { type Example, type Fitted, fitWeights } from '../trainer/fit-weights.ts';
import { type Quantised, quantise } from '../trainer/quantise.ts';
import type { WindowFeatures } from '../trainer/read-windows.ts';
import { type ContentRow, QUESTIONS, type Question } from './content-row.ts';
import { contentRow } from './content-rows.ts';
import { generateContentRows } from './generate-content-rows.ts';

/** Chosen on `text/dev`, with the thresholds. */
export const SETTINGS = {
  seed: 'content',
  epochs: 6,
  shrinkage: 1e-2,
  wordShrinkage: 2e-3,
  wordBits: 15,
  damping: 4,
  harmShare: 0.4,
  wordShare: 0.3,
  lessForMany: 0.3,
} as const;
/** A feature that fewer rows have says nothing. */
const ROWS_MIN = 3;
const CHUNKS_OF_BENIGN_MAX = 5;
const PADDING_CHARS = 160;
/** Shares of ordinary texts that may reach a score of 0.5 and of 0.9, for each type. */
const FLAGGED = 0.0005;
const STOPPED = 0.0001;
/** The text at the threshold itself stays below. */
const ODDS_ABOVE = 0.02;
const ODDS_APART_MIN = 1;
const LOG_9 = Math.log(9);
const DIGITS = 6;

interface Read {
  readonly row: ContentRow;
  readonly text: string;
  readonly chunk: ContentChunk;
  readonly features: readonly number[];
}

/** Trains all heads on rows of a data folder and on generated ones. The same rows give the same file. Cost: some minutes. */
export function trainContent(rows: Iterable<unknown>): ContentModelFile {
  const read = [...readAll(rows)];
  const places = placesOf(read);
  const bits = Math.ceil(Math.log2(places.size + 1));
  const examples = read.map(({ features }) =>
    windowOf(
      features.flatMap((one) => places.get(one) ?? []),
      SETTINGS.damping,
    ),
  );
  const heads = QUESTIONS.map((question) =>
    quantise(fitted(read, examples, { question, bits, shrinkage: SETTINGS.shrinkage })),
  );
  const spoken = read.filter(({ row }) => !row.generated);
  const words = spoken.map(({ text, chunk }) =>
    windowOf(wordsOf(text.slice(chunk.start, chunk.end)), SETTINGS.damping),
  );
  const { wordBits, wordShrinkage, damping, harmShare, wordShare, lessForMany } = SETTINGS;
  const harm = quantise(fitted(spoken, words, { question: 'harm', bits: wordBits, shrinkage: wordShrinkage }));
  return {
    ...{ damping, harmShare, wordShare, lessForMany },
    words: { bits: wordBits, bias: harm.bias, scale: harm.scale, weights: base64(harm.weights) },
    heads: heads.map(({ bias, scale }) => ({ bias, scale, middle: 0, slope: 1 })),
    features: base64(Uint32Array.from(places.keys())),
    weights: base64(sideBySide(heads, places.size)),
  };
}

/** The model with its scores on a scale of how few ordinary texts reach them. Cost: one reading of each text. */
export function calibrated(file: ContentModelFile, ordinary: readonly string[]): ContentModelFile {
  const model = new ContentModel(file);
  const judged = ordinary.map((text) => model.judge(text));
  const heads = file.heads.map((head, at) => {
    if (at >= CONTENT_TYPES.length) return head;
    const odds = judged.map((one) => one[at]?.odds ?? Number.NEGATIVE_INFINITY);
    const middle = thresholdAt(odds, FLAGGED) + ODDS_ABOVE;
    const high = Math.max(middle + ODDS_APART_MIN, thresholdAt(odds, STOPPED));
    return { ...head, middle: rounded(middle), slope: rounded(LOG_9 / (high - middle)) };
  });
  return { ...file, heads };
}

function* readAll(rows: Iterable<unknown>): Generator<Read> {
  const padding: string[] = [];
  const concepts = (text: string) => contentConcepts(strongest(contentChunks(text)));
  for (const value of rows) {
    const row = contentRow(value, concepts);
    if (row === undefined) continue;
    if (isPadding(value)) padding.push(`${row.text.slice(0, PADDING_CHARS).replace(/\s\S*$/, '')}. `);
    yield* chunksOf(row);
  }
  for (const row of generateContentRows(SETTINGS.seed, padding)) yield* chunksOf(row);
}

/** Of a harmful text the chunk that says most, of a harmless one several. */
function* chunksOf(row: ContentRow): Generator<Read> {
  const chunks = contentChunks(row.text);
  if (row.answers.harm === 0 && !row.generated) {
    for (const chunk of chunks.slice(0, CHUNKS_OF_BENIGN_MAX)) yield readOf(row, chunk);
    return;
  }
  const chunk = strongest(chunks);
  if (chunk !== undefined) yield readOf(row, chunk);
}

function readOf(row: ContentRow, chunk: ContentChunk): Read {
  return { row, text: row.text, chunk, features: contentFeatures(chunk) };
}

function strongest(chunks: readonly ContentChunk[]): ContentChunk | undefined {
  let best: ContentChunk | undefined;
  for (const chunk of chunks) if (best === undefined || chunk.triggers > best.triggers) best = chunk;
  return best;
}

function isPadding(value: unknown): boolean {
  const { kind, lang } = value as Readonly<Record<string, unknown>>;
  return lang === 'en' && (kind === 'benign_chat' || kind === 'benign_output' || kind === 'benign_doc');
}

/** Columns of the features that enough rows have, ascending by feature. */
function placesOf(read: readonly Read[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const { features } of read) for (const feature of features) counts.set(feature, (counts.get(feature) ?? 0) + 1);
  const kept = [...counts].filter(([, count]) => count >= ROWS_MIN).map(([feature]) => feature);
  return new Map(kept.sort((a, b) => a - b).map((feature, place) => [feature, place]));
}

interface Fitting {
  readonly question: Question;
  readonly bits: number;
  readonly shrinkage: number;
}

function fitted(
  read: readonly Read[],
  features: readonly WindowFeatures[],
  { question, bits, shrinkage }: Fitting,
): Fitted {
  const examples: Example[] = [];
  for (const [at, { row }] of read.entries()) {
    const answer = row.answers[question];
    if (answer === undefined) continue;
    examples.push({ features: features[at] as WindowFeatures, attack: answer === 1, weight: row.weight });
  }
  return fitWeights(examples, { bits, epochs: SETTINGS.epochs, seed: `${SETTINGS.seed} ${question}`, shrinkage });
}

function windowOf(buckets: readonly number[], damping: number): WindowFeatures {
  const value = 1 / Math.sqrt(buckets.length + damping);
  return { buckets: Uint32Array.from(buckets), values: new Float32Array(buckets.length).fill(value) };
}

function wordsOf(text: string): readonly number[] {
  const seen = new Set<number>();
  forEachFeature(text, { bits: SETTINGS.wordBits, words: 2 }, (bucket) => seen.add(bucket));
  return [...seen];
}

function sideBySide(heads: readonly Quantised[], count: number): Int8Array {
  const all = new Int8Array(count * heads.length);
  for (const [column, { weights }] of heads.entries()) {
    for (let place = 0; place < count; place += 1) all[place * heads.length + column] = weights[place] ?? 0;
  }
  return all;
}

function base64(list: Int8Array | Uint32Array): string {
  return Buffer.from(list.buffer, list.byteOffset, list.byteLength).toString('base64');
}

function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS));
}
