import { Buffer } from 'node:buffer';
import type { CallFlow } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { OpenRounds, ROUND_MAX_MS, ROUNDS_MAX } from './open-rounds.ts';

const CALL = {
  owner: { tenant: 'default', kind: 'user', id: 'ann' },
  route: 'mcp/files',
  tool: 'pay',
  given: '{"to":"bob","sum":1}',
  policySet: 'p1',
} as const;
const KNOWN = { flow: {} as CallFlow, approval: 'apr_1' };

function openRounds(clock = { nowMs: 0 }) {
  return new OpenRounds({ nowMs: () => clock.nowMs, digest: (bytes) => Buffer.from(bytes).toString('base64') });
}

describe('take()', () => {
  it('gives what is known of a call to whoever goes on with it, once', () => {
    const rounds = openRounds();
    rounds.asked(CALL, 's', KNOWN);
    expect(rounds.take({ ...CALL, given: '{ "sum": 1, "to": "bob" }' }, 's')).toBe(KNOWN);
    expect(rounds.take(CALL, 's')).toBeUndefined();
    rounds.asked(CALL, undefined, KNOWN);
    expect(rounds.take(CALL, undefined)).toBe(KNOWN);
  });

  it.each([
    ['owner', { owner: { ...CALL.owner, id: 'bob' } }],
    ['server', { route: 'mcp/bank' }],
    ['tool', { tool: 'refund' }],
    ['arguments', { given: '{"to":"bob","sum":2}' }],
    ['policies', { policySet: 'p2' }],
  ])('knows nothing of a call of another %s', (_what, other) => {
    const rounds = openRounds();
    rounds.asked(CALL, 's', KNOWN);
    expect(rounds.take({ ...CALL, ...other }, 's')).toBeUndefined();
    expect(rounds.take(CALL, 's')).toBe(KNOWN);
  });

  it('knows nothing of another state, or of none', () => {
    const rounds = openRounds();
    rounds.asked(CALL, 's', KNOWN);
    for (const state of ['t', '', undefined]) expect(rounds.take(CALL, state)).toBeUndefined();
    expect(rounds.take(CALL, 's')).toBe(KNOWN);
  });

  it('knows nothing any more of a call whose client took too long', () => {
    const clock = { nowMs: 0 };
    const rounds = openRounds(clock);
    for (const state of ['a', 'b']) rounds.asked(CALL, state, KNOWN);
    clock.nowMs = ROUND_MAX_MS;
    expect(rounds.take(CALL, 'a')).toBe(KNOWN);
    clock.nowMs += 1;
    expect(rounds.take(CALL, 'b')).toBeUndefined();
  });

  it('knows the last half of its bound at least, and not the first beyond it', () => {
    const rounds = openRounds();
    for (let at = 0; at <= ROUNDS_MAX; at += 1) rounds.asked(CALL, `${at}`, KNOWN);
    expect(rounds.take(CALL, '0')).toBeUndefined();
    expect(rounds.take(CALL, `${ROUNDS_MAX / 2 + 1}`)).toBe(KNOWN);
    expect(rounds.take(CALL, `${ROUNDS_MAX}`)).toBe(KNOWN);
  });
});
