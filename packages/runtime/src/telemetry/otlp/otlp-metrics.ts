import { attributesOf, type KeyValue, unixNano } from './otlp-json.ts';

/** A metric as a meter reads it, in the form of Prometheus: a histogram is its `_bucket`, `_sum` and `_count`. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly values: readonly {
    readonly value: number;
    readonly labels: Readonly<Record<string, string | number | undefined>>;
    /** Which part of a histogram it is. */
    readonly metricName?: string;
  }[];
}

/** When it is read, and since when it counts: milliseconds since 1970. */
export interface MetricTimes {
  readonly sinceMs: number;
  readonly atMs: number;
}

/** Since the start, in the words of `metrics.proto`. */
const CUMULATIVE = 2;

/**
 * Metrics as OTLP has them, JSON each, under the names that they have at `/metrics`. Source: opentelemetry-proto, `metrics.proto`.
 * A type that has no place there is left out.
 */
export function otlpMetrics(families: readonly MetricFamily[], times: MetricTimes): readonly string[] {
  const told: string[] = [];
  for (const family of families) {
    const data = dataOf(family, times);
    const { name, help: description } = family;
    if (data !== undefined) told.push(JSON.stringify({ name, description, unit: unitOf(name), ...data }));
  }
  return told;
}

function dataOf(family: MetricFamily, times: MetricTimes): object | undefined {
  switch (family.type) {
    case 'counter':
      return {
        sum: { aggregationTemporality: CUMULATIVE, isMonotonic: true, dataPoints: numbersOf(family, times) },
      };
    case 'gauge':
      return { gauge: { dataPoints: numbersOf(family, times) } };
    case 'histogram':
      return { histogram: { aggregationTemporality: CUMULATIVE, dataPoints: histogramsOf(family, times) } };
    default:
      return undefined;
  }
}

/** In UCUM, as OpenTelemetry has units. */
function unitOf(name: string): string {
  if (/_seconds(?:_total)?$/.test(name)) return 's';
  return /_bytes(?:_total)?$/.test(name) ? 'By' : '';
}

function numbersOf({ values }: MetricFamily, times: MetricTimes): readonly object[] {
  return values
    .filter(({ value }) => Number.isFinite(value))
    .map(({ labels, value }) => ({ attributes: labelsOf(labels), ...stampsOf(times), asDouble: value }));
}

function stampsOf({ sinceMs, atMs }: MetricTimes): object {
  return { startTimeUnixNano: unixNano(sinceMs), timeUnixNano: unixNano(atMs) };
}

function labelsOf(labels: MetricFamily['values'][number]['labels']): readonly KeyValue[] {
  const texts = Object.entries(labels).map(([name, value]) => [name, value === undefined ? undefined : String(value)]);
  return attributesOf(Object.fromEntries(texts));
}

interface Buckets {
  readonly attributes: readonly KeyValue[];
  readonly bounds: number[];
  /** Of each bound, all that is not above it. */
  readonly upTo: number[];
  count: number;
  sum: number;
}

function histogramsOf({ name, values }: MetricFamily, times: MetricTimes): readonly object[] {
  const byLabels = new Map<string, Buckets>();
  for (const { value, labels, metricName } of values) {
    const { le, ...own } = labels;
    const key = JSON.stringify(own);
    const found = byLabels.get(key) ?? { attributes: labelsOf(own), bounds: [], upTo: [], count: 0, sum: 0 };
    byLabels.set(key, found);
    if (metricName === `${name}_sum`) found.sum = value;
    else if (metricName === `${name}_count`) found.count = value;
    else if (typeof le === 'number') {
      found.bounds.push(le);
      found.upTo.push(value);
    }
  }
  return Array.from(byLabels.values(), ({ attributes, bounds, upTo, count, sum }) => ({
    attributes,
    ...stampsOf(times),
    count,
    sum,
    bucketCounts: [...upTo, count].map((each, at) => each - (upTo[at - 1] ?? 0)),
    explicitBounds: bounds,
  }));
}
