import { describe, expect, it } from 'vitest';
import { isTargeted, parseRedactTargets } from './redact-target.ts';

const types = new Set(['email']);

describe('parseRedactTargets()', () => {
  it('reads categories and types, each with the lowest score that is redacted', () => {
    expect(parseRedactTargets('personal-data, secrets >= 700,type:email>=0', types)).toEqual([
      { by: 'category', name: 'personal-data', minRisk: 0 },
      { by: 'category', name: 'secrets', minRisk: 700 },
      { by: 'type', name: 'email', minRisk: 0 },
    ]);
  });

  it.each([
    '',
    'email',
    'type:phone',
    'secrets,',
    'secrets>=1001',
    'secrets>=0.5',
    'secrets>=',
    'secrets>=1>=2',
    'secrets>700',
  ])('refuses `%s`', (annotation) => {
    expect(parseRedactTargets(annotation, types)).toHaveProperty('unknown');
  });
});

describe('isTargeted()', () => {
  it('goes by category or type, from the lowest score on', () => {
    const email = { category: 'personal-data' as const, type: 'email', score: 0.7, detector: 'd' };
    expect(isTargeted(email, [{ by: 'category', name: 'personal-data', minRisk: 700 }])).toBe(true);
    expect(isTargeted(email, [{ by: 'category', name: 'personal-data', minRisk: 701 }])).toBe(false);
    expect(isTargeted(email, [{ by: 'type', name: 'email', minRisk: 0 }])).toBe(true);
    expect(
      isTargeted(email, [
        { by: 'category', name: 'secrets', minRisk: 0 },
        { by: 'type', name: 'phone', minRisk: 0 },
      ]),
    ).toBe(false);
  });
});
