import { amount, type Unit } from './amount.ts';
import { html, type Markup } from './markup.ts';

/** Steps of shade, 0..HEAT_STEPS; the number stands in each cell, so nobody has to tell them apart. */
export const HEAT_STEPS = 8;

export interface Heat {
  readonly title: string;
  readonly says: string;
  readonly unit: Unit;
  /** What the rows are and what the columns are. */
  readonly axes: readonly [rows: string, columns: string];
  readonly columns: readonly string[];
  readonly rows: readonly { readonly name: string; readonly values: readonly (number | undefined)[] }[];
  /** What has the deepest shade, above 0; default: the largest value. */
  readonly deepest?: number;
}

/** A matrix whose cells are the darker, the larger their number is. */
export function heatTable({ title, says, unit, axes, columns, rows, deepest }: Heat): Markup {
  if (rows.length === 0 || columns.length === 0) return html`<p class="none">${title}: Nothing in this period.</p>`;
  const most = deepest ?? Math.max(0, ...rows.flatMap(({ values }) => values.map((value = 0) => value)));
  const heads = columns.map((column) => html`<th scope="col" class="right">${column}</th>`);
  const body = rows.map(
    ({ name, values }) =>
      html`<tr><th scope="row" class="left">${name}</th>${values.map(
        (value) => html`<td class="right heat${stepOf(value, most)}">${amount(value, unit)}</td>`,
      )}</tr>\n`,
  );
  return html`<figure class="heat"><figcaption>${title}</figcaption><p>${says}</p>
<div class="wide" role="region" aria-label="${title}" tabindex="0"><table>
<thead><tr><th scope="col" class="left">${axes[0]} \u2193 ${axes[1]} \u2192</th>${heads}</tr></thead>
<tbody>${body}</tbody></table></div></figure>`;
}

function stepOf(value: number | undefined, most: number): number {
  if (value === undefined || Number.isNaN(value) || most <= 0) return 0;
  return Math.ceil(Math.min(1, Math.max(0, value / most)) * HEAT_STEPS);
}
