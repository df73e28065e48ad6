import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type DrillCase, FAMILIES, planDrill, readCases } from '@sallyport/redteam';
import { visibleText } from '@sallyport/text';
import type { ConfigFlags } from '../command.ts';

export const DRILL_FORMATS = ['table', 'json', 'sarif', 'junit'] as const;
export type DrillFormat = (typeof DRILL_FORMATS)[number];

export interface DrillFlags extends ConfigFlags {
  readonly url?: string;
  readonly model: string;
  readonly family?: readonly string[];
  readonly live?: boolean;
  readonly seed: string;
  readonly budget: string;
  readonly rate: string;
  readonly timeout: string;
  readonly maxSuccess?: string;
  readonly maxBenignBlocked?: string;
  readonly format: DrillFormat;
  readonly saveCases?: string;
  readonly replay?: string;
}

export interface DrillNumbers {
  readonly budget: number;
  readonly rate: number;
  readonly timeoutMs: number;
  readonly maxSuccess: number | undefined;
  readonly maxBenignBlocked: number | undefined;
}

/** Requests that one drill makes at most. */
const BUDGET_MAX = 100_000;
/** Requests a second at most. */
const RATE_MAX = 1_000;
const TIMEOUT_MAX_SECONDS = 600;

/** The numbers among the flags, or what is wrong with them. */
export function drillNumbers(flags: DrillFlags): DrillNumbers | string {
  const { budget, rate, timeout, maxSuccess, maxBenignBlocked } = flags;
  const shares = [maxSuccess, maxBenignBlocked].filter((share) => share !== undefined);
  if (!within(budget, { least: 2, most: BUDGET_MAX }) || !Number.isInteger(Number(budget)))
    return `\`--budget\` is a whole number of 2 to ${BUDGET_MAX} requests`;
  if (!within(rate, { least: 0.001, most: RATE_MAX })) return `\`--rate\` is 0.001 to ${RATE_MAX} requests a second`;
  if (!within(timeout, { least: 1, most: TIMEOUT_MAX_SECONDS }))
    return `\`--timeout\` is 1 to ${TIMEOUT_MAX_SECONDS} seconds`;
  if (!shares.every((share) => within(share, { least: 0, most: 1 })))
    return '`--max-success` and `--max-benign-blocked` are shares of 0 to 1';
  return {
    budget: Number(budget),
    rate: Number(rate),
    timeoutMs: Number(timeout) * 1_000,
    maxSuccess: maxSuccess === undefined ? undefined : Number(maxSuccess),
    maxBenignBlocked: maxBenignBlocked === undefined ? undefined : Number(maxBenignBlocked),
  };
}

function within(text: string, { least, most }: { readonly least: number; readonly most: number }): boolean {
  return /^\d{1,9}(?:\.\d{1,9})?$/.test(text) && Number(text) >= least && Number(text) <= most;
}

/** The cases that are to be sent, or what is wrong with the flags that say which. */
export function drillCases(flags: DrillFlags, budget: number, cwd: string): readonly DrillCase[] | string {
  const { family: families = [], seed, replay } = flags;
  if (replay !== undefined) return replayed(resolve(cwd, replay), budget);
  const known = FAMILIES.map(({ id }) => id);
  const unknown = families.find((id) => !known.includes(id));
  if (unknown !== undefined) return `no family \`${visibleText(unknown)}\`; there are: ${known.join(', ')}`;
  return planDrill({ seed, budget, families });
}

function replayed(path: string, budget: number): readonly DrillCase[] | string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return `the file \`${visibleText(path)}\` cannot be read`;
  }
  const cases = readCases(text);
  if ('badLine' in cases) return `line ${cases.badLine} of the file of \`--replay\` is no case of a drill`;
  if (cases.length === 0) return 'the file of `--replay` holds no case';
  return cases.length > budget ? `the file of \`--replay\` holds ${cases.length} cases: more than \`--budget\`` : cases;
}
