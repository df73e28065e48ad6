import { amount, type Unit } from '../amount.ts';
import { html, type Markup } from '../markup.ts';
import { table } from '../table.ts';
import { type Drawn, drawnLines, drawnRanges } from './drawn-lines.ts';
import { extentOf, legend } from './line-figure.ts';
import { type Extent, type Frame, plotOf } from './plot.ts';
import { timeText } from './ticks.ts';

/** One of many figures of the same kind. */
export interface SmallFigure extends Omit<Drawn, 'atMs'> {
  readonly title: string;
  /** What is to be said of it, under its title. */
  readonly note?: string;
}

export interface SmallMultiples {
  readonly title: string;
  readonly says: string;
  readonly unit: Unit;
  readonly atMs: readonly number[];
  readonly figures: readonly SmallFigure[];
  /** `shared`: all have the same axis and can be compared. `own`: each shows its own shape. */
  readonly scale: 'shared' | 'own';
}

const FRAME: Frame = { width: 220, height: 72, left: 4, right: 4, top: 6, bottom: 6 };

/** Many small figures beside each other, with the same times; below them, folded away, their numbers. */
export function smallMultiples({ title, says, unit, atMs, figures, scale }: SmallMultiples): Markup {
  if (figures.length === 0 || atMs.length === 0) return html`<p class="none">${title}: Nothing in this period.</p>`;
  const extents = figures.map((figure) => extentOf({ atMs, ...figure }));
  const together = extents.reduce(union);
  const drawn = figures.map((figure, at) => {
    const extent = scale === 'shared' ? together : (extents[at] ?? together);
    const plot = plotOf(FRAME, extent);
    const spoken = `${figure.title}: ${amount(plot.marks[0], unit)} to ${amount(plot.marks.at(-1), unit)}`;
    return html`<figure class="small"><figcaption>${figure.title}</figcaption>
<svg role="img" viewBox="0 0 ${FRAME.width} ${FRAME.height}" aria-label="${spoken}"><title>${spoken}</title>${plot.marks.map((mark) => html`<line class="grid" x1="${FRAME.left}" x2="${FRAME.width - FRAME.right}" y1="${plot.y(mark)}" y2="${plot.y(mark)}"></line>`)}${drawnRanges({ atMs, ...figure }, plot)}${drawnLines({ atMs, ...figure }, plot)}</svg>
<p>${amount(plot.marks[0], unit)} to ${amount(plot.marks.at(-1), unit)}${figure.note === undefined ? undefined : html`<br>${figure.note}`}</p></figure>\n`;
  });
  return html`<figure class="lines"><figcaption>${title}</figcaption><p>${says}</p>
${legendOf(figures)}<div class="smalls">${drawn}</div>
<details><summary>The numbers</summary>${numbersOf({ title, says, unit, atMs, figures, scale })}</details></figure>`;
}

function union(a: Extent, b: Extent): Extent {
  return { ...a, low: Math.min(a.low, b.low), high: Math.max(a.high, b.high) };
}

/** All have the same lines: those of the first that has most tell them apart. */
function legendOf(figures: readonly SmallFigure[]): Markup | undefined {
  const fullest = figures.reduce((most, figure) => (partsOf(figure) > partsOf(most) ? figure : most));
  return partsOf(fullest) > 1 ? legend(fullest) : undefined;
}

function partsOf({ lines, ranges = [] }: SmallFigure): number {
  return lines.length + ranges.length;
}

function numbersOf({ title, unit, atMs, figures }: SmallMultiples): Markup {
  const stepMs = (atMs[1] ?? 0) - (atMs[0] ?? 0);
  const lines = figures.flatMap((figure) =>
    figure.lines.map(({ name, values }) => ({
      name: figure.lines.length > 1 ? `${figure.title}, ${name}` : figure.title,
      values,
    })),
  );
  return table({
    caption: `${title}, by time (UTC)`,
    columns: [{ title: 'from', align: 'left' }, ...lines.map(({ name }) => ({ title: name, align: 'right' }) as const)],
    rows: atMs.map((time, at) => [
      timeText(time, stepMs),
      ...lines.map(({ values }) => (values[at] === undefined ? '' : amount(values[at], unit))),
    ]),
  });
}
