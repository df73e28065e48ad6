import type { AuditRecord, OpenedRecord } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { AccessUsage } from './access-usage.ts';

const principal = { kind: 'agent', id: 'worker', tenant: 'default', groups: [] } as const;

function used(name: string, more: Partial<OpenedRecord> = {}): AuditRecord {
  const question = { action: 'use-model', resource: { kind: 'model', id: name, groups: [] }, context: { grant: 'g1' } };
  const decision = { verdict: 'allow', flags: [], redact: [], policies: [] };
  return {
    kind: 'opened',
    at: '2026-11-28T10:00:00.000Z',
    principal,
    decisions: [{ kind: 'access', question, decision }],
    ...more,
  } as unknown as AuditRecord;
}

describe('AccessUsage', () => {
  it('counts nothing that drills asked for: neither a name, nor a grant, nor a record', () => {
    const usage = new AccessUsage('2026-11-01T00:00:00.000Z');
    usage.add(used('drilled', { drill: 'drill-1' }));
    expect([usage.records, usage.principals, [...usage.grants]]).toEqual([0, [], []]);
    usage.add(used('meant'));
    expect([usage.records, [...usage.grants.keys()]]).toEqual([1, ['g1']]);
    expect(usage.principals.map((each) => [...each.used.models.keys()])).toEqual([['meant']]);
  });
});
