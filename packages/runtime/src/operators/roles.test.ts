import { describe, expect, it } from 'vitest';
import table from './roles.json' with { type: 'json' };
import { isRole, OPERATOR_ROLES, operatorPrincipal, PERMISSIONS, permits, recordedAs } from './roles.ts';

describe('the table of roles', () => {
  it('gives every permission to `admin`, and names no role that there is not', () => {
    for (const permission of PERMISSIONS) {
      const { roles } = table.permissions[permission];
      expect(roles, permission).toContain('admin');
      expect(
        roles.filter((role) => !isRole(role)),
        permission,
      ).toEqual([]);
      expect(['none', 'admin', 'own'], permission).toContain(recordedAs(permission));
    }
  });

  it('records whatever is more than a look, and looks at approvals and exchanges', () => {
    const unrecorded = PERMISSIONS.filter((permission) => recordedAs(permission) === 'none');
    expect(unrecorded.every((permission) => permission.endsWith('.read'))).toBe(true);
    expect(unrecorded).not.toContain('approvals.read');
    expect(unrecorded).not.toContain('exchanges.read');
  });

  it('keeps content, keys, approvals and operators apart', () => {
    const holders = (permission: keyof typeof table.permissions) =>
      OPERATOR_ROLES.filter((role) => permits([role], permission));
    expect(holders('privacy.show')).toEqual(['privacy-officer', 'admin']);
    expect(holders('keys.create')).toEqual(['operator', 'admin']);
    expect(holders('approvals.decide')).toEqual(['approver', 'admin']);
    expect(holders('operators.create')).toEqual(['admin']);
    for (const permission of PERMISSIONS.filter((name) => permits(['viewer'], name))) {
      expect(permission).toMatch(/\.read$/);
    }
    expect(permits([], 'status.read')).toBe(false);
  });

  it('isRole() takes no name that objects have by themselves', () => {
    for (const name of ['constructor', '__proto__', 'toString', '']) expect(isRole(name)).toBe(false);
  });
});

describe('operatorPrincipal()', () => {
  it('gives the groups of the roles, and takes them from whoever has them from an issuer', () => {
    const claimed = { kind: 'user', id: 'corp:eve', tenant: 'default', groups: ['admins', 'finance'] } as const;
    expect(operatorPrincipal(claimed, ['viewer']).groups).toEqual(['finance', 'viewers']);
    expect(operatorPrincipal(claimed, []).groups).toEqual(['finance']);
  });
});
