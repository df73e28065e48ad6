import {
  type Channel,
  type Effect,
  type Finding,
  type InspectorQuestion,
  ruleGuard,
  uncheckedOf,
} from '@sallyport/core';
import type { Inspection } from '@sallyport/runtime';
import type { LabelledRow } from './labelled-row.ts';

export interface RowVerdict {
  /** Highest score among the head's categories, before any threshold. */
  readonly score: number;
  /** What the guard policies say to the head's findings alone. */
  readonly effect: Effect;
  /** The head's. */
  readonly findings: readonly Finding[];
  readonly bytes: number;
  /** CPU time of the inspection, microseconds. */
  readonly cpuUs: number;
  /** Whether a detector gave no answer to trust. */
  readonly unchecked: boolean;
}

export interface JudgingWay {
  readonly inspection: Inspection;
  readonly channel: Channel;
  readonly categories: readonly string[];
}

/** Runs rows without a clock: until every rule has met some text, most of the time is compilation. */
export function warmUp(rows: readonly LabelledRow[], way: JudgingWay, passes: number): void {
  for (let pass = 0; pass < passes; pass += 1) for (const row of rows) inspect(row, way);
}

/**
 * Inspects rows, then asks the policies. The CPU time is that of all inspections together, shared out by how long each took:
 * the process's own clock is too coarse for a single text.
 */
export function judgeRows(rows: readonly LabelledRow[], way: JudgingWay): readonly RowVerdict[] {
  const before = process.cpuUsage();
  const inspected = rows.map((row) => {
    const startMs = performance.now();
    const { findings, lines } = inspect(row, way);
    return { row, findings, lines, ms: performance.now() - startMs };
  });
  const used = process.cpuUsage(before);
  const totalMs = inspected.reduce((sum, { ms }) => sum + ms, 0);
  const usPerMs = totalMs === 0 ? 0 : (used.user + used.system) / totalMs;
  return inspected.map(({ row, findings: all, lines, ms }) => {
    const findings = all.filter(({ category }) => way.categories.includes(category));
    const { point } = questionFor(row, way.channel);
    const placed = findings.map((finding) => ({ ...finding, where: 'row' }));
    // Without the receipt's lines: an effect for want of time or depth would say nothing about what was found.
    const { effect } = ruleGuard(way.inspection.judge, { point, findings: placed, lines: [] });
    return {
      score: findings.reduce((highest, { score }) => Math.max(highest, score), 0),
      effect,
      findings,
      bytes: Buffer.byteLength(row.text),
      cpuUs: ms * usPerMs,
      unchecked: uncheckedOf(lines).length > 0,
    };
  });
}

function inspect(row: LabelledRow, { inspection, channel }: JudgingWay) {
  return inspection.inspector.inspect(row.text, {
    ...questionFor(row, channel),
    request: inspection.emptyRequest,
  });
}

/** A system prompt is benign in its own role alone, whoever the other rows are from. */
function questionFor({ kind }: LabelledRow, channel: Channel): InspectorQuestion {
  if (channel === 'data') return { point: 'tool-result', origin: { role: 'tool', field: 'content' } };
  return { point: 'input', origin: { role: kind === 'system_prompt' ? 'system' : 'user', field: 'content' } };
}
