import { describe, expect, it } from 'vitest';
import { randomFrom } from '../testing/random-from.ts';
import { decided, START_MS } from '../testing/traffic.ts';
import type { Baseline } from './baseline.ts';
import { compareBaselines } from './compare-baselines.ts';
import { measurePeriod } from './measure-period.ts';

const WEEK_MS = 168 * 3_600_000;
const AGENT = { kind: 'agent', id: 'bot', tenant: 'default', groups: [] } as const;

interface Calls {
  readonly tools: number;
  /** How often the nth tool is called, relatively. */
  readonly weightOf: (nth: number) => number;
  readonly calls: number;
}

const zipf = (nth: number) => 1 / (nth + 1);
const uniform = () => 1;

function weekOf(week: number, seed: number, { tools, weightOf, calls }: Calls) {
  const draw = randomFrom(seed);
  const weights = Array.from({ length: tools }, (_, nth) => weightOf(nth));
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  const toolOf = (): string => {
    let left = draw() * all;
    const nth = weights.findIndex((weight) => {
      left -= weight;
      return left < 0;
    });
    return `tool-${nth}`;
  };
  return Array.from({ length: calls }, (_, at) =>
    decided(Math.floor(START_MS + (week + at / calls) * WEEK_MS), toolOf(), {
      principal: AGENT,
      session: { id: `s${Math.floor(at / 20)}`, by: 'trace' },
    }),
  );
}

function measured(week: number, records: ReturnType<typeof weekOf>, reference?: Baseline) {
  const [from, to] = [week, week + 1].map((at) => new Date(START_MS + at * WEEK_MS).toISOString()) as [string, string];
  return measurePeriod(() => records, { period: { from, to }, ...(reference && { reference }) }).sampler;
}

function movedOf(seed: number, before: Calls, after: Calls = before): readonly string[] {
  const reference = measured(0, weekOf(0, seed, before)).baseline(0);
  const now = measured(1, weekOf(1, seed + 1, after), reference);
  return compareBaselines(reference, now).moves.map(({ signal }) => signal);
}

describe('compareBaselines()', () => {
  it.each([
    [12, 'often', zipf],
    [20, 'often', zipf],
    [60, 'often', zipf],
    [12, 'as often as each other', uniform],
    [20, 'as often as each other', uniform],
    [60, 'as often as each other', uniform],
  ])('says that nothing moved of %d tools, some called %s, where nothing did', (tools, _how, weightOf) => {
    const found = [1, 2].map((nth) => movedOf(100 * nth + tools, { tools, weightOf, calls: 2_000 }));
    expect(found).toEqual([[], []]);
  });

  it('finds other tools where there are more than can be told apart', () => {
    const before = { tools: 60, weightOf: zipf, calls: 3_000 };
    const turned = (nth: number) => zipf(nth < 8 ? 7 - nth : nth);
    expect(movedOf(7, before, { ...before, weightOf: turned })).toContain('tools');
    // Calls that go to tools which are not told apart are another thing too.
    const rarer = (nth: number) => (nth < 48 ? 0 : 1);
    expect(movedOf(8, { ...before, tools: 90 }, { ...before, tools: 90, weightOf: rarer })).toContain('tools');
  });
});
