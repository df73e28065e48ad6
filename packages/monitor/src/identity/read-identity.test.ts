import { describe, expect, it } from 'vitest';
import { closed, decided, START_MS } from '../testing/traffic.ts';
import { readIdentity } from './read-identity.ts';

const ANSWER = {
  model: 'model-a-1',
  fingerprint: 'fp',
  usage: { inputTokens: 40, outputTokens: 120, reasoningTokens: 20 },
};
const REQUEST = { protocol: 'p', route: 'r', model: 'model-a', stream: true, tools: [], messages: 1, bodyBytes: 240 };

describe('readIdentity()', () => {
  it('reads names, times and counts of an answer', () => {
    expect(
      readIdentity(closed(START_MS, { upstreamStatus: 200, backend: ['server:x'], answer: ANSWER, request: REQUEST })),
    ).toEqual({
      provider: 'demo',
      model: 'model-a',
      exchange: `ex-${START_MS}`,
      atMs: START_MS,
      served: 'model-a-1',
      fingerprint: 'fp',
      backends: ['server:x'],
      stream: true,
      firstTokenMs: 200,
      tokensPerSecond: 150,
      billedInput: 0.5,
      billedOutput: 1,
      refused: false,
    });
  });

  it('has no time of a first token where the answer came as one', () => {
    const whole = readIdentity(
      closed(START_MS, { upstreamStatus: 200, answer: ANSWER, request: { ...REQUEST, stream: false } }),
    );
    expect(whole).toMatchObject({ firstTokenMs: Number.NaN, tokensPerSecond: 120 });
  });

  it.each([
    [15, Number.NaN],
    [16, 16_000 / 1_000],
  ])('takes no speed from an answer of fewer than 16 tokens: %i', (outputTokens, tokensPerSecond) => {
    const answer = { usage: { outputTokens } };
    expect(readIdentity(closed(START_MS, { upstreamStatus: 200, answer }))).toMatchObject({ tokensPerSecond });
  });

  it('measures nothing of an answer that did not go out whole, and still hears what it calls itself', () => {
    const cut = readIdentity(closed(START_MS, { upstreamStatus: 200, answer: ANSWER, outcome: 'client-aborted' }));
    expect(cut).toMatchObject({ served: 'model-a-1', tokensPerSecond: Number.NaN, billedOutput: Number.NaN });
  });

  it('sees a refusal of the model', () => {
    const answer = { ...ANSWER, finishReasons: ['refusal'] };
    expect(readIdentity(closed(START_MS, { upstreamStatus: 200, answer }))?.refused).toBe(true);
  });

  it.each([
    ['a drill', { drill: 'drl_1' }],
    ['an error of the provider', { upstreamStatus: 429 }],
    ['an error within an answer', { answer: { ...ANSWER, error: true } }],
    ['what was never answered', { upstreamStatus: undefined as never }],
    ['a record without a time', { at: 'no time' }],
  ])('reads nothing of %s', (_, more) => {
    expect(readIdentity(closed(START_MS, { upstreamStatus: 200, answer: ANSWER, ...more }))).toBeUndefined();
    expect(readIdentity(decided(START_MS, 'read_file'))).toBeUndefined();
  });
});
