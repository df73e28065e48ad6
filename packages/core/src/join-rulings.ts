import type { Ruling } from './decide.ts';
import { type Decision, effectOf } from './decision.ts';
import { VERDICTS } from './vocabulary.ts';

/**
 * What two rulings on the same findings come to: the stricter verdict, and all that either of them wants done. The stricter one's policies come
 * first, so that whoever is refused is told by them why.
 */
export function joinRulings(one: Ruling, other: Ruling): Ruling {
  const [first, next] = rankOf(other) > rankOf(one) ? [other, one] : [one, other];
  const decision = joined(first.decision, next.decision);
  return { ...first, decision, effect: effectOf(decision) };
}

function rankOf({ decision }: Ruling): number {
  return VERDICTS.indexOf(decision.verdict);
}

function joined(first: Decision, next: Decision): Decision {
  const { capture = [], vault = [] } = next;
  const captures = [...(first.capture ?? []), ...capture];
  const vaulted = union(first.vault ?? [], vault);
  return {
    ...first,
    flags: union(first.flags, next.flags),
    redact: [...union(first.redact, next.redact)].sort((a, b) => a - b),
    ...(captures.length > 0 && { capture: captures }),
    ...(vaulted.length > 0 && { vault: vaulted }),
    policies: union(first.policies, next.policies),
    monitored: union(first.monitored, next.monitored),
    errors: union(first.errors, next.errors),
  };
}

function union<T>(first: readonly T[], next: readonly T[]): readonly T[] {
  return next.length === 0 ? first : [...new Set([...first, ...next])];
}
