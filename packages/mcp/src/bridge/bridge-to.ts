import { type Fault, SallyportError } from '@sallyport/core';
import type { McpEnd } from '../end.ts';
import { isLegacy, MODERN } from '../revision/revisions.ts';
import { type BridgeParts, KEY_MIN_BYTES } from './bridge-parts.ts';
import { LegacyToModern } from './legacy-to-modern.ts';
import { ModernToLegacy } from './modern-to-legacy.ts';

/** The revision that is bridged to 2026-07-28, either way. */
const BRIDGED = '2025-11-25';

/**
 * A server's end as a client of another revision knows servers. Where both speak the same revision it is the end itself. There
 * are bridges between 2025-11-25 and 2026-07-28, either way; what else there may be is a fault.
 */
export function bridgeTo(end: McpEnd, parts: BridgeParts): McpEnd | Fault {
  const { from, to, key } = parts;
  if (from === to) return end;
  if (key.length < KEY_MIN_BYTES)
    throw new SallyportError('INTERNAL', { detail: 'key of request states is too short' });
  if (from === BRIDGED && to === MODERN) return new LegacyToModern(end, parts);
  if (from === MODERN && to === BRIDGED) return new ModernToLegacy(end, parts);
  return { fault: 'PROTOCOL_MISMATCH', at: isLegacy(from) ? to : from };
}
