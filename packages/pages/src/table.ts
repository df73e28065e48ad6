import { html, type Markup, type Shown } from './markup.ts';

export interface Column {
  readonly title: string;
  /** Numbers stand at the right. */
  readonly align: 'left' | 'right';
}

export interface Table {
  /** What the rows are, for those who hear the page too. */
  readonly caption: string;
  readonly columns: readonly Column[];
  /** Cells in the order of the columns; the first of each names its row. */
  readonly rows: readonly (readonly Shown[])[];
  /** What is said where there is no row. */
  readonly none?: string;
}

/** A table that scrolls by itself where it is wider than the page. */
export function table({ caption, columns, rows, none = 'Nothing in this period.' }: Table): Markup {
  if (rows.length === 0) return html`<p class="none">${caption}: ${none}</p>`;
  const heads = columns.map(({ title, align }) => html`<th scope="col" class="${align}">${title}</th>`);
  return html`<div class="wide" role="region" aria-label="${caption}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr>${heads}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((cell, at) => cellOf(cell, at, columns))}</tr>\n`)}</tbody>
</table></div>`;
}

function cellOf(cell: Shown, at: number, columns: readonly Column[]): Markup {
  const align = columns[at]?.align ?? 'left';
  return at === 0 ? html`<th scope="row" class="${align}">${cell}</th>` : html`<td class="${align}">${cell}</td>`;
}
