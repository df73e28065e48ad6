import { describe, expect, it } from 'vitest';
import {
  IDENTITY_LEARNING_ANSWERS,
  IDENTITY_NAMES_MAX,
  type IdentitySign,
  IdentityWatch,
  SIGN_EXCHANGES_MAX,
} from './identity-watch.ts';
import type { IdentitySighting } from './read-identity.ts';

const KNOWN = { models: ['a'], fingerprints: ['f'], backends: [], digests: [] };

function sighting(n: number, more: Partial<IdentitySighting> = {}): IdentitySighting {
  return {
    provider: 'vendor',
    model: 'alias',
    exchange: `ex-${n}`,
    atMs: n,
    served: 'a',
    fingerprint: 'f',
    backends: [],
    stream: false,
    firstTokenMs: Number.NaN,
    tokensPerSecond: Number.NaN,
    billedInput: Number.NaN,
    billedOutput: Number.NaN,
    refused: false,
    ...more,
  };
}

function signsOf(watch: IdentityWatch, count: number, more: (n: number) => Partial<IdentitySighting>) {
  const signs: IdentitySign[] = [];
  for (let n = 0; n < count; n += 1) signs.push(...watch.take(sighting(n, more(n))));
  return signs;
}

/** Values that scatter evenly by a tenth, the same each time. */
const around = (middle: number) => (n: number) => middle * (0.9 + 0.2 * (((n * 7_919) % 101) / 100));

describe('IdentityWatch', () => {
  it('learns the names of so many answers, and takes the first name after them for another model', () => {
    const watch = new IdentityWatch();
    const names = ['a', 'b'];
    expect(signsOf(watch, IDENTITY_LEARNING_ANSWERS, (n) => ({ served: names[n % 2] ?? '' }))).toEqual([]);
    expect(watch.isLearning).toBe(false);
    expect(watch.seen).toEqual({ models: ['a', 'b'], fingerprints: ['f'], backends: [], digests: [] });
    expect(watch.take(sighting(99, { served: 'c' }))).toEqual([
      { signal: 'served-model', weight: 'strong', fromMs: 99, name: 'c', exchanges: ['ex-99'] },
    ]);
  });

  it('still learns one answer before that', () => {
    const watch = new IdentityWatch();
    signsOf(watch, IDENTITY_LEARNING_ANSWERS - 1, () => ({}));
    expect(watch.take(sighting(99, { served: 'c' }))).toEqual([]);
  });

  it('says of each name once that it is new, and a fingerprint only warns', () => {
    const watch = new IdentityWatch(KNOWN);
    const weights = signsOf(watch, 3, () => ({ served: 'b', fingerprint: 'g' })).map(({ signal, weight }) => [
      signal,
      weight,
    ]);
    expect(weights).toEqual([
      ['served-model', 'strong'],
      ['fingerprint', 'weak'],
    ]);
  });

  it('takes it for no sign that an answer says who it is where none did before, or no longer says it', () => {
    const watch = new IdentityWatch({ models: [], fingerprints: [], backends: [], digests: [] });
    expect(watch.take(sighting(1))).toEqual([]);
    const { served: _none, fingerprint: _neither, ...silent } = sighting(2);
    expect(watch.take(silent)).toEqual([]);
  });

  it('warns when headers say that something else serves it', () => {
    const watch = new IdentityWatch(KNOWN);
    expect(watch.take(sighting(1, { backends: ['server:uvicorn', 'x-ms-region:west'] }))).toEqual([]);
    expect(watch.take(sighting(2, { backends: ['server:nginx', 'x-ms-region:west'] }))).toEqual([
      { signal: 'backend', weight: 'weak', fromMs: 2, name: 'server:nginx', exchanges: ['ex-2'] },
    ]);
  });

  it('keeps so many names and no more, and no text that is no name', () => {
    const watch = new IdentityWatch(KNOWN);
    signsOf(watch, IDENTITY_NAMES_MAX, (n) => ({ served: `m-${n}` }));
    expect(watch.seen.models).toHaveLength(IDENTITY_NAMES_MAX);
    expect(watch.seen.models).not.toContain('a');
    watch.take(sighting(1, { served: 'call me <b>another</b>' }));
    expect(watch.seen.models.at(-1)).toBe('(no name)');
  });

  it.each([
    ['speed', (value: number) => ({ tokensPerSecond: value }), 1.8],
    ['billed-input', (value: number) => ({ billedInput: value }), 1.3],
    ['billed-output', (value: number) => ({ billedOutput: value }), 0.7],
    ['first-token', (value: number) => ({ stream: true, firstTokenMs: value }), 2],
  ] as const)('warns when %s moves, and names the newest exchanges', (signal, of, factor) => {
    const watch = new IdentityWatch(KNOWN);
    expect(signsOf(watch, 1_000, (n) => of(around(100)(n)))).toEqual([]);
    const [sign, ...more] = signsOf(watch, 200, (n) => of(around(100 * factor)(n)));
    expect(sign).toMatchObject({ signal, weight: 'weak' });
    expect(sign?.exchanges).toHaveLength(SIGN_EXCHANGES_MAX);
    expect(more).toEqual([]);
  });

  it('lets a small move of the speed pass, which load explains', () => {
    const watch = new IdentityWatch(KNOWN);
    signsOf(watch, 1_000, (n) => ({ tokensPerSecond: around(100)(n) }));
    expect(signsOf(watch, 500, (n) => ({ tokensPerSecond: around(115)(n) }))).toEqual([]);
  });

  it('tells answers that come as one from those that stream', () => {
    const watch = new IdentityWatch(KNOWN);
    const both = (n: number) => ({ stream: n % 2 === 0, tokensPerSecond: around(n % 2 === 0 ? 100 : 20)(n) });
    expect(signsOf(watch, 2_000, both)).toEqual([]);
  });

  it('warns when it refuses more often', () => {
    const watch = new IdentityWatch(KNOWN);
    expect(signsOf(watch, 1_000, (n) => ({ refused: n % 50 === 0 }))).toEqual([]);
    expect(signsOf(watch, 200, (n) => ({ refused: n % 3 === 0 })).map(({ signal }) => signal)).toEqual(['refusal']);
  });

  it('learns the first digest, and takes another one for another model, once', () => {
    const watch = new IdentityWatch(KNOWN);
    const digests = ['d1', 'd1', 'd2', 'd2', 'd1'].flatMap((said, n) => watch.digest(said, undefined, n));
    expect(digests).toEqual([{ signal: 'digest', weight: 'strong', fromMs: 2, name: 'd2', exchanges: [] }]);
    expect(watch.seen.digests).toEqual(['d1', 'd2']);
  });

  it('takes a digest that is not the one of the manifest for another model from the first', () => {
    expect(new IdentityWatch().digest('d2', 'd1', 1)).toMatchObject([{ signal: 'digest', name: 'd2' }]);
    expect(new IdentityWatch().digest('d1', 'd1', 1)).toEqual([]);
  });

  it('does not hold a model that an operator approved to a manifest that is older', () => {
    const watch = new IdentityWatch({ ...KNOWN, digests: ['d1', 'd2'] });
    expect(watch.digest('d2', 'd1', 1)).toEqual([]);
  });
});
