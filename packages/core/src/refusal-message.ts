import type { Ruling } from './decide.ts';
import { APPROVAL_DENIED } from './rule-call.ts';

/** How a refusal begins: clients and scanners know a refusal by such words. */
const BEGINNINGS = {
  ask: "I can't do that yet. Approval required: a person has to allow this first",
  block: "I'm sorry, but I can't assist with that. Blocked by policy",
  spent: "I'm sorry, but I can't assist with that. A limit on tool calls is reached",
  denied: "I'm sorry, but I can't assist with that. A person declined this call",
} as const;

/** What the person at the other end reads of a ruling that stops. @param reason what the policies have to say about it */
export function refusalMessage({ effect, approval, decision }: Ruling, reason: string | undefined): string {
  const denied = decision.policies.includes(`posture:${APPROVAL_DENIED}`);
  const spent = decision.policies.some((policy) => policy.startsWith('budget:'));
  const stopped = spent ? BEGINNINGS.spent : BEGINNINGS[effect === 'ask' ? 'ask' : 'block'];
  const beginning = denied ? BEGINNINGS.denied : stopped;
  const waits = approval === undefined ? '' : ` (approval ${approval})`;
  return `${beginning}${waits}${reason === undefined ? '' : `: ${reason}`}.`;
}
