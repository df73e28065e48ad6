import type { ClosedRecord, ErrorCode } from '@sallyport/core';

/**
 * How a provider fails. `timeout`: no answer in time; `unreachable`: no connection; `broken-off`: its answer ended early; `unreadable`: its answer
 * can't be inspected; `limited`: it had no room for us (429); `refused-request`: it took the request for wrong (4xx); `server-error`: 5xx; `in-answer`: it reports an error
 * within its answer; `other`: it failed, and the record does not say how.
 */
export const FAILURES = [
  'timeout',
  'unreachable',
  'broken-off',
  'unreadable',
  'limited',
  'refused-request',
  'server-error',
  'in-answer',
  'other',
] as const;
export type Failure = (typeof FAILURES)[number];

const BY_FAULT: ReadonlyMap<ErrorCode, Failure> = new Map([
  ['UPSTREAM_TIMEOUT', 'timeout'],
  ['UPSTREAM_UNREACHABLE', 'unreachable'],
  ['UPSTREAM_BROKEN', 'broken-off'],
  ['UPSTREAM_GARBAGE', 'unreadable'],
  ['UPSTREAM_TOO_LARGE', 'unreadable'],
]);
const LIMITED = 429;

/** What came of a call of a provider. `undecided`: it ended before the provider could show what it does. */
export function fateOf({
  outcome,
  fault,
  upstreamStatus,
  answer,
}: Pick<ClosedRecord, 'outcome' | 'fault' | 'upstreamStatus' | 'answer'>): Failure | 'answered' | 'undecided' {
  const failure = fault === undefined ? undefined : BY_FAULT.get(fault);
  if (failure !== undefined) return failure;
  if (upstreamStatus !== undefined && upstreamStatus >= 400) {
    if (upstreamStatus === LIMITED) return 'limited';
    return upstreamStatus >= 500 ? 'server-error' : 'refused-request';
  }
  if (answer.error === true) return 'in-answer';
  if (outcome === 'upstream-failed') return 'other';
  if (outcome === 'client-aborted' || outcome === 'internal-error') return 'undecided';
  return upstreamStatus === undefined ? 'undecided' : 'answered';
}
