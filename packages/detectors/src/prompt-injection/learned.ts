import type { Channel, TextView } from '@sallyport/core';
import type { LinearModel } from '../linear/linear-model.ts';
import type { ScriptGroup } from '../linear/model-file.ts';
import { readBundledModel } from '../linear/read-bundled-model.ts';
import { LETTERS_OF_IDEOGRAPH, readingsOf, scriptGroupOf } from '../linear/readings.ts';
import type { Evidence } from './evidence.ts';

/** The type of what no signature names. */
export const LEARNED_TYPE = 'likely-injection';
/** The models alone make a score of 0.95 at most: they say that a text looks like attacks, not why. */
const EVIDENCE_MAX = 3;
/** How wide the bend is in which little evidence fades out. */
const BEND = 0.6;
/** So far the bend lies above 0 that what makes a score of 0.5 without it makes one of 0.5 with it. */
const BEND_SHIFT = 0.227;
/** Runs that were decoded and are shorter say nothing. */
const READING_CHARS_MIN = 12;

/** Models by channel; a channel without one is judged by signatures alone. */
export type LearnedModels = Readonly<Partial<Record<Channel, LinearModel>>>;

/** The models that this package carries. Cost: some 5 ms. Throws when their files are broken. */
export function bundledModels(): LearnedModels {
  return { direct: readBundledModel('injection-direct'), data: readBundledModel('injection-data') };
}

export interface LearnedEvidence extends Evidence {
  /** Index of the layer of the view in which it stands. */
  readonly layer: number;
  /** On the scale of evidence before it was bent; below 0 where the text looks harmless. */
  readonly line: number;
}

/** What a model makes of a text: evidence on the scale of the signatures, 0..3, and the window that it is about. */
export function learnedEvidence(view: TextView, model: LinearModel): LearnedEvidence | undefined {
  const calibration = model.heads[0]?.calibration;
  if (calibration === undefined) return undefined;
  let strongest: LearnedEvidence | undefined;
  for (const layer of readingsOf(view)) {
    if (layer.text.length < READING_CHARS_MIN) continue;
    const window = model.strongest(layer.text)[0];
    if (window === undefined) continue;
    const script = scriptGroupOf(layer.text.slice(window.start, window.end));
    const { slope, offset } = calibration[script];
    const line = slope * window.logit + offset;
    if (line <= (strongest?.line ?? Number.NEGATIVE_INFINITY)) continue;
    const { start, end } = window;
    const weight = Math.min(EVIDENCE_MAX, bent(line)) * shareSaid(end - start, script);
    strongest = {
      line,
      rule: LEARNED_TYPE,
      type: LEARNED_TYPE,
      weight,
      standing: 1,
      start,
      end,
      layer: view.layers.indexOf(layer),
    };
  }
  return strongest;
}

/** A text of this length, of any script but those of ideographs, says enough for the model to be taken at its word, UTF-16 units. */
const ENOUGH_CHARS = 400;

/** How far a model is believed, 0..1: of a few words, each weighs so much that a harmless sentence can look like an attack. */
function shareSaid(chars: number, script: ScriptGroup): number {
  return Math.min(1, (chars * (script === 'cjk' ? LETTERS_OF_IDEOGRAPH : 1)) / ENOUGH_CHARS);
}

/** Never negative, and still ranks texts of which there is little to say; half and more of a score is left as it is. */
function bent(evidence: number): number {
  const bends = (evidence - BEND_SHIFT) / BEND;
  // Beyond, the bend makes no difference, and the exponential would overflow at last.
  return bends > BENDS_MAX ? evidence : BEND * Math.log1p(Math.exp(bends));
}

const BENDS_MAX = 20;

/** Evidence below which a model begins to speak against signatures, and how far below it says all that it can say. */
const DOUBT_FROM = -0.5;
const DOUBT_RANGE = 1.5;
/** More it may not take away: what signatures see is there, whatever words surround it. */
const DOUBT_MAX = 0.4;

/** What is left of the signatures' evidence in data that looks to its model like data, 0.6..1. */
export function trustIn(channel: Channel, line: number): number {
  if (channel === 'direct') return 1;
  return 1 - DOUBT_MAX * Math.min(1, Math.max(0, (DOUBT_FROM - line) / DOUBT_RANGE));
}
