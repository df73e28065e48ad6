import { z } from 'zod';
import { fileSchema, option } from './option.ts';

const MIN_PERCENT = 0.001;
const MAX_PERCENT = 10;

/** A share as people write it, `0.1%`: a bare number could be either. */
const budget = z
  .string()
  .regex(/^\d{1,2}(?:\.\d{1,6})?%$/, 'must be a share in percent, such as `0.1%`')
  .refine((text) => percentOf(text) >= MIN_PERCENT && percentOf(text) <= MAX_PERCENT, {
    error: `must be ${MIN_PERCENT}% to ${MAX_PERCENT}%`,
  });

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
