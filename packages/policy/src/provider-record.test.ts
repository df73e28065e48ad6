import { describe, expect, it } from 'vitest';
import { ProviderRecord, UNKNOWN_RETENTION_DAYS } from './provider-record.ts';
import { SetValue } from './value.ts';

function shown(record: ProviderRecord) {
  return Object.fromEntries(
    Array.from(record.keys(), (key) => {
      const value = record.get(key);
      return [key, value instanceof SetValue ? value.elements : value];
    }),
  );
}

describe('ProviderRecord', () => {
  const unknown = {
    name: 'p',
    registered: false,
    region: 'unknown',
    retentionDays: UNKNOWN_RETENTION_DAYS,
    keepsData: true,
    trainsOnData: true,
    approved: false,
    approvedBy: '',
    guardrails: [],
    identity: 'unseen',
  };

  it('says the worst of a provider of which nothing is registered, and of whatever a registry leaves out', () => {
    expect(shown(new ProviderRecord({ provider: 'p' }))).toEqual(unknown);
    expect(shown(new ProviderRecord({ provider: 'p', registration: { guardrails: [] } }))).toEqual({
      ...unknown,
      registered: true,
    });
    expect(shown(new ProviderRecord({}))).toEqual({ ...unknown, name: '' });
  });

  it('says what is registered', () => {
    const registration = {
      region: 'eu',
      retentionDays: 0,
      trainsOnData: false,
      approvedBy: 'ann',
      approvedAt: '2026-01-01',
      guardrails: ['pii'],
    };
    expect(shown(new ProviderRecord({ provider: 'p', registration }))).toEqual({
      name: 'p',
      registered: true,
      region: 'eu',
      retentionDays: 0,
      keepsData: false,
      trainsOnData: false,
      approved: true,
      approvedBy: 'ann',
      guardrails: ['pii'],
      identity: 'unseen',
    });
  });

  it('says what is known of the identity of its model', () => {
    expect(new ProviderRecord({ provider: 'p', identity: 'changed' }).get('identity')).toBe('changed');
  });

  it('has no other attribute, and one that is no number of days fails what reads it', () => {
    expect(new ProviderRecord({}).get('toString')).toBeUndefined();
    const registration = { retentionDays: 0.5, guardrails: [] };
    expect(typeof new ProviderRecord({ registration }).get('retentionDays')).toBe('symbol');
  });
});
