import type { BaselineReport, RecordedBaseline } from '@sallyport/runtime';
import { cell, oneLine } from '../gateway-command.ts';
import { textTable, wordTable } from '../table.ts';
import { chanceOf, effectOf, minuteOf, notesOf, sidesOf, sinceOf, thinOf, verdictOf } from './move-words.ts';

type Document = Extract<RecordedBaseline, { readonly ok: true }>['baseline'];

/** Series of which nothing can be said that are named at most. */
const THIN_SHOWN_MAX = 10;
/** Names that came for the first time that are shown at most. */
const FIRST_SEEN_SHOWN_MAX = 10;

/** What a baseline holds, for people. */
export function recordedText({ name, period, records, series, sampleMin, log, leftOut, cut }: Document): string {
  const rows = series.map(({ series: { scope, name: of }, exchanges, calls }) => [
    scope,
    cell(of),
    String(exchanges),
    String(calls),
    exchanges < sampleMin && calls < sampleMin ? `THIN: nothing is said below ${sampleMin}` : '',
  ]);
  return [
    textTable(
      [
        { title: 'of', align: 'left' },
        { title: 'name', align: 'left' },
        { title: 'exchanges', align: 'right' },
        { title: 'calls', align: 'right' },
        { title: '', align: 'left' },
      ],
      rows,
    ),
    `${name}: ${records} records from ${minuteOf(period.from)} to ${minuteOf(period.to)}, log of ${log.size} records`,
    ...(leftOut > 0 ? [`LEFT OUT: ${leftOut} models, agents and principals, for which there was no room`] : []),
    ...(cut ? ['NOT COUNTED: earlier records of the period, which are in the archive'] : []),
    '',
  ].join('\n');
}

const TITLES = ['of', 'name', 'signal', 'was', 'is', 'how far', 'by chance', 'since', 'exchanges'];

export function comparedText(report: BaselineReport): string {
  const { reference, now, moves } = report;
  const rows = moves.map((move) => [
    move.series.scope,
    cell(move.series.name),
    move.signal,
    ...sidesOf(move).map(cell),
    effectOf(move),
    chanceOf(move.corrected),
    sinceOf(move),
    cell(
      move.exchanges
        .map(({ exchange }) => exchange)
        .slice(0, 2)
        .join(' '),
    ),
  ]);
  return [
    ...(rows.length === 0 ? [] : [wordTable(TITLES, rows)]),
    verdictOf(report),
    `${report.name}: ${minuteOf(reference.period.from)} to ${minuteOf(reference.period.to)}, ${reference.records} records`,
    `now: ${minuteOf(now.period.from)} to ${minuteOf(now.period.to)}, ${now.records} records`,
    ...notesOf(report).map((note) => `note: ${note}`),
    ...firstSeenLines(report),
    ...thinLines(report),
    ...listLines('new, without a reference', report.appeared),
    ...listLines('gone', report.gone),
    '',
  ].join('\n');
}

function firstSeenLines({ series }: BaselineReport): readonly string[] {
  const all = series.flatMap(({ series: { scope, name }, firstSeen }) =>
    firstSeen.map((seen) => ({ of: `${scope} ${oneLine(name)}`, ...seen })),
  );
  const lines = all
    .slice(0, FIRST_SEEN_SHOWN_MAX)
    .map(({ of, signal, name, count }) => `first seen: ${of}: ${signal} ${oneLine(name)} (${count})`);
  return all.length > lines.length ? [...lines, `first seen: ${all.length - lines.length} more`] : lines;
}

function thinLines({ series }: BaselineReport): readonly string[] {
  const thin = series.filter((each) => thinOf(each).length > 0);
  const lines = thin
    .slice(0, THIN_SHOWN_MAX)
    .map((each) => `too few: ${each.series.scope} ${oneLine(each.series.name)}: ${thinOf(each).join(', ')}`);
  return thin.length > lines.length ? [...lines, `too few: ${thin.length - lines.length} more`] : lines;
}

function listLines(what: string, series: BaselineReport['gone']): readonly string[] {
  return series.map(
    ({ series: { scope, name }, exchanges }) => `${what}: ${scope} ${oneLine(name)}, ${exchanges} exchanges`,
  );
}
