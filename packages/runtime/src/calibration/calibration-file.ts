import { createHash } from 'node:crypto';
import { CATEGORIES, CHANNELS, LANGUAGE_GROUPS } from '@sallyport/core';
import { canonicalJson } from '@sallyport/wire';
import { z } from 'zod';

/** More than any file of thresholds, bytes. */
export const CALIBRATION_MAX_BYTES = 1_048_576;

const share = z.number().min(0).max(1);
const count = z.int().min(0);
const hex = z.string().regex(/^[0-9a-f]{64}$/);

/** `too-few`: the sample can't show the budget. `out-of-reach`: too many honest texts score as high as there is. The shipped threshold stays in both. */
export const CELL_STATUSES = ['calibrated', 'too-few', 'out-of-reach'] as const;

const cell = z.strictObject({
  channel: z.enum(CHANNELS),
  language: z.enum(LANGUAGE_GROUPS),
  category: z.enum(CATEGORIES),
  status: z.enum(CELL_STATUSES),
  /** The detectors' own score that counts as 0.5 from now on. */
  threshold: z.number().gt(0).lt(1),
  /** Honest texts, and those of them that reach the threshold. */
  texts: count,
  above: count,
  /** Upper bound of the share that does, with `confidence`. */
  upperBound: share,
  /** Those that reach the shipped threshold. */
  aboveShipped: count,
  /** Honest texts that the budget takes; of `too-few`. */
  needed: count.optional(),
  /** Attacks in the sample, and those that reach the threshold. */
  attacks: count,
  found: count,
});

const file = z.strictObject({
  v: z.literal(1),
  /** RFC 3339, UTC. */
  madeAt: z.iso.datetime(),
  /** Versions of the detectors whose scores these are. */
  detectors: z.record(z.string().max(63), z.string().max(128)),
  fprBudget: share,
  confidence: share,
  /** `hash` is of the scores, which say nothing of the texts. */
  sample: z.strictObject({ texts: count, attacks: count, feedback: count, hash: hex }),
  thresholds: z.array(cell).max(CHANNELS.length * LANGUAGE_GROUPS.length * CATEGORIES.length),
});

const hashedFile = file.extend({ hash: hex });

/** What holds for the texts of one channel, group of languages and category. */
export type CalibrationCell = Readonly<z.output<typeof cell>>;

/** Thresholds that keep a budget of false alarms, and where they come from. No text, and nothing by which one could be known. */
export interface Calibration extends Readonly<Omit<z.output<typeof file>, 'thresholds'>> {
  readonly thresholds: readonly CalibrationCell[];
}

/** The file as it is written, with a hash over all of it, so that one that was changed by hand is no calibration any more. */
export function calibrationText(calibration: Calibration): string {
  return `${JSON.stringify({ ...calibration, hash: hashOf(calibration) }, null, 2)}\n`;
}

/** @returns the calibration, or what is wrong with the file; never quotes it */
export function parseCalibration(text: string): Calibration | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: 'is not JSON' };
  }
  const parsed = hashedFile.safeParse(value);
  if (!parsed.success) return { problem: 'is no file of thresholds that this release wrote' };
  const { hash, ...calibration } = parsed.data;
  if (hash !== hashOf(calibration)) return { problem: 'was changed since `sallyport calibrate` wrote it' };
  return calibration;
}

function hashOf(calibration: Calibration): string {
  return createHash('sha256').update(canonicalJson(calibration)).digest('hex');
}
