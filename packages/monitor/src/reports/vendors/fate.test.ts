import { describe, expect, it } from 'vitest';
import { closed, START_MS } from '../../testing/traffic.ts';
import { fateOf } from './fate.ts';

describe('fateOf()', () => {
  it.each([
    ['answered', { upstreamStatus: 200 }],
    ['answered', { upstreamStatus: 200, outcome: 'refused' }],
    ['timeout', { outcome: 'upstream-failed', fault: 'UPSTREAM_TIMEOUT' }],
    ['unreachable', { outcome: 'upstream-failed', fault: 'UPSTREAM_UNREACHABLE' }],
    ['broken-off', { outcome: 'upstream-failed', fault: 'UPSTREAM_BROKEN', upstreamStatus: 200 }],
    ['unreadable', { outcome: 'upstream-failed', fault: 'UPSTREAM_GARBAGE', upstreamStatus: 200 }],
    ['unreadable', { outcome: 'upstream-failed', fault: 'UPSTREAM_TOO_LARGE', upstreamStatus: 200 }],
    ['limited', { upstreamStatus: 429 }],
    ['refused-request', { upstreamStatus: 400 }],
    ['server-error', { upstreamStatus: 503 }],
    ['in-answer', { upstreamStatus: 200, answer: { error: true } }],
    ['other', { outcome: 'upstream-failed' }],
    ['undecided', { outcome: 'client-aborted', upstreamStatus: 200 }],
    ['undecided', { outcome: 'internal-error', fault: 'INTERNAL', upstreamStatus: 200 }],
    ['undecided', {}],
  ] as const)('%s: %j', (fate, more) => {
    expect(fateOf(closed(START_MS, more))).toBe(fate);
  });
});
