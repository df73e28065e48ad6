import { amount, html, keyFigures, lineFigure, type Markup, page, type Shown, table, UNKNOWN } from '@sallyport/pages';
import { sourceOf } from '../report-page.ts';
import type { VendorEntry, VendorReport } from './vendor-figures.ts';
import { agreements, failures, registered, signals, spending } from './vendor-parts.ts';
import type { VendorEvent } from './vendor-timeline.ts';
import { eventWords } from './vendor-words.ts';

/** Models that have a section of their own; the table has all. */
export const VENDORS_DRAWN_MAX = 40;

/** The report on vendors as one page that needs nothing else. */
export function vendorHtml(report: VendorReport): string {
  const { models, timeline, exchanges } = report;
  const drawn = models.slice(0, VENDORS_DRAWN_MAX);
  return page({
    title: 'Vendors',
    kicker: 'Report of a Sallyport gateway',
    heading: 'Models and their vendors',
    lead: html`How they answered, what their guardrails said against ours, what moved, and what is known of them, from ${report.period.from} to ${report.period.to}.`,
    sections: [
      { title: 'What this was made from', body: sourceOf(report, exchanges, unknowns(report)) },
      { title: 'All of them', body: overview(models) },
      ...drawn.map((entry) => ({
        title: `${entry.model} of ${entry.provider}`,
        body: modelOf(entry, timeline.events),
      })),
      { title: 'What moved', body: events(report) },
    ],
  });
}

function unknowns({ exchanges, models, timeline }: VendorReport): readonly string[] {
  const { unjoined } = exchanges;
  const left = models.length - VENDORS_DRAWN_MAX;
  return [
    'Where more than one call was made for an exchange, records name the provider that was called last, and not those that failed before.',
    'What stands in the registry is what your operators vouch for. Nothing here checks it.',
    ...(unjoined > 0 ? [`Of ${unjoined} exchanges the beginning is not known: they are in no agreement.`] : []),
    ...(left > 0 ? [`${left} models stand in the table alone.`] : []),
    ...(timeline.left > 0 ? [`${timeline.left} events before the oldest of the timeline are left out.`] : []),
    ...(timeline.suppressed > 0
      ? [`${timeline.suppressed} moves were counted when there were too many, and are in no record of their own.`]
      : []),
  ];
}

function overview(models: readonly VendorEntry[]): Markup {
  return table({
    caption: 'By provider and model, the most used first',
    columns: [
      { title: 'model', align: 'left' },
      { title: 'provider', align: 'left' },
      { title: 'called', align: 'right' },
      { title: 'availability', align: 'right' },
      { title: 'latency p50', align: 'right' },
      { title: 'p95', align: 'right' },
      { title: 'first token p50', align: 'right' },
      { title: 'refusals', align: 'right' },
      { title: 'cost', align: 'right' },
      { title: 'identity', align: 'left' },
      { title: 'concerns', align: 'right' },
    ],
    rows: models.map(({ model, provider, traffic, identity, rules }) => [
      model,
      provider,
      amount(traffic.called, 'count'),
      amount(traffic.availability, 'share'),
      amount(traffic.latency.p50, 'ms'),
      amount(traffic.latency.p95, 'ms'),
      amount(traffic.firstToken.p50, 'ms'),
      amount(traffic.refusalShare, 'share'),
      costOf(traffic),
      identity?.state ?? UNKNOWN,
      amount(rules.concerns.length, 'count'),
    ]),
  });
}

function costOf({ costs }: VendorEntry['traffic']): string {
  return costs.length === 0
    ? UNKNOWN
    : costs.map(({ settled, currency }) => amount(settled, { of: currency })).join(', ');
}

function modelOf(entry: VendorEntry, all: readonly VendorEvent[]): Shown {
  const { traffic } = entry;
  const own = all.filter((event) => isOf(event, entry));
  return [
    keyFigures([
      {
        name: 'Availability',
        value: amount(traffic.availability, 'share'),
        note: `${amount(traffic.answered, 'count')} answered`,
      },
      { name: 'Latency, median', value: amount(traffic.latency.p50, 'ms'), note: percentiles(traffic.latency) },
      {
        name: 'First token, median',
        value: amount(traffic.firstToken.p50, 'ms'),
        note: percentiles(traffic.firstToken),
      },
      {
        name: 'Speed, median',
        value: amount(traffic.tokensPerSecond.p50, { of: 'tokens/s' }),
        note: `${amount(traffic.tokensPerSecond.count, 'count')} answers to one call each`,
      },
      {
        name: 'Refusals',
        value: amount(traffic.refusalShare, 'share'),
        note: `${amount(traffic.refusals, 'count')} of ${amount(traffic.answered, 'count')} answers`,
      },
      {
        name: 'Cost',
        value: costOf(traffic),
        note: traffic.unpriced === 0 ? undefined : `${amount(traffic.unpriced, 'count')} without a price`,
      },
    ]),
    failures(traffic),
    trends(entry, own),
    signals(traffic),
    agreements(traffic),
    registered(entry),
    spending(traffic),
  ];
}

function percentiles({ count, p90, p95, p99 }: VendorEntry['traffic']['latency']): string {
  if (count === 0) return 'nothing was measured';
  return `p90 ${amount(p90, 'ms')}, p95 ${amount(p95, 'ms')}, p99 ${amount(p99, 'ms')}; ${amount(count, 'count')} answers to one call each`;
}

function isOf(event: VendorEvent, { provider, model }: VendorEntry): boolean {
  if (event.kind === 'identity') return event.provider === provider && event.model === model;
  return event.name === (event.scope === 'model' ? model : provider);
}

function trends({ traffic: { trend } }: VendorEntry, own: readonly VendorEvent[]): Shown {
  if (trend === undefined) return html`<p class="none">No trend is kept of it: too many models were seen.</p>`;
  const marks = own.map((event) => ({ atMs: Date.parse(event.at), says: eventWords(event) }));
  const known = (values: readonly (number | null)[]) => values.map((value) => value ?? undefined);
  return [
    lineFigure({
      title: 'Answered and failed',
      says: 'Calls in each stretch of the period; what moved is marked.',
      unit: 'count',
      atMs: trend.startsMs,
      lines: [
        { name: 'answered', values: trend.answered },
        { name: 'failed', values: trend.failed },
      ],
      events: marks,
    }),
    lineFigure({
      title: 'Latency',
      says: 'From the call to the end of the answer. Half of all answers came faster than the first line, 95 % faster than the second; a gap is a stretch without any.',
      unit: 'ms',
      atMs: trend.startsMs,
      lines: [
        { name: 'p50', values: known(trend.latencyP50) },
        { name: 'p95', values: known(trend.latencyP95) },
      ],
    }),
  ];
}

function events({ timeline: { events: all } }: VendorReport): Markup {
  return table({
    caption: 'Signals that moved, and steps of identities, oldest first',
    columns: [
      { title: 'at (UTC)', align: 'left' },
      { title: 'of', align: 'left' },
      { title: 'what', align: 'left' },
    ],
    rows: all.map((event) => [
      event.at,
      event.kind === 'drift' ? `${event.scope} ${event.name}` : `${event.model} of ${event.provider}`,
      eventWords(event),
    ]),
  });
}
