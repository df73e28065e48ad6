import {
  amount,
  html,
  type KeyFigure,
  keyFigures,
  lineFigure,
  page,
  type Shown,
  smallMultiples,
} from '@sallyport/pages';
import { sourceOf } from '../report-page.ts';
import type { ImpactReport } from './impact-figures.ts';
import { attacks, coverage, exposures, people, response } from './impact-parts.ts';

/** The report on impact as one page that needs nothing else. */
export function impactHtml(report: ImpactReport): string {
  return page({
    title: 'Impact',
    kicker: 'Report of a Sallyport gateway',
    heading: 'What the gateway was good for',
    lead: html`What it stopped, what it kept from going on, how soon, and at what price, from ${report.period.from} to ${report.period.to}.`,
    sections: [
      { title: 'In short', body: keyFigures(figuresOf(report)) },
      { title: 'Over the period', body: trends(report) },
      { title: 'Attacks', body: attacks(report) },
      { title: 'Exposures', body: exposures(report) },
      { title: 'Detection and response', body: response(report) },
      { title: 'People', body: people(report) },
      { title: 'Coverage and overhead', body: coverage(report) },
      { title: 'What this was made from', body: sourceOf(report, report.exchanges, unknowns(report)) },
    ],
  });
}

function unknowns({ exchanges: { unjoined, cut } }: ImpactReport): readonly string[] {
  return [
    'What was stopped was stopped by a decision of a policy. Whether it was an attack, nobody knows for sure.',
    'Attacks that nothing found are in no figure.',
    ...(cut > 0 ? [`${cut} decisions had more findings than a record lists: types of those are in no figure.`] : []),
    ...(unjoined > 0
      ? [`Of ${unjoined} exchanges the beginning is not known: what was replaced in their answers is not counted.`]
      : []),
  ];
}

function figuresOf(report: ImpactReport): readonly KeyFigure[] {
  const { exchanges, response: times, feedback, approvals, autonomy, coverage: seen, overhead } = report;
  const prevented = report.exposures.filter(({ category }) => category !== 'other');
  const replaced = prevented.reduce((sum, { redacted }) => sum + redacted.request + redacted.answer, 0);
  const stopped = prevented.reduce((sum, { blocked }) => sum + blocked.request + blocked.answer, 0);
  return [
    {
      name: 'Exchanges',
      value: amount(exchanges.counted, 'count'),
      note: `${amount(exchanges.actedOn, 'count')} were changed or stopped`,
    },
    {
      name: 'Exchanges with attacks stopped',
      value: amount(report.attacks.exchanges, 'count'),
      note: `in ${amount(report.attacks.sessions, 'count')} sessions`,
    },
    {
      name: 'Exposures prevented',
      value: amount(replaced, 'count'),
      note: `values replaced; ${amount(stopped, 'count')} times a text was stopped`,
    },
    {
      name: 'Mean time to detect',
      value: amount(times.detect.mean, 'ms'),
      note: `${amount(times.detect.count, 'count')} alerts`,
    },
    {
      name: 'Mean time to respond',
      value: amount(times.byPeople.mean, 'ms'),
      note: `by people, ${amount(times.byPeople.count, 'count')} alerts; by rules ${amount(times.byRule.mean, 'ms')}`,
    },
    {
      name: 'False alarms noted',
      value: amount(feedback['false-positive'], 'count'),
      note: `${amount(feedback.missed, 'count')} attacks noted as missed`,
    },
    {
      name: 'Questions to people',
      value: amount(approvals.asked, 'count'),
      note: `${amount(approvals.granted, 'count')} granted, ${amount(approvals.denied, 'count')} denied, ${amount(approvals.expired, 'count')} expired`,
    },
    {
      name: 'Autonomy',
      value: amount(autonomy.model.autonomy, 'share'),
      note: `of the calls in answers that went on, those that went on alone; at the door of a tool ${amount(autonomy.tool.autonomy, 'share')}`,
    },
    { name: 'Coverage', value: amount(seen.share, 'share'), note: 'of characters of text inspected' },
    {
      name: 'Overhead, median',
      value: amount(overhead.before.p50, 'ms'),
      note: `before the call; with held text ${amount(overhead.share, 'share')} of the time of exchanges`,
    },
  ];
}

function trends({ trend }: ImpactReport): Shown {
  const { startsMs: atMs } = trend;
  const known = (values: readonly (number | null)[]) => values.map((value) => value ?? undefined);
  const shares = (parts: readonly number[], others: readonly number[]) =>
    parts.map((part, at) => (part + (others[at] ?? 0) === 0 ? undefined : part / (part + (others[at] ?? 0))));
  return [
    smallMultiples({
      title: 'Counts',
      says: 'In each stretch of the period, each with an axis of its own.',
      unit: 'count',
      atMs,
      scale: 'own',
      figures: [
        { title: 'Exchanges', lines: [{ name: 'exchanges', values: trend.exchanges }] },
        { title: 'Exchanges with attacks stopped', lines: [{ name: 'attacks', values: trend.attacks }] },
        { title: 'Exposures prevented', lines: [{ name: 'exposures', values: trend.exposures }] },
        { title: 'Alerts', lines: [{ name: 'alerts', values: trend.alerts }] },
        { title: 'Questions to people', lines: [{ name: 'questions', values: trend.asked }] },
        { title: 'Tool calls that went on alone', lines: [{ name: 'alone', values: trend.alone }] },
      ],
    }),
    smallMultiples({
      title: 'Shares',
      says: 'A gap is a stretch without any.',
      unit: 'share',
      atMs,
      scale: 'own',
      figures: [
        {
          title: 'Coverage: text inspected',
          lines: [{ name: 'coverage', values: shares(trend.inspectedChars, trend.uninspectedChars) }],
        },
        {
          title: 'Autonomy: calls that went on alone',
          lines: [{ name: 'autonomy', values: shares(trend.alone, trend.withPerson) }],
        },
      ],
    }),
    lineFigure({
      title: 'Overhead',
      says: 'From the arrival of a request to the call of the provider or the tool. Half of all requests waited less than the first line, 95 % less than the second.',
      unit: 'ms',
      atMs,
      lines: [
        { name: 'p50', values: known(trend.beforeP50) },
        { name: 'p95', values: known(trend.beforeP95) },
      ],
    }),
  ];
}
