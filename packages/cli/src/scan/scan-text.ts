import { type Checkpoint, type Effect, type Finding, type Role, ruleGuard, uncheckedOf } from '@sallyport/core';
import type { Inspection } from '@sallyport/runtime';

/** What the gateway would say to one text. Holds no text. */
export interface ScanResult {
  readonly source: string;
  readonly line?: number;
  readonly chars: number;
  readonly effect: Effect;
  /** Policies that determined the effect. */
  readonly policies: readonly string[];
  /** Policies in monitor mode that would have. */
  readonly monitored: readonly string[];
  readonly findings: readonly ScanFinding[];
  /** Detectors that gave no answer to trust. */
  readonly unchecked: readonly string[];
}

export type ScanFinding = Pick<Finding, 'detector' | 'category' | 'type' | 'score' | 'rawScore' | 'span' | 'via'>;

export interface ScanQuestion {
  readonly point: Checkpoint;
  readonly role: Role;
}

export const ROLE_AT = {
  input: 'user',
  output: 'assistant',
  'tool-definition': 'definition',
  'tool-call': 'assistant',
  'tool-result': 'tool',
  ingest: 'user',
} as const satisfies Record<Checkpoint, Role>;

/** Inspects one text and asks the guard policies about it, with the same parts as the gateway. */
export function scanText(
  text: string,
  { point, role }: ScanQuestion,
  inspection: Inspection,
): Omit<ScanResult, 'source' | 'line'> {
  const { findings, lines } = inspection.inspector.inspect(text, {
    point,
    origin: { role, field: 'content' },
    request: inspection.emptyRequest,
  });
  const { decision, effect } = ruleGuard(inspection.judge, {
    point,
    findings: findings.map((finding) => ({ ...finding, where: 'text' })),
    lines,
  });
  return {
    chars: text.length,
    effect,
    policies: [...new Set([...decision.policies, ...decision.flags])],
    monitored: decision.monitored,
    findings: findings.map(({ detector, category, type, score, rawScore, span, via }) => ({
      detector,
      category,
      type,
      score,
      ...(rawScore !== undefined && { rawScore }),
      span,
      via,
    })),
    unchecked: uncheckedOf(lines),
  };
}
