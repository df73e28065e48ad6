import { type Owner, sketchLikeness } from '@sallyport/core';
import { createFingerprinter } from '@sallyport/text';
import { describe, expect, it } from 'vitest';
import { openPrincipalSketches } from './principal-sketches.ts';

const open = () => openPrincipalSketches(createFingerprinter(new Uint8Array(32)));
const ANN: Owner = { tenant: 'acme', kind: 'user', id: 'ann' };
const TEXT = Array.from({ length: 60 }, (_, at) => `word${at}`).join(' ');

describe('openPrincipalSketches()', () => {
  it('gives one text sketches of one principal that are the same, also after a restart', () => {
    const sketch = open();
    expect(sketch(TEXT, ANN)).toBeDefined();
    expect(sketch(TEXT, { ...ANN })).toBe(sketch(TEXT, ANN));
    expect(open()(TEXT, ANN)).toBe(sketch(TEXT, ANN));
  });

  it.each<[string, Owner]>([
    ['another user of the tenant', { ...ANN, id: 'bob' }],
    ['a principal of another kind', { ...ANN, kind: 'service' }],
    ['a user of another tenant', { ...ANN, tenant: 'other' }],
    ['an agent that acts for the user', { ...ANN, kind: 'agent', user: { tenant: 'acme', id: 'ann' } }],
  ])('gives %s a sketch of the same text that has nothing to compare', (_, owner) => {
    const sketch = open();
    expect(sketchLikeness(sketch(TEXT, ANN) ?? '', sketch(TEXT, owner) ?? '')).toBeLessThan(0.25);
  });

  it('makes the sketcher of a principal anew, and the same, when so many others came', () => {
    const sketch = open();
    const before = sketch(TEXT, ANN);
    for (let n = 0; n < 4_100; n += 1) sketch('a b c d', { ...ANN, id: `u${n}` });
    expect(sketch(TEXT, ANN)).toBe(before);
  });
});
