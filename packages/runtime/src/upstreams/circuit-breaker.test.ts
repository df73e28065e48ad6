import { describe, expect, it } from 'vitest';
import { CircuitBreaker } from './circuit-breaker.ts';

const POLICY = { failures: 3, windowMs: 1_000, openMs: 500 };

function circuit() {
  const state = { nowMs: 0 };
  const breaker = new CircuitBreaker(POLICY, () => state.nowMs);
  const call = (end: 'succeeded' | 'failed' | 'abandoned') => {
    const pass = breaker.pass();
    pass?.[end]();
    return pass !== undefined;
  };
  const open = () => {
    for (let count = 0; count < POLICY.failures; count += 1) call('failed');
  };
  return { state, breaker, call, open };
}

describe('CircuitBreaker', () => {
  it('opens at the last of `failures` failures in a row, and lets nobody through for `openMs`', () => {
    const { state, call } = circuit();
    expect([call('failed'), call('failed'), call('failed')]).toEqual([true, true, true]);
    expect(call('succeeded')).toBe(false);
    state.nowMs = POLICY.openMs - 1;
    expect(call('succeeded')).toBe(false);
    state.nowMs = POLICY.openMs;
    expect(call('succeeded')).toBe(true);
  });

  it('forgets failures at a success, and those older than `windowMs`', () => {
    const { state, call } = circuit();
    for (const end of ['failed', 'failed', 'succeeded', 'failed', 'failed'] as const) expect(call(end)).toBe(true);
    state.nowMs = POLICY.windowMs;
    expect([call('failed'), call('failed'), call('abandoned')]).toEqual([true, true, true]);
    expect([call('failed'), call('succeeded')]).toEqual([true, false]);
  });

  it('lets one probe through when it is half open, whose success closes it', () => {
    const { state, breaker, open, call } = circuit();
    open();
    state.nowMs = POLICY.openMs;
    const probe = breaker.pass();
    expect(probe).toBeDefined();
    expect(call('succeeded')).toBe(false);
    probe?.succeeded();
    expect([call('failed'), call('failed'), call('succeeded')]).toEqual([true, true, true]);
  });

  it('opens again when the probe fails, and lets another probe when it was abandoned', () => {
    const { state, breaker, open, call } = circuit();
    open();
    state.nowMs = POLICY.openMs;
    expect(call('failed')).toBe(true);
    state.nowMs = 2 * POLICY.openMs - 1;
    expect(call('succeeded')).toBe(false);
    state.nowMs = 2 * POLICY.openMs;
    expect(call('abandoned')).toBe(true);
    expect(breaker.pass()).toBeDefined();
  });

  it("waits for a probe no longer than `openMs`, and doesn't heed it after that", () => {
    const { state, breaker, open } = circuit();
    open();
    state.nowMs = POLICY.openMs;
    const stuck = breaker.pass();
    state.nowMs = 2 * POLICY.openMs;
    const next = breaker.pass();
    expect(next).toBeDefined();
    stuck?.succeeded();
    expect(breaker.pass()).toBeUndefined();
    next?.succeeded();
    expect(breaker.pass()).toBeDefined();
  });

  it('learns nothing from calls that began before it opened', () => {
    const { state, breaker, open, call } = circuit();
    const [early, late] = [breaker.pass(), breaker.pass()];
    open();
    early?.succeeded();
    expect(call('succeeded')).toBe(false);
    state.nowMs = POLICY.openMs - 1;
    late?.failed();
    state.nowMs = POLICY.openMs;
    expect(call('succeeded')).toBe(true);
  });
});
