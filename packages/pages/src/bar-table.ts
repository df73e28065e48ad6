import { amount, type Unit } from './amount.ts';
import { LINE_STYLES } from './figures/line-styles.ts';
import { html, type Markup } from './markup.ts';

export interface Bars {
  readonly title: string;
  /** What is to be seen in it, in a sentence. */
  readonly says: string;
  readonly unit: Unit;
  /** What each bar is made of, in the order of `values`; one name where it is one piece. */
  readonly parts: readonly string[];
  /** `stacked`: parts of one bar add up. `grouped`: a bar for each part, to be compared. */
  readonly arrangement: 'stacked' | 'grouped';
  /** What has no value is not known, and has no bar. */
  readonly rows: readonly { readonly name: string; readonly values: readonly (number | undefined)[] }[];
}

/** Bars within a table: each has its number beside it, and names wrap as long as they are. */
export function barTable(bars: Bars): Markup {
  const { title, says, unit, parts, rows } = bars;
  if (rows.length === 0) return html`<p class="none">${title}: Nothing in this period.</p>`;
  const widest = Math.max(0, ...rows.map(({ values }) => lengthOf(values, bars.arrangement)));
  const heads = [...parts, ...(bars.arrangement === 'stacked' && parts.length > 1 ? ['all'] : [])];
  const body = rows.map(({ name, values }) => {
    const cells = [...values, ...(heads.length > parts.length ? [sumOf(values)] : [])];
    return html`<tr><th scope="row" class="left">${name}</th><td class="bar">${drawn(values, bars, widest)}</td>${cells.map(
      (value) => html`<td class="right">${amount(value, unit)}</td>`,
    )}</tr>\n`;
  });
  return html`<figure class="bars"><figcaption>${title}</figcaption><p>${says}</p>
<div class="wide" role="region" aria-label="${title}" tabindex="0"><table>
<thead><tr><td></td><td></td>${heads.map((head, at) => html`<th scope="col" class="right">${at < parts.length && parts.length > 1 ? swatch(at) : undefined}${head}</th>`)}</tr></thead>
<tbody>${body}</tbody></table></div></figure>`;
}

const WIDTH = 100;
const THICK = 10;

function drawn(values: readonly (number | undefined)[], { arrangement }: Bars, widest: number): Markup {
  const scale = widest > 0 ? WIDTH / widest : 0;
  const thick = arrangement === 'grouped' ? THICK / Math.max(1, values.length) : THICK;
  let from = 0;
  const pieces = values.map((value = 0, at) => {
    const width = (Math.max(0, value) * scale).toFixed(2);
    const [x, y] = arrangement === 'grouped' ? ['0', (at * thick).toFixed(2)] : [from.toFixed(2), '0'];
    from += Number(width);
    return html`<rect class="fill${at % LINE_STYLES}" x="${x}" y="${y}" width="${width}" height="${thick.toFixed(2)}"></rect>`;
  });
  return html`<svg class="bar" viewBox="0 0 ${WIDTH} ${THICK}" preserveAspectRatio="none" aria-hidden="true">${pieces}</svg>`;
}

function swatch(at: number): Markup {
  return html`<svg class="swatch" viewBox="0 0 10 10" aria-hidden="true"><rect class="fill${at % LINE_STYLES}" width="10" height="10"></rect></svg> `;
}

function lengthOf(values: readonly (number | undefined)[], arrangement: Bars['arrangement']): number {
  return arrangement === 'stacked' ? sumOf(values) : Math.max(0, ...values.map((value = 0) => value));
}

function sumOf(values: readonly (number | undefined)[]): number {
  return values.reduce<number>((sum, value = 0) => sum + Math.max(0, value), 0);
}
