import type {
  AccessAction,
  AuditRecord,
  ClosedRecord,
  DecidedRecord,
  ExchangeOutcome,
  OpenedRecord,
  RecordedDecision,
} from '@sallyport/core';
import { OpenExchanges } from '../open-exchanges.ts';
import { ReportBins, type ReportPeriod } from '../report-bins.ts';
import type { ReportSource } from '../report-source.ts';
import { ApprovalCounts, type ApprovalFigures } from './approval-counts.ts';
import { AttackCounts, type AttackReport } from './attack-counts.ts';
import { AutonomyCounts, type AutonomyFigures, type CallDoor } from './autonomy-counts.ts';
import { countedDecisions } from './counted-decisions.ts';
import { CoverageCounts, type CoverageReport } from './coverage-counts.ts';
import { type Exposure, ExposureCounts } from './exposure-counts.ts';
import { FeedbackCounts, type FeedbackFigures } from './feedback-counts.ts';
import { ImpactTrend, type ImpactTrendReport } from './impact-trend.ts';
import { type OverheadReport, OverheadTimes } from './overhead-times.ts';
import { type ResponseReport, ResponseTimes } from './response-times.ts';

/** What `sallyport report impact` says: a projection of the log, without anything of what was asked or answered. */
export interface ImpactReport extends ReportSource {
  readonly v: 1;
  readonly report: 'impact';
  readonly exchanges: {
    /** That ended in the period, those too that a record only counts. */
    readonly counted: number;
    readonly byOutcome: Readonly<Partial<Record<ExchangeOutcome, number>>>;
    /** That policies or limits changed or stopped, of those that were looked at. */
    readonly actedOn: number;
    readonly drills: number;
    readonly unjoined: number;
    readonly shortened: number;
    /** Decisions with more findings than their record lists: types of those are in no figure. */
    readonly cut: number;
  };
  readonly attacks: AttackReport;
  /** Access that policies denied, by what was asked. */
  readonly denied: Readonly<Partial<Record<AccessAction, number>>>;
  readonly exposures: readonly Exposure[];
  readonly response: ResponseReport;
  readonly feedback: FeedbackFigures;
  readonly approvals: ApprovalFigures;
  readonly autonomy: Readonly<Record<CallDoor, AutonomyFigures>>;
  readonly coverage: CoverageReport;
  readonly overhead: OverheadReport;
  readonly trend: ImpactTrendReport;
}

/** When a record is of; `bin` is absent outside the period. */
interface Moment {
  readonly atMs: number;
  readonly bin: number | undefined;
}

/**
 * Makes the report on impact of the records of a log, which it takes in order, those before the period too: what ends in it may have begun
 * there. Bounded memory, some 20 MiB at most; 17 us a record beside reading it, see `benchmarks/reports`.
 */
export class ImpactFigures {
  readonly #bins: ReportBins;
  readonly #open = new OpenExchanges();
  readonly #attacks = new AttackCounts();
  readonly #exposures = new ExposureCounts();
  readonly #response = new ResponseTimes();
  readonly #feedback = new FeedbackCounts();
  readonly #approvals = new ApprovalCounts();
  readonly #autonomy = new AutonomyCounts();
  readonly #coverage = new CoverageCounts();
  readonly #overhead = new OverheadTimes();
  readonly #trend: ImpactTrend;
  readonly #outcomes = new Map<ExchangeOutcome, number>();
  readonly #denied = new Map<AccessAction, number>();
  #counted = 0;
  #actedOn = 0;
  #drills = 0;
  #unjoined = 0;
  #shortened = 0;
  #cut = 0;

  constructor(period: ReportPeriod) {
    this.#bins = new ReportBins(period);
    this.#trend = new ImpactTrend(this.#bins.count);
  }

  take(record: AuditRecord): void {
    const atMs = Date.parse(record.at);
    if (atMs >= this.#bins.toMs) return;
    const bin = this.#bins.holds(atMs) ? this.#bins.at(atMs) : undefined;
    if ('drill' in record && record.drill !== undefined) {
      if (bin !== undefined && record.kind === 'closed') this.#drills += 1;
      return;
    }
    if (bin !== undefined && record.shortened !== undefined) this.#shortened += 1;
    const when = { atMs, bin };
    switch (record.kind) {
      case 'opened':
        this.#opened(record, when);
        break;
      case 'decided':
        this.#decided(record, when);
        break;
      case 'closed':
        this.#closed(record, when);
        break;
      case 'approval':
        this.#approvals.take(record, { atMs, inPeriod: bin !== undefined });
        if (bin !== undefined && record.step === 'asked') this.#trend.count(bin, 'asked');
        break;
      default:
        if (bin !== undefined) this.#otherwise(record, { atMs, bin });
    }
  }

  report(source: ReportSource): ImpactReport {
    return {
      v: 1,
      report: 'impact',
      ...source,
      exchanges: {
        counted: this.#counted,
        byOutcome: Object.fromEntries(this.#outcomes),
        actedOn: this.#actedOn,
        drills: this.#drills,
        unjoined: this.#unjoined,
        shortened: this.#shortened,
        cut: this.#cut,
      },
      attacks: this.#attacks.report(),
      denied: Object.fromEntries(this.#denied),
      exposures: this.#exposures.report(),
      response: this.#response.report(),
      feedback: this.#feedback.report(),
      approvals: this.#approvals.report(),
      autonomy: this.#autonomy.report(),
      coverage: this.#coverage.report(),
      overhead: this.#overhead.report(),
      trend: this.#trend.report(this.#bins.startsMs),
    };
  }

  #opened(record: OpenedRecord, when: Moment): void {
    this.#open.begin(record);
    const { bin } = when;
    this.#judged(record, when);
    if (bin === undefined) return;
    const { decisions, redacted, receipt } = record;
    const stopped = this.#exposures.decided(decisions, 'request');
    this.#trend.count(bin, 'exposures', stopped + this.#exposures.redacted(redacted, 'request'));
    this.#cover(receipt, bin);
  }

  #decided(record: DecidedRecord, when: Moment): void {
    this.#judged(record, when);
    const { bin } = when;
    if (bin === undefined) return;
    const { door, fate } = this.#autonomy.take(record);
    if (fate === 'alone' || fate === 'withPerson') this.#trend.count(bin, door === 'model' ? fate : `${fate}AtTool`);
    if (record.approval?.status === 'crowded') this.#approvals.crowded();
    // At a tool's own door a call is the request, in an answer of a model it is part of that.
    const direction = record.resource?.kind === 'tool' ? 'request' : 'answer';
    this.#trend.count(bin, 'exposures', this.#exposures.decided(countedDecisions(record), direction));
  }

  #closed(record: ClosedRecord, when: Moment): void {
    const begun = this.#open.end(record);
    this.#judged(record, when);
    const { bin } = when;
    if (bin === undefined) return;
    const { outcome, suppressed = 0, decisions, redacted, receipt, effect, ms } = record;
    const count = 1 + suppressed;
    this.#counted += count;
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + count);
    this.#trend.count(bin, 'exchanges', count);
    if (outcome === 'rejected') return;
    if (effect !== 'allow') this.#actedOn += 1;
    const stopped = this.#exposures.decided(decisions, 'answer');
    // What was redacted is summed up over request and answer: without the beginning nobody knows which was which.
    if (begun === undefined) this.#unjoined += 1;
    else this.#trend.count(bin, 'exposures', stopped + this.#exposures.redacted(redacted, 'answer', begun.redacted));
    this.#cover(receipt, bin);
    this.#overhead.take(record);
    if (ms.beforeUpstream !== undefined) this.#trend.waited(bin, ms.beforeUpstream);
  }

  /** Attacks are followed from before the period on, and counted within it. */
  #judged(record: OpenedRecord | DecidedRecord | ClosedRecord, { atMs, bin }: Moment): void {
    const { exchange, session } = record;
    const decisions = record.kind === 'decided' ? countedDecisions(record) : record.decisions;
    if (decisions.length === 0) return;
    this.#response.found(decisions, { exchange, session: session?.id ?? exchange, atMs });
    if (bin === undefined) return;
    for (const recorded of decisions) {
      this.#deny(recorded);
      if (recorded.kind === 'guard' && recorded.findingsTotal > recorded.question.context.findings.length)
        this.#cut += 1;
      const isFirst = this.#attacks.take(recorded, { exchange, ...(session !== undefined && { session: session.id }) });
      if (isFirst) this.#trend.count(bin, 'attacks');
    }
  }

  #deny(recorded: RecordedDecision): void {
    if (recorded.kind !== 'access' || recorded.decision.verdict === 'allow') return;
    const { action } = recorded.question;
    this.#denied.set(action, (this.#denied.get(action) ?? 0) + 1);
  }

  #cover(receipt: OpenedRecord['receipt'], bin: number): void {
    this.#coverage.take(receipt);
    this.#trend.count(bin, 'inspectedChars', receipt.inspectedChars);
    this.#trend.count(bin, 'uninspectedChars', receipt.uninspectedChars);
  }

  #otherwise(record: AuditRecord, { atMs, bin }: Moment & { readonly bin: number }): void {
    switch (record.kind) {
      case 'alert':
        this.#response.alert(record, atMs);
        if (record.step === 'raised') this.#trend.count(bin, 'alerts');
        break;
      case 'containment':
        this.#response.contained(record, atMs);
        break;
      case 'admin':
        this.#feedback.take(record);
        break;
    }
  }
}
