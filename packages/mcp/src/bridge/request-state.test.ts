import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openState, sealState } from './request-state.ts';

const binding = { key: new Uint8Array(32).fill(1), client: 'ann', asks: 'digest' };
const state = { request: 'ab-1', round: 2, atMs: 1_234 };

describe('sealState() and openState()', () => {
  it('give back what was sealed, to the same client with the same request', () => {
    expect(openState(sealState(state, binding), binding)).toEqual(state);
  });

  it.each([
    ['another client', { ...binding, client: 'bob' }],
    ['another request', { ...binding, asks: 'other' }],
    ['another key', { ...binding, key: new Uint8Array(32).fill(2) }],
    ['what is moved from one to the other', { ...binding, client: 'anndigest', asks: '' }],
  ])('are worth nothing to %s', (_what, other) => {
    expect(openState(sealState(state, binding), other)).toBeUndefined();
  });

  it('refuse a state of which any character is another one', () => {
    const sealed = sealState(state, binding);
    fc.assert(
      fc.property(fc.nat(sealed.length - 1), fc.constantFrom(...'ABab01-_.=+ '), (at, character) => {
        fc.pre(sealed[at] !== character);
        const tampered = sealed.slice(0, at) + character + sealed.slice(at + 1);
        expect(openState(tampered, binding)).toBeUndefined();
      }),
      { numRuns: 1_000 },
    );
    for (const other of ['', `${sealed}A`, `${sealed}=`, sealed.slice(1), sealed.toUpperCase()]) {
      expect(openState(other, binding)).toBeUndefined();
    }
  });
});
