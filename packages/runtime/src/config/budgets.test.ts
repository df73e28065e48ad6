import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfig } from './load-config.ts';
import { formatProblem } from './problem.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-budgets-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function load(yaml: string) {
  const path = join(folder, 'c.yaml');
  writeFileSync(path, yaml);
  return loadConfig({ path: 'c.yaml', env: {}, cwd: folder });
}

function budgetsOf(yaml: string) {
  const loaded = load(yaml);
  if ('problems' in loaded) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  return loaded.config.budgets;
}

function problemsOf(yaml: string): readonly string[] {
  const loaded = load(yaml);
  return 'problems' in loaded ? loaded.problems.map(formatProblem) : [];
}

describe('the section `budgets`', () => {
  it('is absent where the file has none: nothing is counted', () => {
    expect(budgetsOf('')).toBeUndefined();
  });

  it('has defaults that refuse rather than let pass', () => {
    expect(budgetsOf('budgets: {}')).toEqual({
      currency: 'USD',
      posture: 'closed',
      unknownPrice: 'closed',
      outputTokens: 4_096,
      limits: [],
      session: [],
      prices: [],
    });
    expect(budgetsOf('budgets: { limits: [{ name: a, counts: requests, max: 5, per: day }] }')?.limits).toEqual([
      { name: 'a', unit: 'requests', window: 'day', max: 5, by: [], mode: 'hard', where: {} },
    ]);
  });

  it('counts money in millionths, to the last of six decimals', () => {
    const maxOf = (max: string) =>
      budgetsOf(`budgets: { limits: [{ name: a, counts: cost, max: ${max}, per: month }] }`)?.limits[0]?.max;
    expect(['0', '0.000001', '0.1', '19.99', '500', '1000000000'].map(maxOf)).toEqual([
      0, 1, 100_000, 19_990_000, 500_000_000, 1e15,
    ]);
  });

  it('makes limits of what a session may use', () => {
    const session = budgetsOf('budgets: { session: { requestsPerMinute: 9, cost: 0.5, mode: soft } }')?.session;
    expect(session).toMatchObject([
      { name: 'session-requests-per-minute', unit: 'requests', window: 'minute', max: 9, mode: 'soft' },
      { name: 'session-cost', unit: 'cost', window: 'session', max: 500_000, mode: 'soft' },
    ]);
  });

  it('names every mistake where it stands', () => {
    const yaml = `budgets:
  limits:
    - { name: a, counts: requests, max: 1.5, per: day }
    - { name: a, counts: cost, max: 0.0000001, per: day }
    - { name: c, counts: cost, max: 100000000000, per: day }
    - { name: d, counts: requests, max: 1 }
    - { name: e, counts: concurrent, max: 1, per: day }
    - { name: f, counts: tokens, max: 1, per: day, by: [tenant, tenant] }
    - { name: g, counts: tokens, max: 1, per: day, by: [tool] }
    - { name: h, counts: tokens, max: 1, per: day, where: { tools: [x] } }
  session: { cost: 0.00000005 }
  prices:
    - { model: m, input: 1, output: 1, provider: nobody }
`;
    expect(problemsOf(yaml)).toEqual([
      'c.yaml:3:41 budgets.limits[0].max: must be a whole number',
      'c.yaml:4:15 budgets.limits[1].name: another limit has this name',
      'c.yaml:4:37 budgets.limits[1].max: must have six decimals at most',
      'c.yaml:5:37 budgets.limits[2].max: is too much',
      'c.yaml:6:7 budgets.limits[3].per: is required',
      'c.yaml:7:51 budgets.limits[4].per: what goes on at the same time has no window',
      'c.yaml:8:56 budgets.limits[5].by: names one thing twice',
      'c.yaml:9:56 budgets.limits[6].by: `tool` is for `tool-calls` alone',
      'c.yaml:10:59 budgets.limits[7].where: `tools` is for `tool-calls` alone',
      'c.yaml:11:20 budgets.session.cost: must have six decimals at most',
      'c.yaml:13:50 budgets.prices[0].provider: no provider has this name',
    ]);
    expect(problemsOf('budgets: { limits: [{ name: a, counts: request, max: -1, per: week }] }')).toEqual([
      'c.yaml:1:40 budgets.limits[0].counts: must be one of `requests`, `input-tokens`, `output-tokens`, `tokens`, `cost`, `concurrent`, `tool-calls`',
      'c.yaml:1:54 budgets.limits[0].max: must be at least 0',
      'c.yaml:1:63 budgets.limits[0].per: must be one of `second`, `minute`, `hour`, `day`, `month`',
    ]);
    expect(problemsOf('budgets: { currency: dollars }')).toEqual([
      'c.yaml:1:22 budgets.currency: must be three capital letters',
    ]);
    expect(problemsOf('budgets: { limit: [] }')).toEqual([
      'c.yaml:1:12 budgets.limit: unknown option; did you mean `limits`?',
    ]);
  });
});
