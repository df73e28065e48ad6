import {
  amount,
  barTable,
  definitions,
  html,
  keyFigures,
  lineFigure,
  type Markup,
  page,
  type Section,
  table,
} from '@sallyport/pages';
import type { BaselineReport } from '@sallyport/runtime';
import {
  chanceOf,
  effectOf,
  minuteOf,
  notesOf,
  type ReportedMove,
  sidesOf,
  sinceOf,
  thinOf,
  unitOf,
  verdictOf,
} from './move-words.ts';

/** Moves that are drawn; the table has all. */
export const DRAWN_MAX = 40;

/** What moved since a baseline, as one page that needs nothing else. */
export function baselinePage(report: BaselineReport): string {
  const { name, moves, now } = report;
  const drawn = moves.slice(0, DRAWN_MAX);
  return page({
    title: `Since ${name}`,
    kicker: 'Comparison of a Sallyport gateway with a baseline',
    heading: verdictOf(report),
    lead: html`What was usual is the baseline ${name}. It is compared with ${now.period.from} to ${now.period.to}.`,
    sections: [
      { title: 'In short', body: short(report) },
      { title: 'What moved', body: allMoves(moves) },
      ...drawn.map(sectionOf),
      { title: 'What was compared', body: html`${comparedTable(report)}${firstSeenTable(report)}` },
      { title: 'What this was made from', body: sources(report) },
    ],
  });
}

function short(report: BaselineReport): Markup {
  const { moves, comparisons, series, falseAlarms, sampleMin } = report;
  const thin = series.filter((each) => thinOf(each).length > 0).length;
  return html`${keyFigures([
    { name: 'Moved', value: amount(moves.length, 'count'), note: `of ${amount(comparisons, 'count')} comparisons` },
    {
      name: 'False alarms',
      value: amount(falseAlarms, 'share'),
      note: 'of such reports would say that something moved where nothing did',
    },
    {
      name: 'Too few to say',
      value: amount(thin, 'count'),
      note: `of ${amount(series.length, 'count')} models, agents and principals have a signal that came less than ${sampleMin} times on one side`,
    },
  ])}<ul>${notesOf(report).map((note) => html`<li>${note}</li>`)}</ul>`;
}

function allMoves(moves: readonly ReportedMove[]): Markup {
  return table({
    caption: 'What moved, least probable by chance first',
    columns: ['of', 'name', 'signal', 'was', 'is', 'how far', 'by chance', 'since (UTC)'].map((title) => ({
      title,
      align: 'left',
    })),
    rows: moves.map((move) => [
      move.series.scope,
      move.series.name,
      move.signal,
      ...sidesOf(move),
      effectOf(move),
      chanceOf(move.corrected),
      sinceOf(move),
    ]),
    none: 'Nothing is shown to have moved.',
  });
}

function sectionOf(move: ReportedMove): Section {
  const { series, signal, counts, exchanges } = move;
  return {
    title: `${signal} of ${series.scope} ${series.name}`,
    body: html`${sidesFigure(move)}${courseFigure(move)}${definitions([
      ['Observations', `${amount(counts[0], 'count')} before, ${amount(counts[1], 'count')} now`],
      ['How far', effectOf(move)],
      ['By chance', `${chanceOf(move.corrected)}, corrected for how much was compared`],
      ['Since', sinceOf(move)],
    ])}${table({
      caption: 'Exchanges to look at, most telling first',
      columns: [
        { title: 'exchange', align: 'left' },
        { title: 'at (UTC)', align: 'left' },
        { title: 'why', align: 'left' },
      ],
      rows: exchanges.map(({ exchange, at, value, kind }) => [
        exchange,
        minuteOf(at),
        kind ?? (value === undefined ? signal : amount(value, unitOf(move))),
      ]),
      none: 'None tells more than others.',
    })}`,
  };
}

/** Both sides beside each other: quantiles of a level, shares of a rate and of a mix, names that are new. */
function sidesFigure(move: ReportedMove): Markup {
  const { shown } = move;
  const bars = { unit: unitOf(move), parts: ['before', 'now'], arrangement: 'grouped' } as const;
  switch (shown.kind) {
    case 'level':
      return barTable({
        ...bars,
        title: 'Quantiles, before and now',
        says: 'Each row: so many percent of all values are at or below.',
        rows: shown.quantiles.map(({ share, before, after }) => ({ name: `p${share * 100}`, values: [before, after] })),
      });
    case 'share':
      return barTable({
        ...bars,
        title: 'Share, before and now',
        says: 'Of all exchanges that could have been it.',
        rows: [{ name: move.signal, values: [shown.before, shown.after] }],
      });
    case 'mix':
      return barTable({
        ...bars,
        title: 'Shares that moved most, before and now',
        says: `Jensen-Shannon divergence of all kinds: ${shown.js.toPrecision(2)} bits.`,
        rows: shown.moved.map(({ kind, before, after }) => ({ name: kind, values: [before, after] })),
      });
    case 'names':
      return table({
        caption: 'Never seen before',
        columns: [
          { title: 'name', align: 'left' },
          { title: 'times', align: 'right' },
          { title: 'first at (UTC)', align: 'left' },
        ],
        rows: shown.names.map(({ name, count, firstAt }) => [name, amount(count, 'count'), minuteOf(firstAt)]),
      });
  }
}

/** How it went, with where it began to move. */
function courseFigure(move: ReportedMove): Markup | undefined {
  const { course, start } = move;
  if (course === undefined) return undefined;
  const what = course.kind === undefined ? move.signal : `share of ${course.kind}`;
  const fromMs = Date.parse(course.from);
  const events = [
    ...(start === undefined ? [] : [{ atMs: Date.parse(start.from), says: `began to move, ${sinceOf(move)}` }]),
    ...(start?.until === undefined ? [] : [{ atMs: Date.parse(start.until), says: 'had gone back' }]),
  ];
  return lineFigure({
    title: `${what} over the period`,
    says: 'Where it began to move is marked; it began within the stretch that is set apart, with 95 %.',
    unit: unitOf(move),
    atMs: course.values.map((_, at) => fromMs + at * course.everyMs),
    lines: [
      { name: 'now', values: course.values.map((value) => value ?? undefined) },
      { name: 'before', values: course.values.map(() => course.usual) },
    ],
    events,
    stretches:
      start === undefined || start.low === start.high
        ? []
        : [{ fromMs: Date.parse(start.low), toMs: Date.parse(start.high), says: 'it began to move' }],
  });
}

/** What came for the first time, too seldom to be a move. */
function firstSeenTable({ series }: BaselineReport): Markup {
  return table({
    caption: 'First seen, too seldom to be sure of',
    columns: [
      { title: 'name', align: 'left' },
      { title: 'signal', align: 'left' },
      { title: 'of', align: 'left' },
      { title: 'times', align: 'right' },
      { title: 'first at (UTC)', align: 'left' },
      { title: 'exchange', align: 'left' },
    ],
    rows: series.flatMap(({ series: { scope, name: of }, firstSeen }) =>
      firstSeen.map(({ signal, name, count, firstAt, exchange }) => [
        name,
        signal,
        `${scope} ${of}`,
        amount(count, 'count'),
        minuteOf(firstAt),
        exchange,
      ]),
    ),
    none: 'Nothing.',
  });
}

function comparedTable({ series, appeared, gone }: BaselineReport): Markup {
  const listed = (caption: string, rows: BaselineReport['gone']) =>
    table({
      caption,
      columns: [
        { title: 'name', align: 'left' },
        { title: 'of', align: 'left' },
        { title: 'exchanges', align: 'right' },
      ],
      rows: rows.map(({ series: { scope, name }, exchanges }) => [name, scope, amount(exchanges, 'count')]),
      none: 'None.',
    });
  return html`${table({
    caption: 'Models, agents and principals that both sides have',
    columns: [
      { title: 'name', align: 'left' },
      { title: 'of', align: 'left' },
      { title: 'exchanges before', align: 'right' },
      { title: 'now', align: 'right' },
      { title: 'moved', align: 'left' },
      { title: 'not shown to have moved', align: 'left' },
      { title: 'too few', align: 'left' },
    ],
    rows: series.map((each) => {
      const named = (verdict: string) =>
        each.signals.flatMap((signal) => (signal.verdict === verdict ? [signal.signal] : [])).join(', ');
      const [before, now] = each.exchanges;
      return [
        each.series.name,
        each.series.scope,
        amount(before, 'count'),
        amount(now, 'count'),
        named('moved'),
        named('not-moved'),
        thinOf(each).join(', '),
      ];
    }),
    none: 'None.',
  })}${listed('New: without a reference', appeared)}${listed('Gone: with a reference, and without an exchange', gone)}`;
}

function sources({ name, reference, now }: BaselineReport): Markup {
  const logOf = ({ origin, size, root }: BaselineReport['now']['log']) => `${origin}, ${size} records, root ${root}`;
  return html`${definitions([
    ['Baseline', `${name}, recorded at ${reference.recordedAt} by version ${reference.version}`],
    ['Its period', `${reference.period.from} to ${reference.period.to}, ${amount(reference.records, 'count')} records`],
    ['Its log', logOf(reference.log)],
    ['Compared', `${now.period.from} to ${now.period.to}, ${amount(now.records, 'count')} records`],
    ['Log', logOf(now.log)],
  ])}<p>Everything here is counted from the records of the log, and nothing else. Whether the log itself is whole, <code>sallyport audit verify</code> says. Exchanges of drills are left out: nobody meant them.</p>`;
}
