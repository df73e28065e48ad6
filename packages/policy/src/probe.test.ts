import { CATEGORIES, CHECKPOINTS } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { loadPolicySets } from './load.ts';
import { type ProbeScene, probe } from './probe.ts';

function report(guard: string, scene: ProbeScene = {}) {
  const result = loadPolicySets({ access: [], guard: [{ name: 'g.cedar', text: guard }] }, { findingTypes: ['email'] });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return probe(result.engine, scene);
}

describe('probe()', () => {
  it('asks one question per checkpoint and category, and lists what nothing happens to', () => {
    const { results, unprotected, monitoredOnly } = report(
      '@id("x") @effect("block") forbid (principal, action == Action::"input", resource) when { context.risk.injection >= 1000 };',
    );
    expect(results).toHaveLength(CHECKPOINTS.length * CATEGORIES.length);
    expect(unprotected).toHaveLength(results.length - 1);
    expect(monitoredOnly).toEqual([]);
    expect(results[0]).toEqual({
      point: 'input',
      category: 'injection',
      effect: 'block',
      policies: ['x'],
      monitored: [],
    });
  });

  it('lists what a policy in monitor mode only reports apart', () => {
    const { unprotected, monitoredOnly } = report(
      '@mode("monitor") @effect("block") forbid (principal, action == Action::"input", resource);',
    );
    expect(monitoredOnly.map(({ point }) => point)).toEqual(CATEGORIES.map(() => 'input'));
    expect(unprotected).toHaveLength((CHECKPOINTS.length - 1) * CATEGORIES.length);
  });

  it('does not take a redaction of something else for protection', () => {
    const { unprotected } = report('@effect("redact") @redact("type:email") forbid (principal, action, resource);');
    expect(unprotected).toHaveLength(CHECKPOINTS.length * CATEGORIES.length);
  });

  it('asks about the resource that the gateway asks about, so that a policy for tools protects their calls alone', () => {
    const { results, unprotected } = report(
      '@effect("block") forbid (principal, action, resource is Tool) when { context.risk.injection >= 1000 };',
    );
    expect(results.filter((result) => !unprotected.includes(result)).map(({ point }) => point)).toEqual(['tool-call']);
    const elsewhere = report('@effect("block") forbid (principal, action, resource is DataSource);');
    expect(elsewhere.unprotected).toHaveLength(elsewhere.results.length);
  });

  it('asks for the principal and route that it is told', () => {
    const guard =
      '@effect("block") forbid (principal in Group::"staff", action, resource) when { context.request.route == "r" };';
    const principal = { kind: 'user', id: 'ann', tenant: 't', groups: ['staff'] } as const;
    expect(report(guard).unprotected).not.toEqual([]);
    expect(report(guard, { principal, request: { route: 'r' } }).unprotected).toEqual([]);
  });
});
