import type { Fault } from '@sallyport/core';
import { ImpactFigures, type ImpactReport, VendorFigures, type VendorReport } from '@sallyport/monitor';
import { type ReportAsk, type ReportFigures, type ReportLog, readReport } from './read-report.ts';

/** For how long a report is given again to whoever asks the same: it reads all of the log each time. */
export const REPORT_KEPT_MS = 60_000;
/** Reports that are kept; the oldest make room. */
export const REPORTS_KEPT_MAX = 8;

interface Kept {
  readonly report: unknown;
  readonly madeMs: number;
}

interface Making<Report> {
  readonly kind: 'vendors' | 'impact';
  readonly figures: () => ReportFigures<Report>;
  /** Aborts when nobody waits for it any more. */
  readonly gone: AbortSignal | undefined;
}

/** Makes reports from the log of the gateway that runs, one at a time: each reads all of it. */
export class ReportRoom {
  readonly #log: ReportLog;
  readonly #kept = new Map<string, Kept>();
  #isBusy = false;

  constructor(log: ReportLog) {
    this.#log = log;
  }

  /** @returns `RATE_LIMITED` while another report is made, and to nobody when whoever asked went away */
  vendors(ask: ReportAsk, gone?: AbortSignal): Promise<VendorReport | Fault> {
    return this.#make(ask, { kind: 'vendors', figures: () => new VendorFigures(ask.period), gone });
  }

  /** Likewise. */
  impact(ask: ReportAsk, gone?: AbortSignal): Promise<ImpactReport | Fault> {
    return this.#make(ask, { kind: 'impact', figures: () => new ImpactFigures(ask.period), gone });
  }

  async #make<Report>(ask: ReportAsk, { kind, figures, gone }: Making<Report>): Promise<Report | Fault> {
    const { period, tenant = null } = ask;
    const name = JSON.stringify([kind, period.from, period.to, tenant]);
    this.#forget();
    const kept = this.#kept.get(name);
    // The name says of which kind it is.
    if (kept !== undefined) return kept.report as Report;
    if (this.#isBusy) return { fault: 'RATE_LIMITED' };
    this.#isBusy = true;
    try {
      const report = await readReport({ ...this.#log, gone }, ask, figures());
      if (report === undefined) return { fault: 'RATE_LIMITED' };
      this.#keep(name, report);
      return report;
    } finally {
      this.#isBusy = false;
    }
  }

  #keep(name: string, report: unknown): void {
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined && this.#kept.size >= REPORTS_KEPT_MAX) this.#kept.delete(oldest);
    this.#kept.set(name, { report, madeMs: this.#log.nowMs() });
  }

  #forget(): void {
    for (const [name, { madeMs }] of this.#kept) {
      if (this.#log.nowMs() - madeMs < REPORT_KEPT_MS) break;
      this.#kept.delete(name);
    }
  }
}
