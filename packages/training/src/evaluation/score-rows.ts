import { createInspector, createPromptInjectionDetector, type LearnedModels } from '@sallyport/detectors';
import type { LabelledRow } from '../data/labelled-row.ts';
import type { Channel } from '../generators/generated-row.ts';
import { auc, type Share, shareAbove, thresholdAt } from './metrics.ts';

/** A row and what the detector makes of it, 0..1. */
export interface ScoredRow {
  readonly row: LabelledRow;
  readonly score: number;
}

/** Scores rows as the gateway would: signatures and, where the channel has one, the model. */
export function scoreRows(rows: readonly LabelledRow[], channel: Channel, models: LearnedModels): readonly ScoredRow[] {
  const inspector = createInspector({
    detectors: [createPromptInjectionDetector(models)],
    fingerprint: () => '',
  });
  const question =
    channel === 'direct'
      ? ({ point: 'input', origin: { role: 'user', field: 'content' } } as const)
      : ({ point: 'tool-result', origin: { role: 'tool', field: 'content' } } as const);
  return rows.map((row) => {
    const { findings } = inspector.inspect(row.text, question);
    return { row, score: findings.reduce((most, { score }) => Math.max(most, score), 0) };
  });
}

/** How attacks stand out among benign rows. */
export interface Separation {
  readonly auc: number;
  /** At the threshold that 1 % of the benign rows lie above. */
  readonly recallAt1pct: Share;
  /** Where the starter policies flag and block. */
  readonly recallAt50: Share;
  readonly recallAt90: Share;
}

const FPR = 0.01;
/** Just below a score, since a policy acts on scores that reach it. */
const FLAG = 0.5 - 1e-9;
const STOP = 0.9 - 1e-9;

export function separation(attacks: readonly ScoredRow[], benign: readonly ScoredRow[]): Separation {
  const [found, left] = [attacks, benign].map((rows) => rows.map(({ score }) => score)) as [number[], number[]];
  return {
    auc: auc(found, left),
    recallAt1pct: shareAbove(found, thresholdAt(left, FPR)),
    recallAt50: shareAbove(found, FLAG),
    recallAt90: shareAbove(found, STOP),
  };
}

/** False positives of each kind of benign row, where policies flag and where they block. */
export function falsePositives(benign: readonly ScoredRow[]): Record<string, { flagged: Share; stopped: Share }> {
  const kinds = [...new Set(benign.map(({ row }) => row.kind))].sort();
  return Object.fromEntries(
    kinds.map((kind) => {
      const scores = benign.filter(({ row }) => row.kind === kind).map(({ score }) => score);
      return [kind, { flagged: shareAbove(scores, FLAG), stopped: shareAbove(scores, STOP) }];
    }),
  );
}
