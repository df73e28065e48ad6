import { describe, expect, it } from 'vitest';
import { parsePolicy } from './cedar.ts';
import { loadPolicySets } from './load.ts';
import { MAX_NESTING_WEIGHT, nestingWeight } from './nesting.ts';
import { probeQuestion } from './probe.ts';

const policy = (condition: string) => `@effect("flag") forbid (principal, action, resource) when { ${condition} };`;
const repeated = (count: number, [before, middle, after]: readonly [string, string, string]) =>
  `${before.repeat(count)}${middle}${after.repeat(count)}`;

const QUESTION = probeQuestion('input', 'custom', { request: { stream: true } });

/** Ways to nest; all of them are conditions that Cedar's validator accepts. */
const WAYS = {
  parentheses: ['(', 'true', ')'],
  sets: ['[', '1', ']'],
  records: ['{a: ', '1', '}'],
  conjunctions: ['', 'context.request.stream', ' && context.request.stream'],
  alternatives: ['', 'principal == User::"a"', ' || principal == User::"a"'],
  sums: ['', '1', ' + 1'],
  products: ['', 'context.risk.custom', ' * 1'],
  conditionals: ['if context.request.stream then true else ', 'false', ''],
  negations: ['!(', 'context.request.stream', ')'],
  mixed: ['[{a: 1 + 2 > 2 && (', 'context.request.stream', ')}].isEmpty()'],
} as const satisfies Record<string, readonly [string, string, string]>;

const asCondition = (way: string, text: string) =>
  ['sets', 'records'].includes(way) ? `${text} == ${text}` : ['sums', 'products'].includes(way) ? `${text} > 0` : text;

describe('nestingWeight()', () => {
  it.each(Object.entries(WAYS))('keeps what it lets through within what Cedar survives: %s', (way, parts) => {
    let count = 1;
    const at = (n: number) => policy(asCondition(way, repeated(n, parts)));
    while (nestingWeight(at(count + 1)) <= MAX_NESTING_WEIGHT) count += 1;
    expect(count).toBeGreaterThan(way === 'mixed' ? 7 : 35);
    const [byCedar, compiled] = (['cedar', 'compiled'] as const).map((evaluator) => {
      const result = loadPolicySets({ access: [], guard: [{ name: 'g.cedar', text: at(count) }] }, { evaluator });
      return result.ok ? result.engine.guard(QUESTION) : result.problems;
    });
    expect(byCedar).toHaveProperty('verdict');
    expect(compiled).toEqual(byCedar);
    expect(parsePolicy(at(count + 1))).toHaveProperty('complaint.message', 'nested too deeply');
    // Had Cedar's stack been overrun, it would refuse even this.
    expect(parsePolicy(policy('true'))).toHaveProperty('policy');
  });

  it('weighs what is never closed', () => {
    expect(nestingWeight('('.repeat(100))).toBeGreaterThan(MAX_NESTING_WEIGHT);
    expect(nestingWeight(')'.repeat(100))).toBe(0);
  });

  it('does not weigh strings, comments and long lists', () => {
    expect(nestingWeight(`"${'('.repeat(100)}" // ${'('.repeat(100)}\n`)).toBe(0);
    expect(nestingWeight(`[${'Action::"a", '.repeat(5_000)}]`)).toBeLessThan(20);
  });
});
