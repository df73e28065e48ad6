import { expect, it } from 'vitest';
import { TRANSITION_NAMES_MAX, Transitions } from './transitions.ts';

function learnt(): Transitions {
  const transitions = new Transitions();
  for (let run = 0; run < 50; run += 1) {
    transitions.restart();
    for (const tool of ['search', 'read', 'answer']) transitions.observe(tool);
  }
  transitions.restart();
  return transitions;
}

it('Transitions finds what usually follows hardly surprising, and what never did very', () => {
  const usual = learnt();
  expect(usual.observe('search')).toBeLessThan(0.5);
  expect(usual.observe('read')).toBeLessThan(0.5);
  const backwards = learnt();
  expect(backwards.observe('answer')).toBeGreaterThan(4);
  const unknown = learnt();
  unknown.observe('search');
  expect(unknown.observe('send_money')).toBeGreaterThan(8);
});

it('Transitions gets used to what comes again', () => {
  const transitions = learnt();
  const surprises = Array.from({ length: 20 }, () => {
    transitions.restart();
    transitions.observe('search');
    return transitions.observe('send_money');
  });
  expect(surprises.at(-1)).toBeLessThan(surprises[0] ?? 0);
  expect(surprises.at(-1)).toBeLessThan(3);
});

it('Transitions keeps the names that came first, however many others come', () => {
  const transitions = new Transitions();
  const known = Array.from({ length: TRANSITION_NAMES_MAX - 1 }, (_, n) => `known-${n}`);
  for (const name of ['begin', 'begin', ...known]) transitions.observe(name);
  for (let n = 0; n < 1_000; n += 1) transitions.observe(`other-${n}`);
  for (const name of known) {
    transitions.restart();
    expect(transitions.observe(name)).toBeGreaterThan(3);
  }
});

it('Transitions tells so many names apart, whatever a client invents', () => {
  const transitions = new Transitions();
  for (let n = 0; n < 5_000; n += 1) expect(Number.isFinite(transitions.observe(`tool-${n}`))).toBe(true);
  expect(transitions.observed).toBe(5_000);
  // By now a name that nobody knows is what usually comes.
  expect(transitions.observe('tool-x')).toBeLessThan(Math.log2(TRANSITION_NAMES_MAX));
});

it('Transitions says how many pairs it keeps, and keeps a bounded number', () => {
  const transitions = new Transitions();
  for (const name of ['read', 'write', 'read', 'write']) transitions.observe(name);
  expect(transitions.pairs).toBe(3);
  for (let n = 0; n < 20_000; n += 1) transitions.observe(`tool-${(n * 7_919) % 61}`);
  expect(transitions.pairs).toBeLessThanOrEqual((TRANSITION_NAMES_MAX + 2) * (TRANSITION_NAMES_MAX + 1));
});
