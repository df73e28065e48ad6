import { sampleNeeded } from '@sallyport/core';
import type { Calibration, CalibrationCell } from '@sallyport/runtime';
import { type Column, textTable } from '../table.ts';

const COLUMNS: readonly Column[] = [
  { title: 'channel', align: 'left' },
  { title: 'language', align: 'left' },
  { title: 'category', align: 'left' },
  { title: 'texts', align: 'right' },
  { title: 'over 0.5', align: 'right' },
  { title: 'threshold', align: 'right' },
  { title: 'over it', align: 'right' },
  { title: 'at most', align: 'right' },
  { title: 'attacks found', align: 'right' },
  { title: 'result', align: 'left' },
];

/** What was measured, a row for each channel, group of languages and category that the sample has. */
export function calibrationTable({ thresholds, fprBudget }: Calibration): string {
  return textTable(
    COLUMNS,
    thresholds.map((cell) => [
      cell.channel,
      cell.language,
      cell.category,
      `${cell.texts}`,
      `${cell.aboveShipped}`,
      cell.threshold.toFixed(3),
      `${cell.above}`,
      percent(cell.upperBound),
      cell.attacks === 0 ? '-' : `${cell.found} of ${cell.attacks}`,
      resultOf(cell, fprBudget),
    ]),
  );
}

function resultOf({ status, needed }: CalibrationCell, fprBudget: number): string {
  if (status === 'calibrated') return `keeps ${percent(fprBudget)}`;
  return status === 'too-few'
    ? `too few: ${needed} honest texts show ${percent(fprBudget)}; the shipped threshold stays`
    : 'too many honest texts score as high as there is; the shipped threshold stays';
}

/** What the sample must at least have, for a budget. */
export function neededText({ fprBudget, confidence }: Calibration): string {
  return `a budget of ${percent(fprBudget)} takes ${sampleNeeded(fprBudget, confidence)} honest texts of a channel and group of languages`;
}

/** To the digit that counts: a budget can be a thousandth of a percent. */
export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))}%`;
}
