import { z } from 'zod';
import { fileSchema, option } from './option.ts';

const MIN_PERCENT = 0.001;
const MAX_PERCENT = 10;

/** A share as people write it, `0.1%`: a bare number could be either. */
const budget = z.string().refine((text) => /^\d{1,2}(?:\.\d{1,6})?%$/.test(text) && isInRange(percentOf(text)), {
  error: `must be a share from ${MIN_PERCENT}% to ${MAX_PERCENT}%, such as \`0.1%\``,
});

function isInRange(percent: number): boolean {
  return percent >= MIN_PERCENT && percent <= MAX_PERCENT;
}

export const calibrationSchema = z.strictObject({
  fprBudget: option(budget.default('0.1%'), {
    about:
      'share of honest texts that may score as high as an attack, in each channel and group of languages; `sallyport calibrate` sets thresholds that keep it with 95 % confidence',
    unit: '0.001% to 10%',
  }),
  file: option(fileSchema.optional(), {
    about:
      'file of thresholds that `sallyport calibrate --write` made, for this budget and these detectors. Without it scores are the detectors’ own',
  }),
});

export function percentOf(text: string): number {
  return Number(text.replace('%', ''));
}
