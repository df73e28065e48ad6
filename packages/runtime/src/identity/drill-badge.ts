import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { DrillMark, Fault } from '@sallyport/core';

/** How long a badge holds, milliseconds: it is made for one request, just before it. */
export const BADGE_HOLDS_MS = 60_000;
const BADGE = /^v1\.([0-9a-z-]{1,64})\.(stubbed|live)\.(\d{13})\.([0-9a-f]{64})$/;

/** Said of a drill that no provider is to hear of. */
const STUBBED = 'stubbed';

/** What a badge is bound to: no other request, and nobody else, can show it. */
export interface BadgedRequest {
  /** The gateway key or token that the request comes with. */
  readonly credential: string;
  readonly body: Uint8Array;
}

export interface BadgeParts {
  readonly drillKey: Uint8Array;
  readonly dateMs: () => number;
}

/**
 * The value of `x-sallyport-drill`: says that one request is part of a drill, sealed with a key of the data folder.
 * @param drill its id is 1 to 64 of `a-z 0-9 -`
 */
export function drillBadge(drill: DrillMark, request: BadgedRequest, { drillKey, dateMs }: BadgeParts): string {
  const said = `v1.${drill.id}.${drill.stubbed ? STUBBED : 'live'}.${dateMs() + BADGE_HOLDS_MS}`;
  return `${said}.${sealOf(said, request, drillKey).toString('hex')}`;
}

/** @returns the drill; whoever claims a drill that isn't one is refused, so that a drill never runs as ordinary traffic */
export function drillOf(badge: string, request: BadgedRequest, { drillKey, dateMs }: BadgeParts): DrillMark | Fault {
  const [, id = '', answer = '', until = '', seal = ''] = BADGE.exec(badge) ?? [];
  const leftMs = Number(until) - dateMs();
  const expected = sealOf(`v1.${id}.${answer}.${until}`, request, drillKey);
  const given = Buffer.from(seal, 'hex');
  const isOurs = given.length === expected.length && timingSafeEqual(given, expected);
  if (!isOurs || leftMs <= 0 || leftMs > BADGE_HOLDS_MS) return { fault: 'DRILL_INVALID' };
  return { id, stubbed: answer === STUBBED };
}

function sealOf(said: string, { credential, body }: BadgedRequest, key: Uint8Array): Buffer {
  const digest = (part: string | Uint8Array) => createHash('sha256').update(part).digest('hex');
  return createHmac('sha256', key)
    .update(`${said}\n${digest(credential)}\n${digest(body)}`)
    .digest();
}
