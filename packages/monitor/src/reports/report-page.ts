import { definitions, html, type Markup } from '@sallyport/pages';
import type { ReportSource } from './report-source.ts';

export interface CountedRecords {
  readonly drills: number;
  readonly shortened: number;
}

/** What a report was made from, and what it can't know. */
export function sourceOf(report: ReportSource, counted: CountedRecords, more: readonly string[]): Markup {
  const { log, period, tenant, madeAt } = report;
  return html`${definitions([
    ['Period', `${period.from} to ${period.to}`],
    ['Tenant', tenant ?? 'all'],
    ['Log', `${log.origin}, ${log.size} records`],
    ['Made', madeAt],
  ])}
<p>Everything here is counted from the records of the log, and nothing else. Whether the log itself is whole, <code>sallyport audit verify</code> says.</p>
<ul>${[...gaps(log.archived, counted), ...more].map((gap) => html`<li>${gap}</li>`)}</ul>`;
}

function gaps(archived: number, { drills, shortened }: CountedRecords): readonly string[] {
  return [
    ...(archived > 0 ? [`The first ${archived} records of the log are in the archive and were not counted.`] : []),
    ...(shortened > 0
      ? [`${shortened} records had to be cut to fit the log: some of what they said is in no figure.`]
      : []),
    `${drills} exchanges of drills are left out: nobody meant them.`,
  ];
}
