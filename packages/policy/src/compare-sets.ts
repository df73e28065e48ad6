import type { LoadedPolicy, PolicyInfo } from './policy-info.ts';

/** What of a policy is not the same in two sets. */
export const POLICY_PARTS = [
  'effect',
  'scope',
  'conditions',
  'mode',
  'redact',
  'message',
  'description',
  'spotlight',
  'capture',
  'vault',
] as const;
export type PolicyPart = (typeof POLICY_PARTS)[number];

export interface PolicySetDifference {
  readonly added: readonly PolicyInfo[];
  readonly removed: readonly PolicyInfo[];
  readonly changed: readonly {
    readonly id: string;
    readonly parts: readonly PolicyPart[];
    readonly before: PolicyInfo;
    readonly after: PolicyInfo;
  }[];
  readonly same: number;
}

/**
 * Compares two sets by the ids of their policies, and policies of one id by what they mean as Cedar parsed them: layout, comments
 * and the place in a file don't count. A policy without `@id` is known by its file and place.
 */
export function compareSets(before: readonly LoadedPolicy[], after: readonly LoadedPolicy[]): PolicySetDifference {
  const old = new Map(before.map((policy) => [policy.info.id, policy]));
  const young = new Map(after.map((policy) => [policy.info.id, policy]));
  const changed = after.flatMap((policy) => {
    const was = old.get(policy.info.id);
    if (was === undefined) return [];
    const parts = partsThatDiffer(was, policy);
    return parts.length === 0 ? [] : [{ id: policy.info.id, parts, before: was.info, after: policy.info }];
  });
  const added = after.filter(({ info }) => !old.has(info.id)).map(({ info }) => info);
  const removed = before.filter(({ info }) => !young.has(info.id)).map(({ info }) => info);
  return { added, removed, changed, same: after.length - added.length - changed.length };
}

function partsThatDiffer(a: LoadedPolicy, b: LoadedPolicy): readonly PolicyPart[] {
  return POLICY_PARTS.filter((part) => textOf(a, part) !== textOf(b, part));
}

function textOf({ info, policy }: LoadedPolicy, part: PolicyPart): string {
  switch (part) {
    case 'effect':
      return JSON.stringify([info.set, info.kind, info.effect]);
    case 'scope':
      return sorted([policy.principal, policy.action, policy.resource]);
    case 'conditions':
      return sorted(policy.conditions);
    default:
      return JSON.stringify(info[part] ?? null);
  }
}

/** JSON with the members of every object in one order. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
