import { setImmediate as others } from 'node:timers/promises';
import { SallyportError } from '@sallyport/core';
import { ImpactFigures, type ImpactReport, VendorFigures, type VendorReport } from '@sallyport/monitor';
import { openRecordReader } from '@sallyport/stores';
import { iso, nowMs } from '../clock.ts';
import { type ReportAsk, type ReportFigures, readReport } from './read-report.ts';

/**
 * The report on vendors from a data folder, beside a gateway that may be running.
 * @throws {SallyportError} `STORE_BROKEN` where there is no log, or it has a leaf that is no record
 */
export function vendorReport(data: string, ask: ReportAsk): Promise<VendorReport> {
  return reportFrom(data, ask, new VendorFigures(ask.period));
}

/** The report on impact, likewise. */
export function impactReport(data: string, ask: ReportAsk): Promise<ImpactReport> {
  return reportFrom(data, ask, new ImpactFigures(ask.period));
}

async function reportFrom<Report>(data: string, ask: ReportAsk, figures: ReportFigures<Report>): Promise<Report> {
  const reader = openRecordReader(data);
  try {
    const report = await readReport({ reader, iso, nowMs, rest: () => others() }, ask, figures);
    // Nobody went away: whoever waits is this program.
    if (report === undefined) throw new SallyportError('INTERNAL');
    return report;
  } finally {
    await reader.close();
  }
}
