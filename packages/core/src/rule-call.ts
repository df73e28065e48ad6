import type { DecidedCall } from './answer-parts.ts';
import type { CallFinding } from './call-lane.ts';
import { type Judge, type Ruling, ruleAccess, ruleGuard } from './decide.ts';
import { strongest } from './decision.ts';
import type { ReceiptLine } from './detector.ts';
import type { Lane } from './protocol.ts';
import { recordedPlace } from './recorded-name.ts';

export interface CallMatter {
  readonly found: readonly CallFinding[];
  readonly lines: readonly ReceiptLine[];
}

export interface CallRuling {
  readonly decided: DecidedCall;
  readonly access: Ruling;
  readonly guard: Ruling;
}

/** Asks both sets about a tool call of an answer: may this principal call that tool, and may it be called with this. */
export function ruleCall(judge: Judge, { id, origin }: Lane, { found, lines }: CallMatter): CallRuling {
  const tool = origin.tool ?? '';
  const resource = { kind: 'tool', id: tool, groups: [] } as const;
  const { principal, facts } = judge;
  const context = { route: facts.route, protocol: facts.protocol };
  const access = ruleAccess(judge, { principal, action: 'call-tool', resource, context });
  const findings = found.map(({ finding }) => ({ ...finding, where: recordedPlace(`answer/${id}`) }));
  const guard = ruleGuard(judge, { point: 'tool-call', resource, findings, lines });
  return { decided: { tool, rulings: [access, guard], effect: strongest(access.effect, guard.effect) }, access, guard };
}
