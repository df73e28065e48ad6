/** Revisions of the protocol that are spoken here, oldest first. */
export const REVISIONS = ['2025-06-18', '2025-11-25', '2026-07-28'] as const;
export type Revision = (typeof REVISIONS)[number];

/** Of the last one, every request says what those before agreed on once, in a handshake. */
export const MODERN: Revision = '2026-07-28';

export function isRevision(text: string | undefined): text is Revision {
  return REVISIONS.some((revision) => revision === text);
}

/** Revisions that begin with `initialize`, in which servers send requests of their own. */
export function isLegacy(revision: Revision): boolean {
  return revision !== MODERN;
}
