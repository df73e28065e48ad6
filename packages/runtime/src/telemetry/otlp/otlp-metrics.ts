import { unixNano, writeAttributes } from './otlp-json.ts';

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
    if (data === undefined) continue;
    const { name, help } = family;
    const head = `"name":${JSON.stringify(name)},"description":${JSON.stringify(help)},"unit":"${unitOf(name)}"`;
    told.push(`{${head},${data}}`);
  }
  return told;
}

function dataOf(family: MetricFamily, times: MetricTimes): string | undefined {
  const sum = `"aggregationTemporality":${CUMULATIVE}`;
  switch (family.type) {
    case 'counter':
      return `"sum":{${sum},"isMonotonic":true,"dataPoints":[${numbersOf(family, times)}]}`;
    case 'gauge':
      return `"gauge":{"dataPoints":[${numbersOf(family, times)}]}`;
    case 'histogram':
      return `"histogram":{${sum},"dataPoints":[${histogramsOf(family, times)}]}`;
    default:
      return undefined;
  }
}

/** In UCUM, as OpenTelemetry has units. */
function unitOf(name: string): string {
  if (/_seconds(?:_total)?$/.test(name)) return 's';
  return /_bytes(?:_total)?$/.test(name) ? 'By' : '';
}

function numbersOf({ values }: MetricFamily, times: MetricTimes): string {
  return values
    .filter(({ value }) => Number.isFinite(value))
    .map(({ labels, value }) => `{"attributes":${labelsOf(labels)},${stampsOf(times)},"asDouble":${value}}`)
    .join(',');
}

function stampsOf({ sinceMs, atMs }: MetricTimes): string {
  return `"startTimeUnixNano":"${unixNano(sinceMs)}","timeUnixNano":"${unixNano(atMs)}"`;
}

function labelsOf(labels: MetricFamily['values'][number]['labels']): string {
  const texts = Object.entries(labels).map(([name, value]) => [name, value === undefined ? undefined : String(value)]);
  return writeAttributes(Object.fromEntries(texts));
}

interface Buckets {
  readonly attributes: string;
  readonly bounds: number[];
  /** Of each bound, all that is not above it. */
  readonly upTo: number[];
  count: number;
  sum: number;
}

function histogramsOf({ name, values }: MetricFamily, times: MetricTimes): string {
  const byLabels = new Map<string, Buckets>();
  for (const { value, labels, metricName } of values) {
    const { le, ...own } = labels;
    const attributes = labelsOf(own);
    const found = byLabels.get(attributes) ?? { attributes, bounds: [], upTo: [], count: 0, sum: 0 };
    byLabels.set(attributes, found);
    if (metricName === `${name}_sum`) found.sum = value;
    else if (metricName === `${name}_count`) found.count = value;
    else if (typeof le === 'number') {
      found.bounds.push(le);
      found.upTo.push(value);
    }
  }
  return Array.from(byLabels.values(), (each) => writeHistogram(each, times)).join(',');
}

function writeHistogram({ attributes, bounds, upTo, count, sum }: Buckets, times: MetricTimes): string {
  const counts = [...upTo, count].map((each, at) => each - (upTo[at - 1] ?? 0));
  return (
    `{"attributes":${attributes},${stampsOf(times)},"count":${count},"sum":${sum},` +
    `"bucketCounts":${JSON.stringify(counts)},"explicitBounds":${JSON.stringify(bounds)}}`
  );
}
