import { type Decision, type Detector, type PolicyEngine, SallyportError } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HI, MARKED_PIECES, PLAIN_PIECES } from './testing/answer-texts.ts';
import { answerOf, cut, cutText, requestBody, streamOf, textIn } from './testing/chat-wire.ts';
import { ExchangeRig, type Seen, starterEngine } from './testing/exchange-rig.ts';

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

const planted: Detector = {
  id: 'planted',
  version: '1',
  points: ['output', 'input', 'tool-call'],
  types: ['planted'],
  cache: 'content',
  reach: { kind: 'local', maxMatchChars: 8, lookaheadChars: 0, lookbehindChars: 0 },
  triggers: [],
  inspect: ({ raw }) => {
    if (raw.includes('boom')) throw new RangeError(raw);
    if (raw.includes('slow')) return { status: 'timed-out', reason: 'too-slow' };
    return { status: 'inspected', findings: [] };
  },
  pendingFrom: ({ raw }) => Math.max(0, raw.length - 3),
};

describe('conduct() when something fails', () => {
  const rig = new ExchangeRig();
  /** What may ever be released of a text. */
  const redacted = async (said: string, by = rig) =>
    textIn(
      (await by.exchange({ body: HI, answer: [Buffer.from(answerOf(said))], contentType: 'application/json' })).text,
    );
  const released = (seen: Seen) =>
    textIn(seen.text).replace(/(?:^|\n\n)I'm sorry, but I can't assist with that\. Blocked by policy[^\n]*\.$/, '');

  it.each(['boom', 'slow'])(
    'ends the answer with a refusal when a detector breaks under posture `closed` (%s)',
    async (word) => {
      const broken = new ExchangeRig({ detectors: [planted] });
      await fc.assert(
        fc.asyncProperty(answerText, answerText, pieceSizes, async (before, after, pieces) => {
          const wire = Buffer.from(streamOf(cutText(`${before} ${word} ${after}`, pieces)));
          const seen = await broken.exchange({ body: HI, answer: cut(wire, [90]) });
          expect(seen.end).toBe('whole');
          expect(await redacted(`${before} `)).toMatch(startsWith(released(seen)));
          expect(seen.text).toContain('content_filter');
          expect(seen.cut).toBe(true);
          expect(seen.records.at(-1)).toMatchObject({ kind: 'closed', outcome: 'refused', effect: 'block' });
          expect(JSON.stringify(seen.records)).not.toContain(`${word} `);
        }),
        { numRuns: 100 },
      );
    },
  );

  it('goes on under posture `open`, redacts what the others found, and says so in the receipt', async () => {
    const open = new ExchangeRig({ detectors: [planted], postureOf: (id) => (id === 'planted' ? 'open' : 'closed') });
    const said = 'mail joe@example.com boom and ann.lee@mail.example.org again';
    const seen = await open.exchange({ body: HI, answer: cut(Buffer.from(streamOf(cutText(said, [3]))), [60]) });
    expect(textIn(seen.text)).toBe('mail [EMAIL_1] boom and [EMAIL_2] again');
    const closed = seen.records.at(-1);
    expect(closed).toMatchObject({ outcome: 'completed', effect: 'redact', redacted: { email: 2 } });
    expect(JSON.stringify(closed)).toContain('"detector":"planted","version":"1","segments":1,"status":"failed"');
  });

  it.each(['opened', 'closed'] as const)('lets nothing leave that the log did not take first (%s)', async (kind) => {
    for (const contentType of ['text/event-stream', 'application/json']) {
      for (const error of [new SallyportError('STORE_BROKEN'), new RangeError('disk')]) {
        const failing = new ExchangeRig({
          recorder: { append: async (record) => void (record.kind === kind && (await Promise.reject(error))) },
        });
        const wire = contentType === 'application/json' ? answerOf('hello') : streamOf(['he', 'llo']);
        const seen = await failing.exchange({ body: HI, answer: [Buffer.from(wire)], contentType });
        if (kind === 'closed' && contentType !== 'application/json') {
          expect(seen.end).toBe('broken');
          expect(seen.text).not.toContain('"finish_reason":"stop"}]}\n\ndata: [DONE]');
        } else {
          expect(seen.head?.status).toBe(503);
          expect(seen.text).toContain('audit log cannot take the record');
          expect(seen.text).not.toContain('hello');
        }
        expect(seen.errors).toHaveLength(1);
      }
    }
  });

  it('answers 503 to a refusal that the log did not take', async () => {
    const failing = new ExchangeRig({
      detectors: [planted],
      recorder: { append: () => Promise.reject(new RangeError()) },
    });
    const seen = await failing.exchange({ body: requestBody('boom'), answer: [] });
    expect(seen.head?.status).toBe(503);
    expect(seen.sent).toEqual([]);
  });

  it('refuses a request in which a detector breaks under posture `closed`, and sends it under `open`', async () => {
    for (const word of ['boom', 'slow']) {
      const closed = await new ExchangeRig({ detectors: [planted] }).exchange({ body: requestBody(word), answer: [] });
      expect(closed.sent).toEqual([]);
      expect(closed.records).toMatchObject([
        { kind: 'opened', effect: 'block' },
        { kind: 'closed', outcome: 'refused' },
      ]);
      const rigOpen = new ExchangeRig({ detectors: [planted], postureOf: () => 'open' });
      const open = await rigOpen.exchange({ body: requestBody(word), answer: [Buffer.from(streamOf(['hi']))] });
      expect(open.sent).toHaveLength(1);
      expect(open.end).toBe('whole');
      expect(open.records[0]).toMatchObject({ kind: 'opened', effect: 'flag', receipt: { uninspectedChars: 4 } });
    }
  });

  it('remembers no failure: a text whose detector broke once is looked at again', async () => {
    let breaks = true;
    const moody: Detector = {
      ...planted,
      inspect: () => (breaks ? { status: 'timed-out', reason: 'busy' } : { status: 'inspected', findings: [] }),
    };
    const once = new ExchangeRig({ detectors: [moody] });
    const parts = {
      messages: [
        { role: 'user', content: 'one' },
        { role: 'user', content: 'two' },
      ],
    };
    const ask = () => once.exchange({ body: requestBody('', parts), answer: [Buffer.from(streamOf(['hi']))] });
    expect((await ask()).sent).toHaveLength(0);
    breaks = false;
    expect((await ask()).sent).toHaveLength(1);
  });

  it('heeds and forgets a failure that shows only where two texts meet', async () => {
    let breaks = true;
    const moody: Detector = {
      ...planted,
      inspect: ({ raw }) =>
        breaks && raw.includes('onetwo')
          ? { status: 'timed-out', reason: 'busy' }
          : { status: 'inspected', findings: [] },
    };
    for (const messages of [
      ['one', 'two'].map((content) => ({ role: 'user', content })),
      [{ role: 'user', content: ['one', 'two'].map((part) => ({ type: 'text', text: part })) }],
    ]) {
      breaks = true;
      const once = new ExchangeRig({ detectors: [moody] });
      const ask = () => once.exchange({ body: requestBody('', { messages }), answer: [Buffer.from(streamOf(['hi']))] });
      expect(await ask()).toMatchObject({ sent: [], records: [{ effect: 'block' }, { outcome: 'refused' }] });
      breaks = false;
      expect((await ask()).sent).toHaveLength(1);
    }
  });

  it('denies when policies cannot be evaluated', async () => {
    const engine = starterEngine();
    const errors = ['broken-policy'];
    const deny = (decision: Decision): Decision => ({ ...decision, verdict: 'block', errors });
    const access = new ExchangeRig({
      engine: { ...pick(engine), access: (question) => deny(engine.access(question)) },
    });
    expect((await access.exchange({ body: HI, answer: [] })).head?.status).toBe(403);
    const thrown = new ExchangeRig({
      engine: {
        ...pick(engine),
        guard: () => {
          throw new RangeError('evaluation');
        },
      },
    });
    const seen = await thrown.exchange({ body: HI, answer: [] });
    expect(seen.head?.status).toBe(500);
    expect(seen.sent).toEqual([]);
  });
});

function pick(engine: PolicyEngine): PolicyEngine {
  return {
    policySet: engine.policySet,
    message: () => undefined,
    access: (question) => engine.access(question),
    guard: (question) => engine.guard(question),
  };
}

function startsWith(beginning: string): RegExp {
  return new RegExp(`^${beginning.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`, 'u');
}
