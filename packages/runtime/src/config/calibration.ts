import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { CALIBRATION_MAX_BYTES, parseCalibration } from '../calibration/calibration-file.ts';
import { percentOf } from './calibration-schema.ts';
import type { CalibrationConfig } from './config.ts';
import type { Report } from './problem.ts';
import type { ConfigFile } from './schema.ts';

/** The budget as a share, and the file read; whether it is one of these detectors is for who opens them. */
export function resolveCalibration(
  { fprBudget: percent, file }: ConfigFile['calibration'],
  { folder, report }: { readonly folder: string; readonly report: Report },
): CalibrationConfig {
  // Of the text: 0.1 / 100 is not 0.001 to the last bit.
  const fprBudget = Number(`${percentOf(percent)}e-2`);
  if (file === undefined) return { fprBudget, file: undefined };
  const at = { path: ['calibration', 'file'] };
  const text = textOf(resolve(folder, file));
  const parsed = text === undefined ? { problem: 'cannot be read' } : parseCalibration(text);
  if ('problem' in parsed) report(at, parsed.problem);
  else if (parsed.fprBudget !== fprBudget) {
    report(
      at,
      `was made for a budget of ${parsed.fprBudget * 100}%, not ${percent}: run \`sallyport calibrate\` again`,
    );
  } else return { fprBudget, file: parsed };
  return { fprBudget, file: undefined };
}

function textOf(path: string): string | undefined {
  try {
    return statSync(path).size > CALIBRATION_MAX_BYTES ? undefined : readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
