import { describe, expect, it } from 'vitest';
import { PendingConsents } from './pending-consents.ts';

const about = (id: string, scopes: readonly string[] = ['read']) => ({
  server: 'tickets',
  asker: { owner: { kind: 'user', id, tenant: 'default' } as const, client: 'app' },
  scopes,
});

describe('PendingConsents', () => {
  it('waits for as many as it may, and for one more when one is over', () => {
    let nowMs = 0;
    const pending = new PendingConsents({ consentMs: 1_000, nowMs: () => nowMs, max: 2 });
    const first = pending.open(about('ann'));
    expect(pending.open(about('bo'))).toBeDefined();
    expect(pending.open(about('cy'))).toBeUndefined();
    expect(pending.open(about('ann'))).toBe(first);
    nowMs = 1_000;
    expect(pending.byTicket(first?.ticket ?? '')).toBeUndefined();
    expect(pending.open(about('cy'))).toBeDefined();
  });

  it('gives the same page while half of its time is left, and then another; both are good until their own end', () => {
    let nowMs = 0;
    const pending = new PendingConsents({ consentMs: 1_000, nowMs: () => nowMs });
    const first = pending.open(about('ann'));
    nowMs = 500;
    expect(pending.open(about('ann'))).toBe(first);
    nowMs = 501;
    const second = pending.open(about('ann'));
    expect(second).not.toBe(first);
    nowMs = 999;
    expect(pending.byTicket(first?.ticket ?? '')).toBe(first);
    nowMs = 1_000;
    expect(pending.byTicket(first?.ticket ?? '')).toBeUndefined();
    expect(pending.byTicket(second?.ticket ?? '')).toBe(second);
  });
});
