import { drawnOf, type LabelledRow, labelledRow } from './data/labelled-row.ts';
import type { DataFile } from './data/read-rows.ts';
import { generateRows } from './generators/generate-rows.ts';
import type { Channel } from './generators/generated-row.ts';

/** What is kept out of training and measured as something never seen. */
export type HoldOut =
  | { readonly by: 'source' | 'family'; readonly name: string }
  /** A quarter of all wrappers of synthetic sources, by name. */
  | { readonly by: 'style' };

const HELD_STYLES = 0.25;

/** Rows of one channel in files of a data folder. */
export function rowsOfFiles(files: readonly DataFile[], channel: Channel): readonly LabelledRow[] {
  return files.flatMap(({ rows }) => rows.flatMap((row) => labelledRow(row, channel) ?? []));
}

/** Rows of one channel that our own generators write. `measure` rows are of other forms and words than `train` rows. */
export function generatedRows(
  channel: Channel,
  options: { readonly seed: string; readonly pairs: number; readonly part: 'train' | 'measure' },
): readonly LabelledRow[] {
  const { seed, pairs, part } = options;
  return generateRows({ seed, perFamily: pairs, part })
    .filter((row) => row.channel === channel)
    .map((row, at) => ({
      id: `${part}-${at}`,
      text: row.text,
      attack: row.label === 'attack',
      kind: `generated_${row.label}`,
      source: `generated:${row.family}`,
      group: `generated:${row.family}`,
      apart: part === 'measure',
      generated: true,
    }));
}

/** Whether a row is of what is held out. */
export function isHeld(row: LabelledRow, hold: HoldOut | undefined): boolean {
  if (hold === undefined) return false;
  if (hold.by === 'style')
    return row.style !== undefined && drawnOf(`style ${row.style.split(':obf')[0]}`) < HELD_STYLES;
  return hold.by === 'source'
    ? row.group === hold.name || row.source === hold.name
    : row.source === `generated:${hold.name}`;
}
