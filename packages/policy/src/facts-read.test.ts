import { describe, expect, it } from 'vitest';
import { loadPolicySets } from './load.ts';
import { probeQuestion } from './probe.ts';

function factsOf(condition: string) {
  const text = `@id("p") @effect("flag") forbid (principal, action == Action::"input", resource) when { ${condition} };`;
  const loaded = loadPolicySets({ access: [], guard: [{ name: 'g.cedar', text }] });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.engine.facts('p', probeQuestion('input', 'injection', { request: { tools: ['mail'] } }));
}

describe('CedarPolicyEngine.facts()', () => {
  it('names every attribute that a condition reads, with its value', () => {
    expect(
      factsOf(
        'context.risk.injection >= 900 || context.risk["hidden-text"] > 1 || context.request.tools.contains("mail") || principal.tenant like "p*"',
      ),
    ).toEqual({
      'context.risk.injection': 1000,
      'context.risk["hidden-text"]': 0,
      'context.request.tools': ['mail'],
      'principal.tenant': 'probe',
    });
  });

  it('passes over what only Cedar can evaluate', () => {
    expect(factsOf('decimal("1.0").lessThan(decimal("2.0"))')).toEqual({});
  });

  it('knows no policy of another set', () => {
    const loaded = loadPolicySets({ access: [], guard: [] });
    expect(loaded.ok && loaded.engine.facts('p', probeQuestion('input', 'injection'))).toBeUndefined();
  });
});
