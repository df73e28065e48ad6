import { isLegacy, isRevision, type Revision } from './revisions.ts';

/**
 * The revision that a handshake ends in: the one that the client asks for, where the server has it; else the newest that the
 * server has, which the client may leave. `undefined` where the server has none that begins with a handshake.
 * Source: specification of 2025-11-25, "Version Negotiation"; SDK 1.32.2, `Server._oninitialize()`.
 */
export function negotiate(asked: string | undefined, offered: readonly Revision[]): Revision | undefined {
  const legacy = offered.filter(isLegacy);
  if (isRevision(asked) && legacy.includes(asked)) return asked;
  return legacy.reduce<Revision | undefined>(
    (newest, each) => (newest === undefined || each > newest ? each : newest),
    undefined,
  );
}
