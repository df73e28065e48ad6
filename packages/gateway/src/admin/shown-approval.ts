import { type ApprovalDoor, ownerName, ownerOf, type Principal, type StoredApproval } from '@sallyport/core';
import { visibleText } from '@sallyport/text';
import { shownArguments } from './shown-arguments.ts';
import { type ShownSource, shownProvenance } from './shown-provenance.ts';

/** An approval as operators see it. It holds content: what the call would do. */
export interface ShownApproval {
  readonly id: string;
  readonly status: StoredApproval['status'];
  readonly tool: string;
  /** As the tool would get them; JSON where they are JSON. */
  readonly arguments: string;
  readonly principal: Principal;
  readonly route: string;
  readonly protocol: string;
  readonly exchange: string;
  readonly policies: readonly string[];
  readonly message?: string;
  /** The same for people's eyes: arguments a member a line, and whatever hides in them written out. */
  readonly shown: {
    readonly tool: string;
    readonly arguments: string;
    readonly principal: string;
    readonly message: string;
  };
  /** Where its values came from, what decides most first. */
  readonly provenance: readonly ShownSource[];
  /** RFC 3339. */
  readonly askedAt: string;
  readonly expiresAt: string;
  readonly decided?: { readonly by: string; readonly via: ApprovalDoor; readonly reason: string; readonly at: string };
}

export function shownApproval(approval: StoredApproval): ShownApproval {
  const { id, status, tool, arguments: made, principal, route, protocol, exchange, policies, message } = approval;
  const { askedMs, expiresMs, decided, provenance } = approval;
  return {
    id,
    status,
    tool,
    arguments: made,
    principal,
    route,
    protocol,
    exchange,
    policies,
    ...(message !== undefined && { message }),
    shown: {
      tool: visibleText(tool),
      arguments: shownArguments(made),
      principal: visibleText(`${ownerName(ownerOf(principal))} of tenant ${principal.tenant}`),
      message: visibleText(message ?? ''),
    },
    provenance: shownProvenance(provenance),
    askedAt: new Date(askedMs).toISOString(),
    expiresAt: new Date(expiresMs).toISOString(),
    ...(decided !== undefined && {
      decided: { by: decided.by, via: decided.via, reason: decided.reason, at: new Date(decided.atMs).toISOString() },
    }),
  };
}
