import type { LabelledRow } from '../data/labelled-row.ts';
import { type Example, type Fitted, fitWeights, logitOf } from './fit-weights.ts';
import { type ReadingOptions, type WindowFeatures, windowsOf } from './read-windows.ts';

/** A row, read once. */
export interface ReadRow {
  readonly row: LabelledRow;
  readonly windows: readonly WindowFeatures[];
  /** The window that holds the attack, when the row says where it stands. */
  readonly attacked?: number;
}

export function readRow(row: LabelledRow, options: ReadingOptions): ReadRow {
  return { row, ...windowsOf(row.text, options, row.payload) };
}

export interface ChannelOptions {
  readonly bits: number;
  readonly seed: string;
}

/** Rounds of choosing windows anew by the model of the round before, and epochs of each. */
const EPOCHS = [1, 1, 3];
/** Of a benign text those windows count that look most like an attack. */
const HARD_WINDOWS = 3;
/** How much all generated rows count together, when there are others. */
const GENERATED_SHARE = 0.35;

/**
 * Trains on rows of which only some say where their attack stands: at first every window of the others counts, then the
 * one that the model of the round before takes for the attack. Attacks and benign texts count alike in sum; a group of
 * sources counts by the root of its size, so that no large one speaks for all.
 */
export function trainChannel(rows: readonly ReadRow[], { bits, seed }: ChannelOptions): Fitted {
  const weights = weightsOf(rows);
  let fitted: Fitted | undefined;
  for (const [round, epochs] of EPOCHS.entries()) {
    const examples = rows.flatMap((row, at) => examplesOf(row, weights[at] as number, fitted));
    fitted = fitWeights(examples, { bits, epochs, seed: `${seed}|${round}` });
  }
  if (fitted === undefined) throw new RangeError('no rounds');
  return fitted;
}

/** Log-odds of a row: those of its strongest window. */
export function rowLogit(fitted: Fitted, { windows }: ReadRow): number {
  return windows.reduce((most, window) => Math.max(most, logitOf(fitted, window)), Number.NEGATIVE_INFINITY);
}

function examplesOf({ row, windows, attacked }: ReadRow, weight: number, fitted: Fitted | undefined): Example[] {
  const chosen = windowsFor({ row, windows, attacked }, fitted);
  const each = weight / (row.attack ? chosen.length : Math.sqrt(chosen.length));
  return chosen.map((features) => ({ features, attack: row.attack, weight: each }));
}

function windowsFor(
  { row, windows, attacked }: { row: LabelledRow; windows: readonly WindowFeatures[]; attacked: number | undefined },
  fitted: Fitted | undefined,
): readonly WindowFeatures[] {
  const known = attacked === undefined ? undefined : windows[attacked];
  if (row.attack && known !== undefined) return [known];
  if (fitted === undefined || windows.length === 1) return windows;
  const ranked = windows
    .map((window) => ({ window, logit: logitOf(fitted, window) }))
    .sort((a, b) => b.logit - a.logit);
  return ranked.slice(0, row.attack ? 1 : HARD_WINDOWS).map(({ window }) => window);
}

/** What each row counts; 1 in the mean. */
function weightsOf(rows: readonly ReadRow[]): readonly number[] {
  const cellOf = ({ row }: ReadRow) => `${row.group}|${row.attack}`;
  const sizes = new Map<string, number>();
  for (const read of rows) sizes.set(cellOf(read), (sizes.get(cellOf(read)) ?? 0) + 1);
  const raw = rows.map((read) => 1 / Math.sqrt(sizes.get(cellOf(read)) ?? 1));
  const sideOf = ({ row }: ReadRow) => `${row.generated}|${row.attack}`;
  const sums = new Map<string, number>();
  for (const [at, read] of rows.entries()) sums.set(sideOf(read), (sums.get(sideOf(read)) ?? 0) + (raw[at] as number));
  const mixed = rows.some(({ row }) => row.generated) && rows.some(({ row }) => !row.generated);
  return rows.map((read, at) => {
    const share = !mixed ? 1 : read.row.generated ? GENERATED_SHARE : 1 - GENERATED_SHARE;
    return ((raw[at] as number) / (sums.get(sideOf(read)) ?? 1)) * 0.5 * share * rows.length;
  });
}
