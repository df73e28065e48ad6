import { readFileSync } from 'node:fs';
import { isFault, SallyportError } from '@sallyport/core';
import { LinearModel } from './linear-model.ts';

/** A model of this package's `models` folder, which lies beside both `src` and `dist`. Throws when the package is broken. */
export function readBundledModel(name: string): LinearModel {
  const model = LinearModel.open(readFileSync(new URL(`../../models/${name}.bin`, import.meta.url)));
  if (isFault(model)) throw new SallyportError('MODEL_INVALID', { detail: `${name}, byte ${model.at}` });
  return model;
}
