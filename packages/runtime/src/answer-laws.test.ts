import { type Detector, RECORDED_FINDINGS_MAX } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HI, MARKED_PIECES, PLAIN_PIECES } from './testing/answer-texts.ts';
import { answerOf, cut, cutText, DONE, eventOf, requestBody, streamOf, textIn } from './testing/chat-wire.ts';
import { ExchangeRig, starterEngine } from './testing/exchange-rig.ts';

const plain = fc.constantFrom(...PLAIN_PIECES);
const marked = fc.constantFrom(...MARKED_PIECES);
const odd = fc.string({ unit: 'grapheme', maxLength: 6 });
const answerText = fc
  .array(fc.oneof({ weight: 3, arbitrary: plain }, { weight: 2, arbitrary: marked }, odd), {
    minLength: 1,
    maxLength: 14,
  })
  .map((pieces) => pieces.join(''));
const pieceSizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 });
const chunkSizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 });
describe('conduct() on an answer', () => {
  it('redacts a value each time that it comes, streamed or whole, and puts nothing back that the request did not bring', async () => {
    const rig = new ExchangeRig();
    const said = 'a@example.com, a@example.com; [EMAIL_1] [=EMAIL_1] b@example.com a@example.com';
    const expected = '[EMAIL_1], [EMAIL_1]; [EMAIL_1] [=EMAIL_1] [EMAIL_2] [EMAIL_1]';
    const whole = await rig.exchange({
      body: HI,
      answer: [Buffer.from(answerOf(said))],
      contentType: 'application/json',
    });
    expect(textIn(whole.text)).toBe(expected);
    for (const size of [1, 2, 3, 7, 100]) {
      const wire = streamOf(cutText(said, [size]));
      expect(textIn((await rig.exchange({ body: HI, answer: [Buffer.from(wire)] })).text)).toBe(expected);
    }
  });

  it('ends the answer when a policy redacts what a detector finds too late to be held', async () => {
    const late: Detector = {
      id: 'late',
      version: '1',
      points: ['output'],
      types: ['late'],
      cache: 'content',
      reach: { kind: 'window', windowChars: 64, strideChars: 8 },
      triggers: [],
      inspect: ({ raw }, { fingerprint }) => {
        const start = raw.indexOf('forbidden words');
        const span = { start, end: start + 15 };
        const found = { detector: 'late', category: 'secrets', type: 'late', score: 1, span, via: [] } as const;
        return { status: 'inspected', findings: start < 0 ? [] : [{ ...found, fingerprint: fingerprint('late') }] };
      },
    };
    const rig = new ExchangeRig({ detectors: [late], engine: starterEngine(['late']) });
    const said = 'these are forbidden words, and this is what follows them in the text';
    const wire = streamOf(cutText(said, [5]));
    const seen = await rig.exchange({ body: HI, answer: cut(Buffer.from(wire), [200]) });
    expect(seen.errors).toEqual([]);
    expect(seen.end).toBe('whole');
    expect(textIn(seen.text)).not.toContain('what follows');
    expect(JSON.stringify(seen.records.at(-1))).toContain('"policies":["posture:late-finding"]');
    const whole = await rig.exchange({
      body: HI,
      answer: [Buffer.from(answerOf(said))],
      contentType: 'application/json',
    });
    expect(textIn(whole.text)).toBe('these are [LATE_1], and this is what follows them in the text');
  });

  it('costs the same for each finding, however many there were', async () => {
    const rig = new ExchangeRig();
    const engine = rig.house.policy();
    let most = 0;
    const counting = new ExchangeRig({
      engine: {
        policySet: engine.policySet,
        message: () => undefined,
        access: (question) => engine.access(question),
        guard: (question) => {
          most = Math.max(most, question.context.findings.length);
          return engine.guard(question);
        },
      },
    });
    const said = Array.from({ length: 700 }, (_, index) => `p${index}@example.com `);
    const seen = await counting.exchange({ body: HI, answer: cut(Buffer.from(streamOf(said)), [4_096]) });
    expect(textIn(seen.text)).toBe(said.map((_, index) => `[EMAIL_${index + 1}] `).join(''));
    expect(most).toBeLessThanOrEqual(RECORDED_FINDINGS_MAX);
    const closed = seen.records.at(-1);
    expect(closed).toMatchObject({ redacted: { email: 700 }, decisions: [{ findingsTotal: 700 }] });
  });
});

/** The same text in every field and choice that can carry it, each piece in an event of its own, in turns. */
function interleaved(said: readonly string[]): string {
  const events = said.flatMap((piece) => [
    eventOf({ choice: 0, delta: { content: piece }, logprobs: logprobsOf(piece) }),
    eventOf({ choice: 2, delta: { refusal: piece } }),
    eventOf({ choice: 1, delta: { reasoning_content: piece } }),
  ]);
  const ends = [0, 1, 2].map((choice) => eventOf({ choice, delta: {}, finish: 'stop' }));
  return `${events.join('')}${ends.join('')}${DONE}`;
}

function logprobsOf(token: string) {
  return { content: [{ token, logprob: -0.1, bytes: [...Buffer.from(token)], top_logprobs: [] }] };
}

describe('conduct() on several choices and fields', () => {
  it('redacts each as if it were alone, and repeats no redacted token among the log-probabilities', async () => {
    const rig = new ExchangeRig();
    const body = requestBody('hi', { n: 3, logprobs: true });
    await fc.assert(
      fc.asyncProperty(answerText, pieceSizes, chunkSizes, async (said, pieces, bytes) => {
        const alone = await rig.exchange({
          body: HI,
          answer: [Buffer.from(answerOf(said))],
          contentType: 'application/json',
        });
        const kinds = (text: string) => text.replaceAll(/_\d+\]/g, '_n]');
        const wire = interleaved(cutText(said, pieces));
        const seen = await rig.exchange({ body, answer: cut(Buffer.from(wire), bytes) });
        expect(seen.errors).toEqual([]);
        expect(seen.end).toBe('whole');
        const expected = kinds(textIn(alone.text));
        expect(kinds(textIn(seen.text, 'content', 0))).toBe(expected);
        expect(kinds(textIn(seen.text, 'reasoning_content', 1))).toBe(expected);
        expect(kinds(textIn(seen.text, 'refusal', 2))).toBe(expected);
        for (const planted of ['example.com', '1111 1111', '40440532'])
          if (!expected.includes(planted)) expect(tokensIn(seen.text)).not.toContain(planted);
      }),
      { numRuns: 150 },
    );
  });
});

function tokensIn(wire: string): string {
  return Array.from(
    wire.matchAll(/"token":("(?:[^"\\]|\\.)*")/g),
    ([, token = '""']) => JSON.parse(token) as string,
  ).join('');
}
