import { expect, it } from 'vitest';
import { outlierScores, POPULATION_MIN } from './outlier-scores.ts';

const like = (n: number) => [100 + (n % 7), 3 + (n % 2), n % 3];

it('outlierScores() puts who is unlike the others first', () => {
  const population = Array.from({ length: 60 }, (_, n) => like(n));
  population[17] = [9_000, 40, 0];
  const scores = outlierScores(population);
  expect(scores.indexOf(Math.max(...scores))).toBe(17);
  const [first = 0, second = 0] = [...scores].sort((a, b) => b - a);
  expect(first - second).toBeGreaterThan(4);
});

it('outlierScores() takes a population of any size', () => {
  const population = Array.from({ length: 1_000_000 }, (_, n) => [n % 7]);
  expect(outlierScores(population)).toHaveLength(1_000_000);
});

it('outlierScores() takes what is no number for nothing, and still sees who stands out', () => {
  const population = Array.from({ length: 60 }, () => [100]);
  population[5] = [Number.NaN];
  population[17] = [9_000];
  const scores = outlierScores(population);
  expect(scores.every(Number.isFinite)).toBe(true);
  expect(scores[17]).toBeGreaterThan(scores[0] ?? Number.NaN);
});

it('outlierScores() says nothing of a population that is too small, and finds nobody among equals', () => {
  const few = Array.from({ length: POPULATION_MIN - 1 }, (_, n) => like(n));
  expect(outlierScores(few)).toEqual([]);
  const equals = Array.from({ length: POPULATION_MIN }, () => [5, 5]);
  expect(outlierScores(equals)).toEqual(new Array(POPULATION_MIN).fill(0));
});
