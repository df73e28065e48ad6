import { itemPath, type LeafReader, memberPath, type RawLeaf } from './raw-leaf.ts';

const SEPARATORS = [',', ';', '\t', '|'] as const;
const FEWEST_ROWS = 2;

interface Cell {
  readonly value: string;
  readonly start: number;
}

/**
 * Reads a table with a line of titles: at least two columns, at least two rows, all of them as wide as the titles.
 * Cost: O(length).
 */
export const csvLeaves: LeafReader = (text, { maxLeaves }) => {
  const head = text.split('\n', 1)[0] ?? '';
  const separator = SEPARATORS.find((candidate) => head.includes(candidate));
  if (separator === undefined) return undefined;
  const rows = rowsOf(text, separator, maxLeaves);
  const [titles] = rows ?? [];
  if (rows === undefined || titles === undefined || rows.length <= FEWEST_ROWS) return undefined;
  if (rows.some((row) => row.length !== titles.length) || titles.some(({ value }) => !isTitle(value))) return undefined;
  return rows.slice(1).flatMap((row, index) =>
    row.map((cell, column): RawLeaf => {
      const path = memberPath(itemPath('', index), titles[column]?.value ?? '');
      return { path, value: cell.value, start: cell.start };
    }),
  );
};

function isTitle(value: string): boolean {
  return /^[\p{L}_][\p{L}\p{N} _./()-]{0,39}$/u.test(value);
}

/** Rows of cells; `undefined` when there are more cells than `maxCells` or a quote is never closed. */
function rowsOf(text: string, separator: string, maxCells: number): readonly (readonly Cell[])[] | undefined {
  const rows: Cell[][] = [];
  let row: Cell[] = [];
  let cells = 0;
  let at = 0;
  while (at <= text.length) {
    const cell = cellAt(text, at, separator);
    if (cell === undefined || ++cells > maxCells) return undefined;
    row.push({ value: cell.value.trim(), start: at });
    const stop = text[cell.end];
    at = cell.end + 1;
    if (stop === separator) continue;
    if (stop !== undefined && stop !== '\n') return undefined;
    if (row.length > 1 || row[0]?.value !== '') rows.push(row);
    row = [];
  }
  return rows;
}

function cellAt(text: string, start: number, separator: string): { value: string; end: number } | undefined {
  if (text[start] !== '"') {
    let end = start;
    while (end < text.length && text[end] !== separator && text[end] !== '\n') end++;
    return { value: text.slice(start, end), end };
  }
  let value = '';
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] !== '"') value += text[at];
    else if (text[at + 1] === '"') value += text[at++];
    else return { value, end: text[at + 1] === '\r' ? at + 2 : at + 1 };
  }
  return undefined;
}
