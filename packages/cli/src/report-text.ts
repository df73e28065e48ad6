import type { VendorReport } from '@sallyport/runtime';
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
    ...(log.archived > 0 ? [`NOT COUNTED: the log's first ${log.archived} records, which are in the archive`] : []),
    '',
  ].join('\n');
}

function percent(share: number | undefined): string {
  return share === undefined ? '-' : `${(share * 100).toFixed(1)}%`;
}

function whole(value: number | undefined): string {
  return value === undefined ? '-' : String(Math.round(value));
}
