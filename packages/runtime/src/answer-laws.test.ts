import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerOf, cut, cutText, requestBody, streamOf, textIn } from './testing/chat-wire.ts';
import { ExchangeRig } from './testing/exchange-rig.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
/** Put together here, so that no scanner takes this file for a leak. */
const AWS_KEY = ['AKIA', 'QYLPMN5H', 'HFPZKT2X'].join('');
const GITHUB = ['ghp', '_', 'aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5'].join('');

const plain = fc.constantFrom(
  'Hello ',
  'the ',
  'quick brown fox. ',
  'a',
  'is it 12 ',
  '\n',
  'naïve ',
  '漢字 ',
  '😀',
  '- ',
  '(',
  ') ',
  ', ',
);
const marked = fc.constantFrom(
  'joe@example.com',
  'ann.lee@mail.example.org ',
  '4111 1111 1111 1111',
  '5500005555555559 ',
  'DE89370400440532013000',
  'GB82 WEST 1234 5698 7654 32',
  AWS_KEY,
  `${AWS_KEY}. `,
  GITHUB,
  'jo\u200be@example.com',
  base64('mail joe@example.com please'),
  base64(`key ${AWS_KEY} end`),
  '[EMAIL_1]',
  '[=EMAIL_1]',
  '[EMAIL_',
  '+49 30 901820',
  '192.168.17.4',
);
const text = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: plain },
      { weight: 2, arbitrary: marked },
      fc.string({ unit: 'grapheme', maxLength: 6 }),
    ),
    { minLength: 1, maxLength: 14 },
  )
  .map((pieces) => pieces.join(''));
const quiet = fc
  .array(fc.oneof(plain, fc.string({ unit: fc.constantFrom(...'abc xyz,.!?'), maxLength: 9 })), {
    minLength: 1,
    maxLength: 20,
  })
  .map((pieces) => pieces.join(''));
const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 });
const byteSizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 });
const HI = requestBody('hi');
const ASKING = requestBody('mail joe@example.com and ann.lee@mail.example.org about [EMAIL_1]');

describe('conduct() on an answer', () => {
  it('hands a stream with nothing to redact on byte for byte, however it is cut', async () => {
    const rig = new ExchangeRig();
    await fc.assert(
      fc.asyncProperty(quiet, sizes, byteSizes, async (said, pieces, bytes) => {
        const wire = Buffer.from(streamOf(cutText(said, pieces)));
        const { bytes: got, end } = await rig.exchange({ body: HI, answer: cut(wire, bytes) });
        expect(end).toBe('whole');
        expect(got.equals(wire)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['nothing was sent that is put back', HI],
    ['values are put back', ASKING],
  ])('gives a stream the text that the JSON answer has, however it is cut, when %s', async (_name, body) => {
    const rig = new ExchangeRig();
    await fc.assert(
      fc.asyncProperty(text, sizes, byteSizes, async (said, pieces, bytes) => {
        const whole = await rig.exchange({
          body,
          answer: [Buffer.from(answerOf(said))],
          contentType: 'application/json',
        });
        const wire = Buffer.from(streamOf(cutText(said, pieces)));
        const stream = await rig.exchange({ body, answer: cut(wire, bytes) });
        expect(stream.errors).toEqual([]);
        expect(whole.end).toBe('whole');
        expect(stream.end).toBe('whole');
        expect(textIn(stream.text)).toBe(textIn(whole.text));
      }),
      { numRuns: 300 },
    );
  });
});
