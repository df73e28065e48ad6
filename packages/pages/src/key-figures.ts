import { html, type Markup, type Shown } from './markup.ts';

export interface KeyFigure {
  readonly name: string;
  /** With its unit. */
  readonly value: string;
  /** How it is meant, or what it leaves out. */
  readonly note?: Shown;
}

/** The few numbers that a page begins with. */
export function keyFigures(figures: readonly KeyFigure[]): Markup {
  return html`<dl class="keys">${figures.map(
    ({ name, value, note }) =>
      html`<div><dt>${name}</dt><dd class="value">${value}</dd>${note === undefined ? undefined : html`<dd class="note">${note}</dd>`}</div>\n`,
  )}</dl>`;
}

/** Names with what belongs to them, one below the other. */
export function definitions(rows: readonly (readonly [name: string, value: Shown])[]): Markup {
  return html`<dl class="facts">${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>\n`)}</dl>`;
}
