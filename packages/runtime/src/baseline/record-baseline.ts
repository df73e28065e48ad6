import { BASELINE_SAMPLE_MIN, type ReportPeriod } from '@sallyport/monitor';
import { verifierKey } from '@sallyport/record';
import { BASELINE_MAX_BYTES, openBaselineFolder, openInstallKeys, openRecordReader } from '@sallyport/stores';
import type { Config } from '../config/index.ts';
import { type BaselineDocument, signedBaseline } from './baseline-document.ts';
import { BaselineLog } from './baseline-log.ts';

export interface RecordBaselineAsk {
  /** As `BASELINE_NAME` has it. */
  readonly name: string;
  readonly period: ReportPeriod;
  /** Whether one of this name is replaced. */
  readonly replace: boolean;
  /** Of the product. */
  readonly version: string;
  readonly nowMs: number;
}

export type RecordedBaseline =
  | { readonly ok: true; readonly baseline: BaselineDocument }
  | { readonly ok: false; readonly why: 'exists' };

/**
 * Measures a period of a log and keeps it under a name, signed with the log's key; beside a gateway that may be running.
 * @throws {SallyportError} `STORE_BROKEN` where there is no log, or it has a leaf that is no record; `NOT_FOUND` for a log without a head
 */
export async function recordBaseline(config: Pick<Config, 'data'>, ask: RecordBaselineAsk): Promise<RecordedBaseline> {
  const folder = openBaselineFolder(config.data);
  if (!ask.replace && folder.names().includes(ask.name)) return { ok: false, why: 'exists' };
  const reader = openRecordReader(config.data);
  try {
    const log = new BaselineLog(reader);
    const { sampler, leftOut, cut } = log.sample(ask.period);
    const baseline: BaselineDocument = {
      v: 1,
      name: ask.name,
      recordedAt: new Date(ask.nowMs).toISOString(),
      version: ask.version,
      log: log.head,
      sampleMin: BASELINE_SAMPLE_MIN,
      cut,
      ...sampler.baseline(leftOut),
    };
    const { origin, publicKey, signingKey } = openInstallKeys(config.data);
    const fitting = fittingBaseline(baseline, (each) =>
      signedBaseline(each, { key: verifierKey(origin, publicKey), signingKey }),
    );
    if (ask.replace) folder.replace(ask.name, fitting.text);
    else if (!folder.create(ask.name, fitting.text)) return { ok: false, why: 'exists' };
    return { ok: true, baseline: fitting.baseline };
  } finally {
    await reader.close();
  }
}

/** Of what is larger than a file may be, the half of the series that came most, until it fits. */
export function fittingBaseline(
  baseline: BaselineDocument,
  textOf: (baseline: BaselineDocument) => string,
  maxBytes = BASELINE_MAX_BYTES,
): { readonly baseline: BaselineDocument; readonly text: string } {
  const text = textOf(baseline);
  if (baseline.series.length === 0 || Buffer.byteLength(text) <= maxBytes) return { baseline, text };
  const ranked = [...baseline.series].sort((a, b) => b.exchanges + b.calls - (a.exchanges + a.calls));
  const kept = new Set(ranked.slice(0, Math.floor(ranked.length / 2)));
  const leftOut = baseline.leftOut + ranked.length - kept.size;
  const smaller = { ...baseline, series: baseline.series.filter((each) => kept.has(each)), leftOut };
  return fittingBaseline(smaller, textOf, maxBytes);
}

/** In order of the alphabet. */
export function baselineNames({ data }: Pick<Config, 'data'>): readonly string[] {
  return openBaselineFolder(data).names();
}
