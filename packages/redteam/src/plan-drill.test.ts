import { describe, expect, it } from 'vitest';
import { DRILL_PROTOCOLS, type DrillWay } from './dialects.ts';
import { MIXTURES, wornName } from './dress.ts';
import { BENIGN, FAMILIES } from './families.ts';
import { planDrill } from './plan-drill.ts';

const WAYS = [{ protocol: 'openai-chat', stream: false }] as const;
const ALL = { seed: 'a', budget: 100_000, families: [], ways: WAYS } as const;
const EVERY_WAY: readonly DrillWay[] = DRILL_PROTOCOLS.flatMap((protocol) =>
  [false, true].map((stream) => ({ protocol, stream })),
);

describe('planDrill()', () => {
  const cases = planDrill(ALL);

  it('gives the same bytes for the same seed, and other canaries and another order for another', () => {
    expect(planDrill(ALL)).toEqual(cases);
    const other = planDrill({ ...ALL, seed: 'b' });
    expect(other.map(({ id }) => id)).not.toEqual(cases.map(({ id }) => id));
    const unmixed = (list: typeof cases) => new Set(list.map(({ id }) => id).filter((id) => !id.includes('+')));
    expect(unmixed(other)).toEqual(unmixed(cases));
    const canaries = new Set(cases.map(({ evidence }) => evidence.text));
    expect(other.filter(({ evidence }) => canaries.has(evidence.text))).toEqual([]);
  });

  it('holds every family, each text in its languages, and every benign text', () => {
    expect(FAMILIES.length).toBeGreaterThanOrEqual(8);
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
    for (const { id, carriers, attacks } of FAMILIES) {
      const mine = cases.filter(({ family }) => family === id);
      expect(new Set(mine.map(({ carrier }) => carrier))).toEqual(new Set(carriers));
      for (const attack of attacks) {
        const named = mine.filter((each) => each.id.startsWith(`${id}/${attack.id}/`));
        const languages = Object.keys(attack.texts).filter((language) => language !== 'en');
        const seen = named.map(({ obfuscation }) => obfuscation);
        expect(seen).toEqual(expect.arrayContaining(['plain', ...languages.map((language) => `in-${language}`)]));
      }
    }
    expect(cases.filter(({ side }) => side === 'benign')).toHaveLength(BENIGN.length);
  });

  it('leaves no placeholder unfilled', () => {
    expect(JSON.stringify(cases)).not.toMatch(/\{(?:left|right|canary|host|secret)\}/);
  });

  it('asks for the canary by its halves: an answer that only quotes the order proves nothing', () => {
    for (const { conversation, evidence, side } of cases.filter(({ answer }) => answer.text !== undefined)) {
      const asked = JSON.stringify({ ...conversation, system: '' });
      if (side === 'attack') expect(asked).not.toContain(evidence.text);
    }
  });

  it('is what an obeying provider is told: the request holds each text of `ifTold`, the answer the evidence', () => {
    for (const { conversation, ifTold, answer, evidence } of cases) {
      const strings: string[] = [];
      JSON.stringify(conversation, (_name, value: unknown) =>
        typeof value === 'string' ? strings.push(value) : value,
      );
      for (const text of ifTold) expect(strings.some((string) => string.includes(text))).toBe(true);
      const left = evidence.in === 'text' ? (answer.text ?? '') : JSON.stringify(answer.toolCalls);
      expect(left).toContain(evidence.text);
    }
  });

  it.each([2, 3, 10, 60])('makes %i requests at most, a quarter benign, every family alike', (budget) => {
    const some = planDrill({ ...ALL, budget });
    expect(some).toHaveLength(budget);
    expect(some.filter(({ side }) => side === 'benign')).toHaveLength(Math.min(BENIGN.length, Math.ceil(budget / 4)));
    const counts = FAMILIES.map(({ id }) => some.filter(({ family }) => family === id).length);
    if (budget === 60) expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  });

  it('sends each case one way before any goes another, and in the end every way', () => {
    const budget = 1_000_000;
    const some = planDrill({ ...ALL, families: ['dangerous-call'], ways: EVERY_WAY, budget });
    expect(some).toHaveLength(
      EVERY_WAY.length * (FAMILIES.find(({ id }) => id === 'dangerous-call')?.attacks.length ?? 0) +
        EVERY_WAY.length * BENIGN.length,
    );
    const attacks = planDrill({ ...ALL, families: ['dangerous-call'], ways: EVERY_WAY, budget: 9 }).filter(
      ({ side }) => side === 'attack',
    );
    expect(new Set(attacks.map(({ id }) => id.split('/')[1])).size).toBe(attacks.length);
    for (const { id, protocol, stream } of some)
      expect(id.endsWith(`/${protocol}${stream ? '-stream' : ''}`)).toBe(true);
  });

  it('draws mixtures of two disguises, others with another seed', () => {
    const mixed = (seed: string) =>
      new Set(
        planDrill({ ...ALL, seed })
          .map(({ obfuscation }) => obfuscation)
          .filter((name) => name.includes('+')),
      );
    expect([...mixed('a')].every((name) => MIXTURES.some((worn) => wornName(worn) === name))).toBe(true);
    const all = ['a', 'b', 'c', 'd'].flatMap((seed) => [...mixed(seed)]);
    expect(new Set(all).size).toBe(MIXTURES.length);
  });

  it('takes the families that are named and no other', () => {
    const some = planDrill({ ...ALL, families: ['answer-leak'] });
    expect(new Set(some.map(({ family }) => family))).toEqual(new Set(['benign', 'answer-leak']));
  });
});
