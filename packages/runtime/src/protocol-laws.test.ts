import { type Detector, type HoldLimits, SallyportError } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MARKED_PIECES, PLAIN_PIECES } from './testing/answer-texts.ts';
import { cut, cutText } from './testing/chat-wire.ts';
import { ExchangeRig, type RigOptions, type Seen } from './testing/exchange-rig.ts';
import { WIRES } from './testing/wires/all.ts';
import type { ProtocolWire } from './testing/wires/protocol-wire.ts';

/** What holds for every protocol, whatever its streams look like. */
const plain = fc.constantFrom(...PLAIN_PIECES);
const marked = fc.constantFrom(...MARKED_PIECES);
const odd = fc.string({ unit: 'grapheme', maxLength: 6 });
const pieces = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: 1, maxLength: 14 });
const answerText = pieces(fc.oneof({ weight: 3, arbitrary: plain }, { weight: 2, arbitrary: marked }, odd)).map((all) =>
  all.join(''),
);
const quietText = pieces(fc.oneof(plain, fc.string({ unit: fc.constantFrom(...'abc xyz,.!?'), maxLength: 9 }))).map(
  (all) => all.join('') || 'a',
);
const pieceSizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 });
const chunkSizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 });
const REFUSED = "I'm sorry, but I can't assist with that. Blocked by policy";
const EMAIL = 'joe@example.com';

for (const wire of WIRES) describe(`the laws of answers, in ${wire.adapter.id}`, () => describeLaws(wire));

function describeLaws(wire: ProtocolWire): void {
  const rigOf = (options: RigOptions = {}) => new ExchangeRig({ ...options, adapter: wire.adapter });
  const rig = rigOf();
  const HI = wire.request('hi', true);
  const askStream = (said: readonly Uint8Array[] | AsyncIterable<Uint8Array | Error>, by = rig, body = HI) =>
    by.exchange({ endpoint: wire.endpoint(true), body, answer: said, contentType: wire.streamType });
  const askWhole = (text: string, by = rig, content = 'hi') =>
    by.exchange({
      endpoint: wire.endpoint(false),
      body: wire.request(content, false),
      answer: [Buffer.from(wire.answer(text))],
      contentType: 'application/json',
    });
  const textOf = (seen: Seen) => wire.textIn(seen.bytes, seen.streamed || seen.end !== 'whole');
  const redacted = async (text: string, by = rig) => wire.textIn((await askWhole(text, by)).bytes, false);

  it('hands a stream with nothing to redact on byte for byte, however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(quietText, pieceSizes, chunkSizes, async (said, sizes, bytes) => {
        const sent = wire.stream(cutText(said, sizes));
        const seen = await askStream(cut(sent, bytes));
        expect(seen.errors).toEqual([]);
        expect(seen.end).toBe('whole');
        expect(seen.bytes.equals(sent)).toBe(true);
        expect(textOf(seen)).toBe(said);
      }),
      { numRuns: 60 },
    );
  });

  it('hands an answer in one piece on byte for byte', async () => {
    const whole = await askWhole('The quick brown fox.');
    expect(whole.bytes.toString()).toBe(wire.answer('The quick brown fox.'));
  });

  it.each([
    ['nothing was sent that is put back', 'hi'],
    ['values are put back', `mail ${EMAIL} and ann.lee@mail.example.org about [EMAIL_1]`],
  ])('gives a stream the text that the JSON answer has, however it is cut, when %s', async (_name, content) => {
    await fc.assert(
      fc.asyncProperty(answerText, pieceSizes, chunkSizes, async (said, sizes, bytes) => {
        const whole = await askWhole(said, rig, content);
        const seen = await askStream(cut(wire.stream(cutText(said, sizes)), bytes), rig, wire.request(content, true));
        expect(seen.errors).toEqual([]);
        expect(whole.end).toBe('whole');
        expect(seen.end).toBe('whole');
        const text = wire.textIn(whole.bytes, false);
        expect(wire.textIn(seen.bytes, true)).toBe(text);
        for (const repeat of wire.repeats?.(seen.bytes) ?? []) expect(repeat).toBe(text);
      }),
      { numRuns: 100 },
    );
  });

  it('redacts alike when every byte comes alone', async () => {
    const said = `The card 4111 1111 1111 1111 of ${EMAIL}, and 😀 DE89370400440532013000.`;
    for (const size of [1, 3, 40]) {
      const seen = await askStream(cut(wire.stream(cutText(said, [size])), [1]));
      expect(seen.errors).toEqual([]);
      expect(wire.textIn(seen.bytes, true)).toBe(await redacted(said));
      expect(seen.text).not.toContain(EMAIL);
    }
  });

  it('has released a beginning of the redacted text and no clean end, wherever the provider dies', async () => {
    await fc.assert(
      fc.asyncProperty(
        answerText,
        pieceSizes,
        fc.record({ dies: fc.double({ min: 0, max: 0.97, noNaN: true }), throws: fc.boolean(), bytes: chunkSizes }),
        async (said, sizes, { dies, throws, bytes }) => {
          const sent = wire.stream(cutText(said, sizes));
          const kept = cut(sent.subarray(0, Math.floor(sent.length * dies)), bytes);
          const seen = await askStream(followedBy(kept, throws ? new SallyportError('UPSTREAM_BROKEN') : undefined));
          const closed = seen.records.at(-1);
          if (seen.end === 'whole' && seen.streamed) {
            // A stream without an end of its own is whole once every part of it has ended.
            expect(throws).toBe(false);
            expect(closed).toMatchObject({ outcome: 'completed' });
          } else {
            expect(seen.streamed ? seen.end : seen.head?.status).toBe(seen.streamed ? 'broken' : 502);
            expect(closed).toMatchObject({ kind: 'closed', outcome: 'upstream-failed' });
          }
          if (seen.streamed) expect((await redacted(said)).startsWith(wire.textIn(seen.bytes, true))).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('has released a beginning of the redacted text when the client goes away, and cut the provider off', async () => {
    await fc.assert(
      fc.asyncProperty(answerText, pieceSizes, fc.double({ min: 0, max: 1, noNaN: true }), async (said, sizes, at) => {
        const sent = wire.stream(cutText(said, sizes));
        const seen = await rig.exchange({
          endpoint: wire.endpoint(true),
          body: HI,
          answer: cut(sent, [50]),
          contentType: wire.streamType,
          onBytes: ({ length }) => length < sent.length * at,
        });
        expect((await redacted(said)).startsWith(wire.textIn(seen.bytes, true))).toBe(true);
        if (seen.end === 'gone') expect(seen.cut).toBe(true);
        expect(seen.records.at(-1)?.kind).toBe('closed');
      }),
      { numRuns: 40 },
    );
  });

  it('releases nothing that a detector under posture `closed` failed to look at, and ends with a refusal', async () => {
    const failing = rigOf({ detectors: [BREAKS], postureOf: () => 'closed' });
    const said = 'It begins well, and then there is a boom of the forbidden kind in it.';
    for (const size of [1, 7, 200]) {
      const seen = await askStream(cut(wire.stream(cutText(said, [size])), [64]), failing);
      expect(seen.errors).toEqual([]);
      const text = wire.textIn(seen.bytes, true);
      expect(text).toContain(REFUSED);
      expect(text).not.toContain('boom');
      expect(seen.records.at(-1)).toMatchObject({ outcome: 'refused', effect: 'block' });
    }
  });

  it('says nothing at all before the whole answer is clear under release `buffer`', async () => {
    const failing = rigOf({ detectors: [BREAKS], hold: { release: 'buffer' } });
    const quiet = await askStream(cut(wire.stream(['Well ', 'and ', 'good.']), [30]), failing);
    expect(textOf(quiet)).toBe('Well and good.');
    const seen = await askStream(cut(wire.stream(cutText('Well, until a boom comes.', [5])), [30]), failing);
    expect(seen.streamed).toBe(false);
    expect(seen.text).not.toContain('until');
    expect(seen.text).toContain(REFUSED);
  });

  it('holds nothing under release `cut`, stops at the violation, and says in the receipt what that gave up', async () => {
    const hold: Partial<HoldLimits> = { release: 'cut' };
    const cutting = rigOf({ detectors: [BREAKS], hold });
    const said = ['mail joe', '@example.com', ' now, then boom', ' and more'];
    const seen = await askStream(eventsOf(wire, said), cutting);
    const text = wire.textIn(seen.bytes, true);
    expect(text.startsWith('mail joe')).toBe(true);
    expect(text).not.toContain('and more');
    expect(text).toContain(REFUSED);
    const closed = seen.records.at(-1);
    expect(JSON.stringify(closed)).toContain('"reason":"release-cut"');
  });

  it('shows signs of life while text is held, and never within an event', async () => {
    let due: (() => void) | undefined;
    const after = (_ms: number, run: () => void) => {
      due = run;
      return () => {
        due = undefined;
      };
    };
    const beat = () => due?.();
    const living = rigOf({ after });
    const sent = wire.stream(['Look: ', '![x](https://', 'evil.example/', 'a']);
    async function* paced() {
      for (const chunk of cut(sent, [80])) {
        yield chunk;
        beat();
        await Promise.resolve();
      }
    }
    const seen = await askStream(paced(), living);
    expect(seen.errors).toEqual([]);
    expect(seen.end).toBe('whole');
    expect(wire.textIn(seen.bytes, true)).toBe(await redacted('Look: ![x](https://evil.example/a'));
  });

  const { toolStream } = wire;
  if (toolStream !== undefined) {
    it('lets no byte of a tool call out before it was decided, and decides it once, however it is cut', async () => {
      const args = `{"to":"${EMAIL}","note":"planted words"}`;
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 12 }), chunkSizes, async (count, sizes) => {
          const sent = toolStream('send_mail', args, count);
          const seen = await askStream(cut(sent, sizes));
          expect(seen.errors).toEqual([]);
          expect(seen.end).toBe('whole');
          const decided = seen.records.filter(({ kind }) => kind === 'decided');
          expect(decided).toHaveLength(1);
          expect(decided[0]).toMatchObject({ tool: 'send_mail' });
        }),
        { numRuns: 30 },
      );
      const failing = rigOf({ detectors: [BREAKS] });
      const refused = await askStream(cut(toolStream('send_mail', '{"note":"planted boom"}', 4), [40]), failing);
      expect(refused.text).not.toContain('planted');
      expect(refused.text).not.toContain('send_mail');
      expect(refused.records.at(-1)).toMatchObject({ outcome: 'refused' });
    });
  }
}

/** Fails at a word, and holds what may become it. */
const BREAKS: Detector = {
  id: 'breaks',
  version: '1',
  points: ['output', 'tool-call'],
  types: ['breaks'],
  cache: 'content',
  reach: { kind: 'local', maxMatchChars: 8, lookaheadChars: 0, lookbehindChars: 0 },
  triggers: [],
  inspect: ({ raw }) => {
    if (raw.includes('boom')) throw new RangeError('boom');
    return { status: 'inspected', findings: [] };
  },
  pendingFrom: ({ raw }) => Math.max(0, raw.length - 3),
};

/** A stream in as many chunks as it says pieces, so that each piece comes alone. */
function eventsOf(wire: ProtocolWire, said: readonly string[]): readonly Uint8Array[] {
  const whole = wire.stream(said);
  const first = wire.stream(said.slice(0, 1));
  let same = 0;
  while (same < Math.min(whole.length, first.length) && whole[same] === first[same]) same += 1;
  return [whole.subarray(0, same), ...cut(whole.subarray(same), [60])];
}

async function* followedBy(
  chunks: readonly Uint8Array[],
  error: Error | undefined,
): AsyncGenerator<Uint8Array | Error> {
  yield* chunks;
  if (error !== undefined) yield error;
}
