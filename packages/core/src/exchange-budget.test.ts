import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TokenEstimate } from './budgets.ts';
import { type SpentMatter, usedTokens } from './exchange-budget.ts';

const ESTIMATE: TokenEstimate = {
  inputTokens: 40,
  outputTokens: 100,
  bounded: true,
  free: false,
  worksOn: false,
  whole: false,
};
const matter = (more: Partial<SpentMatter> & { usage?: object; chars?: number; error?: true } = {}): SpentMatter => {
  const { usage, chars = 0, error, ...rest } = more;
  const facts = { ...(usage && { usage }), ...(error && { error }) };
  return { outcome: 'completed', sent: true, upstreamStatus: 200, guard: { facts, receivedChars: chars }, ...rest };
};

describe('usedTokens()', () => {
  it('takes the word of the provider where the answer came to its end', () => {
    const usage = { inputTokens: 7, outputTokens: 9, cachedTokens: 3 };
    expect(usedTokens(matter({ usage, chars: 900 }), ESTIMATE)).toEqual(usage);
  });

  it('takes what had come of a broken answer where that is more than the provider had said', () => {
    const begun = { inputTokens: 7, outputTokens: 1 };
    const broken = matter({ outcome: 'client-aborted', usage: begun, chars: 91 });
    expect(usedTokens(broken, ESTIMATE)).toEqual({ inputTokens: 7, outputTokens: 31, estimated: true });
    const said = matter({ outcome: 'refused', usage: { inputTokens: 7, outputTokens: 80 }, chars: 91 });
    expect(usedTokens(said, ESTIMATE)).toMatchObject({ outputTokens: 80 });
  });

  it('counts all that was reserved where the provider works on', () => {
    const later = { ...ESTIMATE, worksOn: true };
    expect(usedTokens(matter(), later)).toEqual({ inputTokens: 40, outputTokens: 100, estimated: true });
  });

  it.each([
    ['before it began, by its client', { outcome: 'client-aborted', upstreamStatus: undefined }],
    [
      'before it began, by a timeout',
      { outcome: 'upstream-failed', fault: 'UPSTREAM_TIMEOUT', upstreamStatus: undefined },
    ],
    ['after it began', { outcome: 'client-aborted' }],
  ] as const)('counts all that was reserved of an answer in one piece that was cut off %s', (_, cut) => {
    const whole = { ...ESTIMATE, whole: true };
    expect(usedTokens(matter(cut), whole)).toEqual({ inputTokens: 40, outputTokens: 100, estimated: true });
    expect(usedTokens(matter(cut), ESTIMATE)).toEqual({ inputTokens: 40, outputTokens: 0, estimated: true });
  });

  it('takes what came of an answer in one piece that was read to its end', () => {
    const whole = { ...ESTIMATE, whole: true };
    for (const outcome of ['completed', 'refused'] as const)
      expect(usedTokens(matter({ outcome, chars: 91 }), whole)).toMatchObject({ outputTokens: 31 });
    const usage = { inputTokens: 7, outputTokens: 9 };
    expect(usedTokens(matter({ outcome: 'refused', usage }), whole)).toMatchObject(usage);
    expect(usedTokens(matter({ upstreamStatus: undefined, outcome: 'upstream-failed' }), whole)).toEqual({
      inputTokens: 0,
      outputTokens: 0,
    });
  });

  it('counts more than a default that nobody asked for', () => {
    expect(usedTokens(matter({ chars: 3_000 }), { ...ESTIMATE, bounded: false })).toMatchObject({
      outputTokens: 1_000,
    });
    expect(usedTokens(matter({ chars: 3_000 }), ESTIMATE)).toMatchObject({ outputTokens: 100 });
  });

  it('counts the usage that a failing answer tells of, and nothing of one that tells of none', () => {
    const usage = { inputTokens: 7, outputTokens: 9 };
    expect(usedTokens(matter({ upstreamStatus: 500, usage }), ESTIMATE)).toEqual(usage);
    expect(usedTokens(matter({ upstreamStatus: 500, chars: 30 }), ESTIMATE)).toEqual({
      inputTokens: 0,
      outputTokens: 0,
    });
    expect(usedTokens(matter({ error: true }), ESTIMATE)).toEqual({ inputTokens: 0, outputTokens: 0 });
  });

  it('is a whole number of tokens, whatever a provider says', () => {
    const wild = fc.oneof(fc.double(), fc.integer(), fc.constant(undefined));
    fc.assert(
      fc.property(wild, wild, fc.nat(), (inputTokens, outputTokens, chars) => {
        const usage = {
          ...(inputTokens !== undefined && { inputTokens }),
          ...(outputTokens !== undefined && { outputTokens }),
        };
        const used = usedTokens(matter({ usage, chars }), ESTIMATE);
        for (const tokens of [used.inputTokens, used.outputTokens]) {
          expect(Number.isSafeInteger(tokens)).toBe(true);
          expect(tokens).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});
