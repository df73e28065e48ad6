import type { Column } from '../table.ts';
import type { Evaluation } from './evaluate.ts';
import type { SourceMetrics } from './source-tally.ts';

export const SOURCE_COLUMNS: readonly Column[] = [
  { title: 'source', align: 'left' },
  { title: 'attacks', align: 'right' },
  { title: 'benign', align: 'right' },
  { title: 'AUC', align: 'right' },
  { title: 'recall at 1 % FPR', align: 'right' },
  { title: 'noticed', align: 'right' },
  { title: 'noticed, false', align: 'right' },
  { title: 'stopped', align: 'right' },
  { title: 'stopped, false', align: 'right' },
  { title: 'us/KB', align: 'right' },
];

export function sourceRows({ sources, total }: Evaluation): readonly (readonly string[])[] {
  return (sources.length > 1 ? [...sources, total] : sources).map(metricsRow);
}

/** Columns and rows by the field that rows are parted by; none where they are not. */
export function groupTable({ groups = [] }: Evaluation, by: string) {
  const [, ...columns] = SOURCE_COLUMNS;
  return { columns: [{ title: by, align: 'left' as const }, ...columns], rows: groups.map(metricsRow) };
}

function metricsRow(metrics: SourceMetrics): readonly string[] {
  return [
    metrics.source,
    String(metrics.attacks),
    String(metrics.benign),
    metrics.auc === null ? '-' : metrics.auc.toFixed(3),
    withInterval(metrics.recallAt1pctFpr, metrics.recallAt1pctFprInterval),
    withInterval(metrics.recall, metrics.recallInterval),
    withInterval(metrics.fpr, metrics.fprInterval),
    percent(metrics.stopped.recall),
    percent(metrics.stopped.fpr),
    metrics.usPerKb === null ? '-' : metrics.usPerKb.toFixed(0),
  ];
}

export const SPAN_COLUMNS: readonly Column[] = [
  { title: 'source', align: 'left' },
  { title: 'type', align: 'left' },
  { title: 'labelled', align: 'right' },
  { title: 'found', align: 'right' },
  { title: 'covered whole', align: 'right' },
  { title: 'predicted', align: 'right' },
  { title: 'right', align: 'right' },
];

export function spanRows({ sources }: Evaluation): readonly (readonly string[])[] {
  return sources.flatMap(({ source, spans }: SourceMetrics) =>
    Object.entries(spans ?? {}).map(([type, counts]) => [
      source,
      type,
      String(counts.labelled),
      share(counts.found, counts.labelled),
      share(counts.covered, counts.labelled),
      String(counts.predicted),
      share(counts.right, counts.predicted),
    ]),
  );
}

function share(part: number, whole: number): string {
  return whole === 0 ? '-' : percent(part / whole);
}

function percent(value: number | null): string {
  return value === null ? '-' : `${(value * 100).toFixed(1)} %`;
}

function withInterval(value: number | null, interval: readonly [number, number] | null): string {
  if (value === null || interval === null) return '-';
  const [low, high] = interval.map((bound) => (bound * 100).toFixed(1));
  return `${percent(value)} (${low}-${high})`;
}
