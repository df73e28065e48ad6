import {
  type BaselineComparison,
  type BaselineMove,
  baselineKeyOf,
  compareBaselines,
  ExchangePicker,
  type PickedExchange,
  type ReportPeriod,
} from '@sallyport/monitor';
import { type VerifierKey, verifierKey } from '@sallyport/record';
import { openBaselineFolder, openInstallKeys, openRecordReader } from '@sallyport/stores';
import type { Config } from '../config/index.ts';
import { type BaselineDocument, type LogHead, readBaseline } from './baseline-document.ts';
import { BaselineLog } from './baseline-log.ts';

export interface CompareBaselineAsk {
  /** The name of a baseline, or what a file of one holds. */
  readonly reference: { readonly name: string } | { readonly text: string };
  readonly period: ReportPeriod;
  /** How often all of it may say that something moved where nothing did, 0..1. */
  readonly falseAlarms: number;
  /** Who signed it; default: the log of this data folder. */
  readonly key?: VerifierKey | undefined;
}

/** What a report says of one side. */
export interface ComparedSide {
  readonly period: ReportPeriod;
  readonly records: number;
  readonly log: LogHead;
  /** Models, agents and principals that there was no room for. */
  readonly leftOut: number;
  /** Earlier records of the period are in the archive. */
  readonly cut: boolean;
}

export interface BaselineReport extends Omit<BaselineComparison, 'moves'> {
  readonly v: 1;
  readonly name: string;
  readonly sampleMin: number;
  readonly reference: ComparedSide & { readonly recordedAt: string; readonly version: string };
  readonly now: ComparedSide;
  /** Whether both are of one log. */
  readonly sameLog: boolean;
  readonly moves: readonly (BaselineMove & {
    /** Exchanges to look at, most telling first. */
    readonly exchanges: readonly PickedExchange[];
  })[];
}

export type ComparedBaseline =
  | { readonly ok: true; readonly report: BaselineReport }
  | {
      readonly ok: false;
      /**
       * `unknown`: there is none of this name. `unsigned`: it is no baseline, or was changed since it was signed, or another key signed it, or it was
       * signed as one of another name than it is asked for by.
       * `log-changed`: the log no longer holds the records that it was made from.
       */
      readonly why: 'unknown' | 'unsigned' | 'log-changed';
    };

/**
 * Compares a period of a log with a baseline; beside a gateway that may be running.
 * @throws {SallyportError} `STORE_BROKEN` where there is no log, or it has a leaf that is no record; `NOT_FOUND` for a log without a head
 */
export async function compareWithBaseline(
  config: Pick<Config, 'data'>,
  ask: CompareBaselineAsk,
): Promise<ComparedBaseline> {
  const { reference } = ask;
  const text = 'text' in reference ? reference.text : openBaselineFolder(config.data).read(reference.name);
  if (text === undefined) return { ok: false, why: 'unknown' };
  const reader = openRecordReader(config.data);
  try {
    const log = new BaselineLog(reader);
    const baseline = readBaseline(text, ask.key ?? keyOf(config));
    if (baseline === undefined) return { ok: false, why: 'unsigned' };
    // The signature is true of a file that was put in the place of another too.
    if ('name' in reference && baseline.name !== reference.name) return { ok: false, why: 'unsigned' };
    const standing = log.standingOf(baseline.log);
    if (standing === 'changed') return { ok: false, why: 'log-changed' };
    return { ok: true, report: reportOf(log, baseline, { ...ask, sameLog: standing === 'same' }) };
  } finally {
    await reader.close();
  }
}

function keyOf({ data }: Pick<Config, 'data'>): VerifierKey {
  const { origin, publicKey } = openInstallKeys(data);
  return verifierKey(origin, publicKey);
}

type Asked = Pick<CompareBaselineAsk, 'period' | 'falseAlarms'> & { readonly sameLog: boolean };

function reportOf(log: BaselineLog, baseline: BaselineDocument, asked: Asked): BaselineReport {
  const { period, falseAlarms, sameLog } = asked;
  const known = new Map(baseline.series.map((each) => [baselineKeyOf(each.series), each]));
  const { sampler, leftOut, cut } = log.sample(period, baseline);
  const compared = compareBaselines(baseline, sampler, falseAlarms);
  const picker = new ExchangePicker(compared.moves, (key) => {
    const [before, after] = [known.get(key), sampler.sample(key)?.summary()];
    return before && after && { before, after };
  });
  if (!picker.isIdle) for (const record of log.records(period)) picker.take(record);
  return {
    v: 1,
    name: baseline.name,
    sampleMin: baseline.sampleMin,
    ...compared,
    reference: {
      period: baseline.period,
      records: baseline.records,
      log: baseline.log,
      leftOut: baseline.leftOut,
      cut: baseline.cut,
      recordedAt: baseline.recordedAt,
      version: baseline.version,
    },
    now: { period, records: sampler.records, log: log.head, leftOut, cut },
    sameLog,
    moves: compared.moves.map((move) => ({ ...move, exchanges: picker.exchangesOf(move) })),
  };
}
