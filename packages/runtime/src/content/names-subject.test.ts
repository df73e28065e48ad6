import { type AuditRecord, type Subject, subjectOf, tenantOfUserSubject, userSubjectName } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { namesSubject } from './names-subject.ts';
import { parseSubject } from './parse-subject.ts';

const at = '2026-01-01T00:00:00.000Z';
const base = { v: 1, exchange: 'x', at } as const;
const ann = { kind: 'user', id: 'ann', tenant: 'acme', groups: [] } as const;
const planner = { kind: 'agent', id: 'planner', tenant: 'acme', groups: [], onBehalfOf: { ...ann } } as const;
const opened = (more: object) => ({ ...base, kind: 'opened', ...more }) as unknown as AuditRecord;
const hash = { user: 'u', session: 's', tenant: 't' } as const;
const names = (record: AuditRecord, kind: Subject['kind'], name: string) =>
  namesSubject(record, { kind, name }, { kind, id: hash[kind] });

describe('namesSubject()', () => {
  it('knows records by their principal, and by the user whom it acts for', () => {
    expect(names(opened({ principal: ann }), 'user', 'acme/user/ann')).toBe(true);
    expect(names(opened({ principal: planner }), 'user', 'acme/user/ann')).toBe(true);
    expect(names(opened({ principal: planner }), 'user', 'acme/agent/planner')).toBe(true);
    expect(names(opened({ principal: ann }), 'user', 'other/user/ann')).toBe(false);
    expect(names(opened({}), 'user', 'acme/user/ann')).toBe(false);
  });

  it('tells users apart whose tenants have names of any kind', () => {
    const odd = { kind: 'user', id: 'ann', tenant: 'acme/user/100%' } as const;
    const near = { kind: 'user', id: '100%/user/ann', tenant: 'acme' } as const;
    const [oddly, nearly] = [userSubjectName(odd), userSubjectName(near)];
    expect([oddly, nearly]).toEqual(['acme%2Fuser%2F100%25/user/ann', 'acme/user/100%/user/ann']);
    expect([tenantOfUserSubject(oddly), tenantOfUserSubject(nearly)]).toEqual([odd.tenant, near.tenant]);
    expect(parseSubject(`user:${oddly}`)).toEqual({ kind: 'user', name: oddly });
    expect(names(opened({ principal: odd }), 'user', oddly)).toBe(true);
    expect(names(opened({ principal: near }), 'user', oddly)).toBe(false);
    expect(subjectOf('user', { ...odd, groups: [] })).toEqual({ kind: 'user', name: oddly });
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (tenant) => {
        expect(tenantOfUserSubject(userSubjectName({ ...odd, tenant }))).toBe(tenant);
      }),
    );
  });

  it('knows records by tenant and by session', () => {
    const record = opened({ principal: ann, session: { id: 'ses_1', by: 'new' } });
    expect([names(record, 'tenant', 'acme'), names(record, 'tenant', 'other')]).toEqual([true, false]);
    expect([names(record, 'session', 'ses_1'), names(record, 'session', 'acme')]).toEqual([true, false]);
  });

  it('knows records of its content by the hash of its name, of its kind alone', () => {
    const shred = { ...base, kind: 'shred', subject: { kind: 'user', id: 'u' } } as unknown as AuditRecord;
    expect([names(shred, 'user', 'whatever'), names(shred, 'tenant', 'whatever')]).toEqual([true, false]);
  });

  it('does not take an operator who read content for the one whose it is', () => {
    const step = { ...base, kind: 'content', principal: ann, subject: { kind: 'user', id: 'other' } };
    expect(names(step as unknown as AuditRecord, 'user', 'acme/user/ann')).toBe(false);
  });

  it('knows tools by their owner', () => {
    const tool = { ...base, kind: 'tool', owner: { tenant: 'acme', principal: { kind: 'user', id: 'ann' } } };
    expect(names(tool as unknown as AuditRecord, 'user', 'acme/user/ann')).toBe(true);
  });
});
