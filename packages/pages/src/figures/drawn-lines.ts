import { html, type Markup } from '../markup.ts';
import { DASHES, LINE_STYLES } from './line-styles.ts';
import type { Plot } from './plot.ts';

/** One value for each time; a gap where there is none. */
export type Values = readonly (number | undefined)[];

export interface Line {
  readonly name: string;
  readonly values: Values;
}

/** Between which values something lies, such as what was usual. */
export interface Range {
  readonly name: string;
  readonly low: Values;
  readonly high: Values;
}

/** What is drawn of a figure. */
export interface Drawn {
  /** Times, ascending. */
  readonly atMs: readonly number[];
  readonly lines: readonly Line[];
  readonly ranges?: readonly Range[];
}

/** Each line in pieces: where there is no value, there is no line. A value that stands alone is a dot. */
export function drawnLines({ atMs, lines }: Drawn, plot: Plot): Markup {
  return html`${lines.map(({ name, values }, at) => {
    const style = at % LINE_STYLES;
    const pieces = piecesOf(values, atMs).map((piece) => {
      const [first] = piece;
      if (piece.length === 1 && first !== undefined)
        return html`<circle class="dot fill${style}" cx="${plot.x(first.atMs)}" cy="${plot.y(first.value)}" r="2.5"></circle>`;
      const points = piece.map((point) => `${plot.x(point.atMs)},${plot.y(point.value)}`).join(' ');
      return html`<polyline class="line${style}" points="${points}" stroke-dasharray="${DASHES[style]}"></polyline>`;
    });
    return html`<g><title>${name}</title>${pieces}</g>`;
  })}`;
}

/** Each range as an area, in pieces where its two bounds are known. */
export function drawnRanges({ atMs, ranges = [] }: Drawn, plot: Plot): Markup {
  return html`${ranges.map(({ name, low, high }, at) => {
    const known = low.map((value, time) => (high[time] === undefined ? undefined : value));
    const areas = piecesOf(known, atMs).map((piece) => {
      const above = piece.map(({ atMs: time, place }) => `${plot.x(time)},${plot.y(high[place] ?? 0)}`);
      const below = piece.map(({ atMs: time, value }) => `${plot.x(time)},${plot.y(value)}`).reverse();
      return html`<polygon class="range fill${at % LINE_STYLES}" points="${[...above, ...below].join(' ')}"></polygon>`;
    });
    return html`<g><title>${name}</title>${areas}</g>`;
  })}`;
}

interface Point {
  readonly atMs: number;
  readonly value: number;
  /** In the list of values. */
  readonly place: number;
}

function piecesOf(values: Values, atMs: readonly number[]): readonly (readonly Point[])[] {
  const pieces: Point[][] = [];
  let open: Point[] | undefined;
  for (const [place, time] of atMs.entries()) {
    const value = values[place];
    if (value === undefined || !Number.isFinite(value)) {
      open = undefined;
      continue;
    }
    if (open === undefined) {
      open = [];
      pieces.push(open);
    }
    open.push({ atMs: time, value, place });
  }
  return pieces;
}
