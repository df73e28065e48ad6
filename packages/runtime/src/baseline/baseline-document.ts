import {
  BASELINE_MIXES,
  BASELINE_NAME_MAX_CHARS,
  BASELINE_NEWS,
  BASELINE_SCOPES,
  type Baseline,
  LEVEL_SIGNALS,
  RATE_SIGNALS,
} from '@sallyport/monitor';
import { type DocumentSigner, readSignedDocument, signDocument, type VerifierKey } from '@sallyport/record';
import { z } from 'zod';

/** What is signed as: another version is another type. */
const TYPE = 'sallyport baseline v1';

const name = z.string().max(BASELINE_NAME_MAX_CHARS);
/** Of two names, as JSON. */
const kind = z.string().max(13 * BASELINE_NAME_MAX_CHARS);
const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const time = z.iso.datetime();
const designEffect = z.number().min(1);

const level = z.strictObject({
  count,
  designEffect,
  logMean: z.number(),
  logVariance: z.number().min(0),
  bins: z.strictObject({
    zeros: count,
    sum: z.number().min(0),
    bins: z.array(z.tuple([z.number().int().min(-2_000).max(2_000), count])).max(512),
    isFolded: z.boolean(),
  }),
});
const rate = z.strictObject({ count, designEffect, hits: count });
const mix = z.strictObject({ count, designEffect, kinds: z.array(z.tuple([kind, count])).max(256) });
const news = z.strictObject({ count, names: z.array(name).max(256), isFull: z.boolean() });

const series = z.strictObject({
  series: z.strictObject({ scope: z.enum(BASELINE_SCOPES), name, tenant: name.optional() }),
  exchanges: count,
  calls: count,
  levels: z.partialRecord(z.enum(LEVEL_SIGNALS), level),
  rates: z.partialRecord(z.enum(RATE_SIGNALS), rate),
  mixes: z.partialRecord(z.enum(BASELINE_MIXES), mix),
  news: z.partialRecord(z.enum(BASELINE_NEWS), news),
});

const document = z.strictObject({
  v: z.literal(1),
  name,
  recordedAt: time,
  version: name,
  log: z.strictObject({ origin: name, size: count, root: name }),
  sampleMin: count,
  cut: z.boolean(),
  period: z.strictObject({ from: time, to: time }),
  records: count,
  hours: z.array(count).length(24),
  weekdays: z.array(count).length(7),
  series: z.array(series).max(500),
  leftOut: count,
});

/** The head of the log that something was made from. */
export interface LogHead {
  readonly origin: string;
  readonly size: number;
  /** Base64. */
  readonly root: string;
}

/** A named reference: what was measured, and what it was made from. */
export interface BaselineDocument extends Baseline {
  readonly v: 1;
  readonly name: string;
  readonly recordedAt: string;
  /** Of the product. */
  readonly version: string;
  readonly log: LogHead;
  /** Observations of a signal below which nothing is said of it. */
  readonly sampleMin: number;
  /** The period began before the first record that was there: earlier ones are in the archive. */
  readonly cut: boolean;
}

export function signedBaseline(baseline: BaselineDocument, signer: DocumentSigner): string {
  return signDocument(TYPE, baseline, signer);
}

/** The baseline of a file; undefined where it is none, was changed, or the key is not the one that signed it. */
export function readBaseline(text: string, key: VerifierKey): BaselineDocument | undefined {
  const signed = readSignedDocument(text, TYPE, key);
  if (signed === undefined) return undefined;
  const parsed = document.safeParse(signed.document);
  // What is optional is absent, never undefined.
  return parsed.success ? (parsed.data as BaselineDocument) : undefined;
}
