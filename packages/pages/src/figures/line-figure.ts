import { amount, type Unit } from '../amount.ts';
import { html, type Markup } from '../markup.ts';
import { table } from '../table.ts';
import { type Drawn, drawnLines, drawnRanges } from './drawn-lines.ts';
import { DASHES, LINE_STYLES } from './line-styles.ts';
import { type Extent, type Frame, type Plot, plotOf } from './plot.ts';
import { timeText, timeTicks } from './ticks.ts';

/** Something that happened: numbered in the figure, told below it. */
export interface MarkedEvent {
  readonly atMs: number;
  readonly says: string;
}

/** A stretch of time that is set apart. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly says: string;
}

export interface LineFigure extends Drawn {
  readonly title: string;
  /** What is to be seen in it, in a sentence. */
  readonly says: string;
  readonly unit: Unit;
  readonly events?: readonly MarkedEvent[];
  readonly stretches?: readonly Stretch[];
}

const FRAME: Frame = { width: 720, height: 240, left: 78, right: 12, top: 18, bottom: 26 };

/** Values over time, drawn and, folded away, as a table. Nothing is drawn of a time outside `atMs`. */
export function lineFigure(figure: LineFigure): Markup {
  const { title, says, lines, ranges = [], events = [], stretches = [] } = figure;
  if (figure.atMs.length === 0) return html`<p class="none">${title}: Nothing in this period.</p>`;
  const plot = plotOf(FRAME, extentOf(figure));
  return html`<figure class="lines"><figcaption>${title}</figcaption><p>${says}</p>
<svg role="img" viewBox="0 0 ${FRAME.width} ${FRAME.height}" aria-label="${title}: ${says}"><title>${title}</title><desc>${says}</desc>
${stretches.map((stretch) => stretchOf(stretch, plot))}${axes(plot, figure.unit)}${drawnRanges(figure, plot)}${drawnLines(figure, plot)}${events.map((event, at) => eventOf(event, at, plot))}</svg>
${lines.length + ranges.length > 1 ? legend(figure) : undefined}${told(figure)}
<details><summary>The numbers</summary>${numbersOf(figure)}</details></figure>`;
}

/** From zero on where nothing is below: a line must not look as if it rose from nothing. */
export function extentOf({ atMs, lines, ranges = [] }: Drawn): Extent {
  let [low, high] = [0, 0];
  for (const values of [...lines.map((line) => line.values), ...ranges.flatMap((range) => [range.low, range.high])]) {
    for (const value of values) {
      if (value === undefined || !Number.isFinite(value)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return { fromMs: atMs[0] ?? 0, toMs: atMs.at(-1) ?? 0, low, high };
}

function axes(plot: Plot, unit: Unit): Markup {
  const { left, right, width, height, bottom } = plot.frame;
  const across = plot.marks.map((mark) => {
    const y = plot.y(mark);
    return html`<line class="grid" x1="${left}" x2="${width - right}" y1="${y}" y2="${y}"></line><text class="tick end" x="${left - 6}" y="${y + 4}">${amount(mark, unit)}</text>`;
  });
  const along = timeTicks(plot.fromMs, plot.toMs).map(
    ({ atMs, text }) => html`<text class="tick middle" x="${plot.x(atMs)}" y="${height - bottom + 18}">${text}</text>`,
  );
  return html`${across}${along}`;
}

function inside(atMs: number, { fromMs, toMs }: Plot): boolean {
  return atMs >= fromMs && atMs <= toMs;
}

function stretchOf({ fromMs, toMs, says }: Stretch, plot: Plot): Markup | undefined {
  const { top, bottom, height } = plot.frame;
  const [from, to] = [Math.max(fromMs, plot.fromMs), Math.min(toMs, plot.toMs)];
  if (from > to) return undefined;
  const x = plot.x(from);
  return html`<rect class="stretch" x="${x}" y="${top}" width="${Math.max(1, plot.x(to) - x)}" height="${height - top - bottom}"><title>${says}</title></rect>`;
}

function eventOf({ atMs, says }: MarkedEvent, at: number, plot: Plot): Markup | undefined {
  if (!inside(atMs, plot)) return undefined;
  const { top, bottom, height } = plot.frame;
  const x = plot.x(atMs);
  return html`<g class="event"><title>${says}</title><line x1="${x}" x2="${x}" y1="${top}" y2="${height - bottom}"></line><text class="tick middle" x="${x}" y="${top - 5}">${at + 1}</text></g>`;
}

/** How each line and range is drawn. */
export function legend({ lines, ranges = [] }: Omit<Drawn, 'atMs'>): Markup {
  const drawn = lines.map(({ name }, at) => {
    const style = at % LINE_STYLES;
    return html`<li><svg class="key" viewBox="0 0 24 8" aria-hidden="true"><line class="line${style}" x1="0" x2="24" y1="4" y2="4" stroke-dasharray="${DASHES[style]}"></line></svg> ${name}</li>`;
  });
  const shaded = ranges.map(
    ({ name }, at) =>
      html`<li><svg class="key" viewBox="0 0 24 8" aria-hidden="true"><rect class="range fill${at % LINE_STYLES}" width="24" height="8"></rect></svg> ${name}</li>`,
  );
  return html`<ul class="legend">${drawn}${shaded}</ul>`;
}

function told({ events = [], stretches = [] }: LineFigure): Markup | undefined {
  if (events.length === 0 && stretches.length === 0) return undefined;
  const happened = events.map(({ atMs, says }) => html`<li><time>${momentOf(atMs)}</time> ${says}</li>`);
  const apart = stretches.map(
    ({ fromMs, toMs, says }) =>
      html`<li><time>${momentOf(fromMs)}</time> to <time>${momentOf(toMs)}</time>: ${says}</li>`,
  );
  return html`${events.length > 0 ? html`<ol class="events">${happened}</ol>` : undefined}${stretches.length > 0 ? html`<ul class="events">${apart}</ul>` : undefined}`;
}

function momentOf(atMs: number): string {
  return new Date(atMs).toISOString().replace('T', ' ').slice(0, 19);
}

function numbersOf({ title, unit, atMs, lines, ranges = [] }: LineFigure): Markup {
  const stepMs = (atMs[1] ?? 0) - (atMs[0] ?? 0);
  const columns = [
    ...lines.map(({ name, values }) => ({ name, values })),
    ...ranges.flatMap(({ name, low, high }) => [
      { name: `${name}, from`, values: low },
      { name: `${name}, to`, values: high },
    ]),
  ];
  return table({
    caption: `${title}, by time (UTC)`,
    columns: [
      { title: 'from', align: 'left' },
      ...columns.map(({ name }) => ({ title: name, align: 'right' }) as const),
    ],
    rows: atMs.map((time, at) => [
      timeText(time, stepMs),
      ...columns.map(({ values }) => (values[at] === undefined ? '' : amount(values[at], unit))),
    ]),
  });
}
