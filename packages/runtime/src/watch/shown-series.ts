import { RATE_SIGNALS, type RateSignal, type Series, type SeriesName, SIGNAL_WINDOW } from '@sallyport/monitor';

/** What is shown of one series: its last five minutes. */
export interface ShownSeries extends SeriesName {
  readonly exchanges: number;
  readonly perMinute: number;
  readonly calls: number;
  /** Calls that were stopped, or left to a human. */
  readonly stoppedCalls: number;
  /** Times that a human was asked. */
  readonly asked: number;
  /** Exchanges that were such. */
  readonly rates: Readonly<Record<RateSignal, number>>;
  /** Milliseconds; absent where nothing was sent. */
  readonly latency?: { readonly p50: number; readonly p95: number; readonly p99: number };
  readonly firstToken?: { readonly p50: number; readonly p95: number };
  readonly tokensPerSecond?: number;
  /** Sum, in millionths of the currency; absent where no price is known. */
  readonly costMicros?: number;
  /** Characters of an answer, in the mean. */
  readonly outputChars?: number;
  /** Most frequent first. */
  readonly finish: Counts;
  readonly languages: Counts;
  readonly tools: Counts;
  readonly personal: Counts;
}

type Counts = readonly (readonly [name: string, count: number])[];

const NAMES_SHOWN_MAX = 8;
const WINDOW_MINUTES = (SIGNAL_WINDOW.slots * SIGNAL_WINDOW.slotMs) / 60_000;

export function shownSeries(series: Series, nowMs: number): ShownSeries {
  const sum = series.summary(nowMs);
  const latency = sum.quantile('latency', 0.5);
  const firstToken = sum.quantile('first-token', 0.5);
  const [tokensPerSecond, outputChars] = [sum.mean('tokens-per-second'), sum.mean('output')];
  const names = (kind: 'finish' | 'language' | 'tool' | 'personal') => sum.names(kind).slice(0, NAMES_SHOWN_MAX);
  return {
    ...series.name,
    exchanges: sum.exchanges,
    perMinute: sum.exchanges / WINDOW_MINUTES,
    calls: sum.calls,
    stoppedCalls: sum.stoppedCalls,
    asked: sum.asked,
    rates: Object.fromEntries(RATE_SIGNALS.map((signal) => [signal, sum.hits(signal)])) as Record<RateSignal, number>,
    ...(latency !== undefined && {
      latency: { p50: latency, p95: sum.quantile('latency', 0.95) ?? 0, p99: sum.quantile('latency', 0.99) ?? 0 },
    }),
    ...(firstToken !== undefined && {
      firstToken: { p50: firstToken, p95: sum.quantile('first-token', 0.95) ?? 0 },
    }),
    ...(tokensPerSecond !== undefined && { tokensPerSecond }),
    ...(sum.mean('cost') !== undefined && { costMicros: sum.sum('cost') }),
    ...(outputChars !== undefined && { outputChars }),
    finish: names('finish'),
    languages: names('language'),
    tools: names('tool'),
    personal: names('personal'),
  };
}
