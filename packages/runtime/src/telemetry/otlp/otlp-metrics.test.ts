import { JsonMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationType, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import { type MetricFamily, otlpMetrics } from './otlp-metrics.ts';

const TIMES = { sinceMs: 1_767_225_600_000, atMs: 1_767_225_660_000 };

class Reading extends MetricReader {
  protected async onForceFlush(): Promise<void> {
    // Nothing waits.
  }
  protected async onShutdown(): Promise<void> {
    // Nothing is open.
  }
}

/** The same as OpenTelemetry's own packages make it. */
async function official(): Promise<readonly Record<string, unknown>[]> {
  const reader = new Reading();
  const options = { boundaries: [0.5, 1], recordMinMax: false };
  const aggregation = { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options } as const;
  const provider = new MeterProvider({
    resource: resourceFromAttributes({}),
    readers: [reader],
    views: [{ instrumentName: 'held_seconds', aggregation }],
  });
  const meter = provider.getMeter('sallyport');
  const exchanges = meter.createCounter('exchanges_total', { description: 'exchanges' });
  exchanges.add(3, { route: 'a' });
  exchanges.add(1, { route: 'b' });
  meter.createGauge('heap_bytes', { description: 'heap', unit: 'By' }).record(7.5);
  const held = meter.createHistogram('held_seconds', { description: 'held', unit: 's' });
  for (const seconds of [0.25, 0.5, 0.75, 2]) held.record(seconds, { route: 'a' });
  const { resourceMetrics } = await reader.collect();
  const request = JSON.parse(Buffer.from(JsonMetricsSerializer.serializeRequest(resourceMetrics) ?? []).toString());
  return request.resourceMetrics[0].scopeMetrics[0].metrics;
}

const FAMILIES: readonly MetricFamily[] = [
  {
    name: 'exchanges_total',
    help: 'exchanges',
    type: 'counter',
    values: [
      { labels: { route: 'a' }, value: 3 },
      { labels: { route: 'b' }, value: 1 },
    ],
  },
  { name: 'heap_bytes', help: 'heap', type: 'gauge', values: [{ labels: {}, value: 7.5 }] },
  {
    name: 'held_seconds',
    help: 'held',
    type: 'histogram',
    values: [
      { labels: { route: 'a', le: 0.5 }, value: 2, metricName: 'held_seconds_bucket' },
      { labels: { route: 'a', le: 1 }, value: 3, metricName: 'held_seconds_bucket' },
      { labels: { route: 'a', le: '+Inf' }, value: 4, metricName: 'held_seconds_bucket' },
      { labels: { route: 'a' }, value: 3.5, metricName: 'held_seconds_sum' },
      { labels: { route: 'a' }, value: 4, metricName: 'held_seconds_count' },
    ],
  },
];

const sortedByName = (metrics: readonly Record<string, unknown>[]) =>
  metrics.toSorted((a, b) => String(a.name).localeCompare(String(b.name)));
const STAMPS = new Set(['startTimeUnixNano', 'timeUnixNano', 'flags']);
const withoutStamps = (value: unknown) =>
  JSON.parse(JSON.stringify(value, (key, each) => (STAMPS.has(key) ? undefined : each)));

describe('otlpMetrics()', () => {
  it('says of counters, gauges and histograms what the SDK of OpenTelemetry says of them', async () => {
    const ours = otlpMetrics(FAMILIES, TIMES).map((metric) => JSON.parse(metric));
    expect(withoutStamps(ours)).toEqual(withoutStamps(sortedByName(await official())));
    for (const { sum, gauge, histogram } of ours) {
      expect((sum ?? gauge ?? histogram).dataPoints[0]).toMatchObject({
        startTimeUnixNano: '1767225600000000000',
        timeUnixNano: '1767225660000000000',
      });
    }
  });

  it('leaves out what has no place, and what is no number', () => {
    const summary = { name: 's', help: '', type: 'summary', values: [] };
    const gauge = { name: 'g', help: '', type: 'gauge', values: [{ labels: {}, value: Number.NaN }] };
    const told = otlpMetrics([summary, gauge], TIMES).map((metric) => JSON.parse(metric));
    expect(told).toEqual([{ name: 'g', description: '', unit: '', gauge: { dataPoints: [] } }]);
  });

  it('keeps histograms apart by their labels', () => {
    const values = ['a', 'b'].map((route) => ({ labels: { route }, value: 1, metricName: 'h_count' }));
    const [told] = otlpMetrics([{ name: 'h', help: '', type: 'histogram', values }], TIMES);
    expect(JSON.parse(told ?? '').histogram.dataPoints).toHaveLength(2);
  });
});
