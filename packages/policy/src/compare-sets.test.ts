import { describe, expect, it } from 'vitest';
import { compareSets } from './compare-sets.ts';
import { loadPolicySets } from './load.ts';

function setOf(guard: string) {
  const loaded = loadPolicySets({ access: [], guard: [{ name: 'g.cedar', text: guard }] });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.engine.loaded();
}

const policy = (id: string, { effect = 'flag', at = 500, more = '' } = {}) =>
  `@id("${id}") ${more} @effect("${effect}") forbid (principal, action, resource) when { context.risk.secrets >= ${at} };`;

describe('compareSets()', () => {
  it('finds no difference in layout, comments, order and place', () => {
    const before = setOf(`${policy('a')}\n${policy('b')}`);
    const after = setOf(`// words\n\n${policy('b')}\n\n${policy('a').replaceAll(' ', '  ')}`);
    expect(compareSets(before, after)).toEqual({ added: [], removed: [], changed: [], same: 2 });
  });

  it.each([
    ['effect', { effect: 'block' }],
    ['conditions', { at: 501 }],
    ['mode', { more: '@mode("monitor")' }],
    ['message', { more: '@message("no")' }],
    ['description', { more: '@description("why")' }],
    ['capture', { more: '@capture("raw")' }],
  ] as const)('names the part that changed: %s', (part, change) => {
    const { changed } = compareSets(setOf(policy('a')), setOf(policy('a', change)));
    expect(changed.map(({ id, parts }) => [id, parts])).toEqual([['a', [part]]]);
  });

  it('names what is put under lock from now on', () => {
    const redacting = policy('a', { effect: 'redact', more: '@redact("secrets")' });
    const keeping = redacting.replace('@effect', '@vault("keep") @effect');
    expect(compareSets(setOf(redacting), setOf(keeping)).changed[0]?.parts).toEqual(['vault']);
  });

  it('names a scope that changed', () => {
    const narrower = policy('a').replace('(principal,', '(principal is Agent,');
    expect(compareSets(setOf(policy('a')), setOf(narrower)).changed[0]?.parts).toEqual(['scope']);
  });

  it('lists what came and what went', () => {
    const { added, removed, same } = compareSets(
      setOf(`${policy('a')}${policy('b')}`),
      setOf(`${policy('b')}${policy('c')}`),
    );
    expect([added.map(({ id }) => id), removed.map(({ id }) => id), same]).toEqual([['c'], ['a'], 1]);
  });
});
