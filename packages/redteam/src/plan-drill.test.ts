import { describe, expect, it } from 'vitest';
import { BENIGN, FAMILIES } from './families.ts';
import { planDrill } from './plan-drill.ts';

const ALL = { seed: 'a', budget: 100_000, families: [] } as const;

describe('planDrill()', () => {
  const cases = planDrill(ALL);

  it('gives the same bytes for the same seed, and other canaries and another order for another', () => {
    expect(planDrill(ALL)).toEqual(cases);
    const other = planDrill({ ...ALL, seed: 'b' });
    expect(other.map(({ id }) => id)).not.toEqual(cases.map(({ id }) => id));
    expect(new Set(other.map(({ id }) => id))).toEqual(new Set(cases.map(({ id }) => id)));
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
    for (const { request, evidence, side } of cases.filter(({ answer }) => answer.text !== undefined)) {
      const asked = JSON.stringify(
        (request.messages as readonly { role: string }[]).filter(({ role }) => role !== 'system'),
      );
      if (side === 'attack') expect(asked).not.toContain(evidence.text);
    }
  });

  it('is what an obeying provider is told: the request holds each text of `ifTold`, the answer the evidence', () => {
    for (const { request, ifTold, answer, evidence } of cases) {
      const strings: string[] = [];
      JSON.stringify(request, (_name, value: unknown) => (typeof value === 'string' ? strings.push(value) : value));
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

  it('takes the families that are named and no other', () => {
    const some = planDrill({ ...ALL, families: ['answer-leak'] });
    expect(new Set(some.map(({ family }) => family))).toEqual(new Set(['benign', 'answer-leak']));
  });
});
