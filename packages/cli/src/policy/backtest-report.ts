import { DECISION_CHANGES } from '@sallyport/core';
import type { BacktestReport } from '@sallyport/runtime';
import { textTable } from '../table.ts';

const ROWS_SHOWN = 20;

/** A backtest for people: what would change, for whom, because of which policies. */
export function describeBacktest(report: BacktestReport): string {
  const { records, of, decisions, notReplayed, changes, rows, policies } = report;
  const sampled = of > records;
  const total = DECISION_CHANGES.reduce((sum, change) => sum + changes[change], 0);
  const lines = [
    `${records} records${sampled ? `, a sample of ${of}` : ''}${spanOf(report)}: ${decisions} decisions judged again`,
    ...(notReplayed > 0 ? [`${notReplayed} could not be: ${incompleteOf(report)}`] : []),
    total === 0 ? 'nothing would change' : '',
  ].filter((line) => line !== '');
  if (total === 0) return `${lines.join('\n')}\n`;
  return [
    `${lines.join('\n')}\n`,
    changesTable(report),
    rowsTable(rows),
    ...(policies.length > 0
      ? [
          textTable(
            [
              { title: 'because of', align: 'left' },
              { title: 'changes', align: 'right' },
            ],
            policies.slice(0, ROWS_SHOWN).map(({ policy, changes: count }) => [policy, String(count)]),
          ),
        ]
      : []),
  ].join('\n');
}

function spanOf({ from, to }: BacktestReport): string {
  return from === undefined || to === undefined ? '' : ` from ${from} to ${to}`;
}

function incompleteOf({ incomplete }: BacktestReport): string {
  return Object.entries(incomplete)
    .filter(([, count]) => count > 0)
    .map(([why, count]) => `${why} ${count}`)
    .join(', ');
}

function changesTable({ changes, decisions, intervals, examples }: BacktestReport): string {
  const rows = DECISION_CHANGES.filter((change) => changes[change] > 0).map((change) => {
    const interval = intervals?.[change];
    const share = percent(changes[change] / decisions);
    return [
      change,
      String(changes[change]),
      interval === undefined ? share : `${share} (${percent(interval.low)} to ${percent(interval.high)})`,
      examples[change].join(' '),
    ];
  });
  const titles = ['newly', 'decisions', 'share', 'such as'] as const;
  return textTable(
    titles.map((title) => ({ title, align: title === 'decisions' ? 'right' : 'left' })),
    rows,
  );
}

function rowsTable(rows: BacktestReport['rows']): string {
  const table = rows
    .slice(0, ROWS_SHOWN)
    .map(({ principal, route, decisions, changes }) => [
      principal,
      route,
      String(decisions),
      ...DECISION_CHANGES.map((change) => String(changes[change])),
    ]);
  const titles = ['principal', 'route', 'decisions', ...DECISION_CHANGES];
  return textTable(
    titles.map((title, at) => ({ title, align: at < 2 ? 'left' : 'right' })),
    table,
  );
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)}%`;
}
