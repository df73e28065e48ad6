import type { Column } from '../table.ts';
import type { ReplayFigures, SuiteFigures } from './replay-tally.ts';

export const FIGURE_COLUMNS: readonly Column[] = [
  { title: 'policy', align: 'left' },
  { title: 'runs of', align: 'left' },
  { title: 'attacks', align: 'right' },
  { title: 'blocked', align: 'right' },
  { title: 'asked', align: 'right' },
  { title: 'critical known', align: 'right' },
  { title: 'stopped', align: 'right' },
  { title: 'benign', align: 'right' },
  { title: 'blocked', align: 'right' },
  { title: 'asked', align: 'right' },
  { title: 'resisted', align: 'right' },
  { title: 'blocked', align: 'right' },
  { title: 'asked', align: 'right' },
  { title: 'autonomy', align: 'right' },
];

/** A row for each policy, each of its suites and, when asked for, each model. */
export function figureRows(all: readonly ReplayFigures[], models: boolean): readonly (readonly string[])[] {
  return all.flatMap(({ policy, bySuite, byModel, ...total }) => [
    row(policy, 'all', total),
    ...Object.entries(bySuite).map(([suite, figures]) => row(policy, suite, figures)),
    ...(models ? Object.entries(byModel).map(([model, figures]) => row(policy, model, figures)) : []),
  ]);
}

function row(policy: string, of: string, { attacks, benign, resisted, autonomy }: SuiteFigures): readonly string[] {
  return [
    policy,
    of,
    String(attacks.n),
    share(attacks.blocked, attacks.n),
    share(attacks.asked, attacks.n),
    String(attacks.criticalKnown),
    share(attacks.criticalStopped, attacks.criticalKnown),
    ...[benign, resisted].flatMap(({ n, blocked, asked }) => [String(n), share(blocked, n), share(asked, n)]),
    autonomy === null ? '-' : share(autonomy, 1),
  ];
}

/** Per cent, or a dash where there is nothing to take a share of. */
function share(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)}%`;
}
