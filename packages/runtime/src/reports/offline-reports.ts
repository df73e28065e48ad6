import { ImpactFigures, type ImpactReport, VendorFigures, type VendorReport } from '@sallyport/monitor';
import { openRecordReader } from '@sallyport/stores';
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
    return await readReport({ reader, iso: () => new Date().toISOString() }, ask, figures);
  } finally {
    await reader.close();
  }
}
