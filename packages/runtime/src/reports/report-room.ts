import type { Fault } from '@sallyport/core';
import { ImpactFigures, type ImpactReport, VendorFigures, type VendorReport } from '@sallyport/monitor';
import { type ReportAsk, type ReportFigures, type ReportLog, readReport } from './read-report.ts';

/** Makes reports from the log of the gateway that runs, one at a time: each reads all of it. */
export class ReportRoom {
  readonly #log: ReportLog;
  #isBusy = false;

  constructor(log: ReportLog) {
    this.#log = log;
  }

  /** @returns `RATE_LIMITED` while another report is made */
  vendors(ask: ReportAsk): Promise<VendorReport | Fault> {
    return this.#make(ask, new VendorFigures(ask.period));
  }

  /** Likewise. */
  impact(ask: ReportAsk): Promise<ImpactReport | Fault> {
    return this.#make(ask, new ImpactFigures(ask.period));
  }

  async #make<Report>(ask: ReportAsk, figures: ReportFigures<Report>): Promise<Report | Fault> {
    if (this.#isBusy) return { fault: 'RATE_LIMITED' };
    this.#isBusy = true;
    try {
      return await readReport(this.#log, ask, figures);
    } finally {
      this.#isBusy = false;
    }
  }
}
