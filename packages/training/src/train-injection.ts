import { isFault, SallyportError } from '@sallyport/core';
import { LinearModel, scriptGroupOf, writeModel } from '@sallyport/detectors';
import type { LabelledRow } from './data/labelled-row.ts';
import type { Channel } from './generators/generated-row.ts';
import settings from './injection.json' with { type: 'json' };
import { calibrate } from './trainer/calibrate.ts';
import { quantise, restored } from './trainer/quantise.ts';
import type { ReadingOptions } from './trainer/read-windows.ts';
import { readRow, rowLogit, trainChannel } from './trainer/train-channel.ts';

/** A trained model, as its file and as it runs. */
export interface TrainedModel {
  readonly bytes: Uint8Array;
  readonly model: LinearModel;
}

/** What a channel's model reads, from `injection.json`. */
export function readingOf(channel: Channel): ReadingOptions {
  const { words, letters } = settings.features;
  const [from = 0, to = 0] = letters;
  return {
    features: { bits: settings.bits, words: words === 2 ? 2 : 1, letters: [from, to] },
    windowChars: settings.channels[channel].windowChars,
  };
}

/**
 * Trains the model of one channel on rows, and calibrates it on benign rows that it was not trained on. The same rows give
 * the same bytes. Cost: about 2 ms a row.
 */
export function trainInjection(
  channel: Channel,
  { train, calibration }: { readonly train: readonly LabelledRow[]; readonly calibration: readonly LabelledRow[] },
): TrainedModel {
  const reading = readingOf(channel);
  const fitted = trainChannel(
    train.map((row) => readRow(row, reading)),
    { bits: settings.bits, seed: `${settings.seed}|${channel}` },
  );
  const quantised = quantise(fitted);
  const shipped = restored(quantised);
  const benign = calibration
    .filter(({ attack, kind }) => !attack && settings.calibrationKinds.includes(kind))
    .map((row) => ({
      logit: rowLogit(shipped, readRow(row, reading)),
      kind: row.kind,
      script: scriptGroupOf(row.text),
    }));
  const head = {
    name: `injection-${channel}`,
    bias: quantised.bias,
    scale: quantised.scale,
    ...(benign.length > 0 && { calibration: calibrate(benign, settings.channels[channel].anchors) }),
  };
  const bytes = writeModel({ ...reading, heads: [head], weights: quantised.weights });
  return openTrained(bytes);
}

/** A model that was trained before. @throws {SallyportError} when the bytes are none */
export function openTrained(bytes: Uint8Array): TrainedModel {
  const model = LinearModel.open(bytes);
  if (isFault(model)) throw new SallyportError('MODEL_INVALID', { detail: `byte ${model.at}` });
  return { bytes, model };
}
