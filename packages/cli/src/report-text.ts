import type { ImpactReport, VendorReport } from '@sallyport/runtime';
import { cell } from './gateway-command.ts';
import { textTable } from './table.ts';

const VENDOR_COLUMNS = [
  { title: 'model', align: 'left' },
  { title: 'provider', align: 'left' },
  { title: 'called', align: 'right' },
  { title: 'available', align: 'right' },
  { title: 'p50 ms', align: 'right' },
  { title: 'p95 ms', align: 'right' },
  { title: 'first ms', align: 'right' },
  { title: 'refused', align: 'right' },
  { title: 'cost', align: 'right' },
  { title: 'identity', align: 'left' },
  { title: 'concerns', align: 'right' },
] as const;

/** The report on vendors in a terminal: one row a model. */
export function describeVendors({ models, period, exchanges, log }: VendorReport): string {
  const rows = models.map(({ model, provider, traffic, identity, rules }) => [
    cell(model),
    cell(provider),
    String(traffic.called),
    percent(traffic.availability),
    whole(traffic.latency.p50),
    whole(traffic.latency.p95),
    whole(traffic.firstToken.p50),
    percent(traffic.refusalShare),
    traffic.costs.map(({ settled, currency }) => `${settled} ${currency}`).join(' ') || '-',
    identity?.state ?? '-',
    String(rules.concerns.length),
  ]);
  return [
    textTable(VENDOR_COLUMNS, rows),
    `${exchanges.counted} exchanges with providers from ${period.from} to ${period.to}, of a log of ${log.size} records`,
    ...archivedNote(log),
    '',
  ].join('\n');
}

const IMPACT_COLUMNS = [
  { title: 'what', align: 'left' },
  { title: 'how much', align: 'right' },
] as const;

/** The report on impact in a terminal: its main figures. */
export function describeImpact(report: ImpactReport): string {
  const { exchanges, attacks, exposures, response, feedback, approvals, autonomy, coverage, overhead, period, log } =
    report;
  const sum = (of: 'redacted' | 'blocked') =>
    exposures
      .filter(({ category }) => category !== 'other')
      .reduce((all, exposure) => all + exposure[of].request + exposure[of].answer, 0);
  const rows = [
    ['exchanges', String(exchanges.counted)],
    ['exchanges with attacks stopped', String(attacks.exchanges)],
    ['personal data and secrets replaced', String(sum('redacted'))],
    ['texts stopped because of them', String(sum('blocked'))],
    ['alerts', String(response.raised)],
    ['mean time to detect, ms', whole(response.detect.mean)],
    ['mean time to respond, ms', whole(response.byPeople.mean)],
    ['false alarms noted', String(feedback['false-positive'])],
    ['missed attacks noted', String(feedback.missed)],
    ['questions to people', String(approvals.asked)],
    ['granted', String(approvals.granted)],
    ['autonomy of calls in answers', percent(autonomy.model.autonomy)],
    ['autonomy of calls at tools', percent(autonomy.tool.autonomy)],
    ['text inspected', percent(coverage.share)],
    ['before the call, p50 ms', whole(overhead.before.p50)],
  ];
  return [
    textTable(IMPACT_COLUMNS, rows),
    `from ${period.from} to ${period.to}, of a log of ${log.size} records`,
    ...archivedNote(log),
    '',
  ].join('\n');
}

function archivedNote({ archived }: VendorReport['log']): readonly string[] {
  return archived > 0 ? [`NOT COUNTED: the log's first ${archived} records, which are in the archive`] : [];
}

function percent(share: number | undefined): string {
  return share === undefined ? '-' : `${(share * 100).toFixed(1)}%`;
}

function whole(value: number | undefined): string {
  return value === undefined ? '-' : String(Math.round(value));
}
