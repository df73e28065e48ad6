import type { Principal } from './decision.ts';

/**
 * Whose something is. An agent that acts for a user is another owner than the same agent for another user, or for itself: what
 * it came to for one is nobody else's.
 */
export type Owner = Pick<Principal, 'tenant' | 'kind' | 'id'> & {
  readonly user?: { readonly tenant: string; readonly id: string };
};

export function ownerOf({ tenant, kind, id, onBehalfOf }: Principal): Owner {
  const { tenant: of, id: user } = onBehalfOf ?? {};
  return of === undefined || user === undefined
    ? { tenant, kind, id }
    : { tenant, kind, id, user: { tenant: of, id: user } };
}

export function isSameOwner(a: Owner, b: Owner): boolean {
  return (
    a.tenant === b.tenant &&
    a.kind === b.kind &&
    a.id === b.id &&
    a.user?.tenant === b.user?.tenant &&
    a.user?.id === b.user?.id
  );
}

/** The parts of an owner's name, for keys: equal for the same owner alone. */
export function ownerParts({ tenant, kind, id, user }: Owner): readonly string[] {
  return user === undefined ? [tenant, kind, id] : [tenant, kind, id, 'for', user.tenant, user.id];
}

/** An owner as people read it: `agent/planner`, or `agent/planner for user/ann`. */
export function ownerName({ kind, id, user }: Owner): string {
  return user === undefined ? `${kind}/${id}` : `${kind}/${id} for user/${user.id}`;
}
