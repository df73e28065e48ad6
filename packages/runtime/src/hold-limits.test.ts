import { describe, expect, it } from 'vitest';
import { HI } from './testing/answer-texts.ts';
import { cut, DONE, eventOf, streamOf, textIn } from './testing/chat-wire.ts';
import { ExchangeRig } from './testing/exchange-rig.ts';

/** A text of which nothing can be cleared until it ends: an image's address that goes on and on. */
const endless = (chars: number) => `![x](https://evil.example/${'a'.repeat(chars)}`;
const pieces = (text: string) => text.match(/.{1,20}/gs) ?? [];
const callOf = (args: string, name?: string) =>
  eventOf({
    delta: { tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name, arguments: args } }] },
  });
const bigCall = [
  callOf('', 'send_mail'),
  ...pieces(`{"to":"joe@example.com","body":"${'x'.repeat(3_000)}"}`).map((args) => callOf(args)),
  eventOf({ delta: {}, finish: 'tool_calls' }),
  DONE,
];
const bytes = (events: readonly string[]) => events.map((event) => Buffer.from(event));

describe('AnswerGuard at its limits', () => {
  it('ends the answer when a text holds more than `textChars` under posture `closed`, and says which limit it was', async () => {
    const rig = new ExchangeRig({ hold: { textChars: 256 } });
    const events = ['Look: ', ...pieces(endless(2_000))].map((content) => eventOf({ delta: { content } }));
    const seen = await rig.exchange({ body: HI, answer: bytes(events) });
    expect(seen.end).toBe('whole');
    expect(textIn(seen.text)).toBe("Look: \n\nI'm sorry, but I can't assist with that. Blocked by policy.");
    expect(seen.text).toContain('"finish_reason":"content_filter"');
    const closed = seen.records.at(-1);
    expect(closed).toMatchObject({ outcome: 'refused', effect: 'block' });
    expect(JSON.stringify(closed)).toContain('"policies":["posture:hold-chars"]');
  });

  it('lets the rest of the text pass under posture `open`, and says so in the receipt', async () => {
    const rig = new ExchangeRig({ hold: { textChars: 256, posture: 'open' } });
    const said = `${endless(2_000)} joe@example.com`;
    const seen = await rig.exchange({ body: HI, answer: cut(Buffer.from(streamOf(pieces(said))), [4_096]) });
    expect(textIn(seen.text)).toBe(said);
    const closed = seen.records.at(-1);
    expect(closed).toMatchObject({ outcome: 'completed', effect: 'flag' });
    expect(JSON.stringify(closed)).toContain(
      '"detector":"hold","version":"1","status":"skipped","reason":"hold-limit"',
    );
    if (closed?.kind !== 'closed') throw new RangeError('no closed record');
    expect(closed.receipt.uninspectedChars).toBeGreaterThan(2_000 - 256);
  });

  it.each([
    ['closed', 'refused'],
    ['open', 'completed'],
  ] as const)('counts `textMs` from when nothing became clear any more (posture `%s`)', async (posture, outcome) => {
    let nowMs = 0;
    const rig = new ExchangeRig({ hold: { textMs: 500, posture }, nowMs: () => nowMs });
    async function* paced(stepMs: number, said: readonly string[]) {
      for (const piece of said) {
        yield Buffer.from(eventOf({ delta: { content: piece } }));
        nowMs += stepMs;
      }
      yield Buffer.from(eventOf({ delta: {}, finish: 'stop' }) + DONE);
    }
    const patient = await rig.exchange({
      body: HI,
      answer: paced(400, ['The quick ', 'brown f', 'ox jumps', ' over it']),
    });
    expect(textIn(patient.text)).toBe('The quick brown fox jumps over it');
    const held = await rig.exchange({ body: HI, answer: paced(200, pieces(endless(100))) });
    const closed = held.records.at(-1);
    expect(closed).toMatchObject({ outcome });
    if (posture === 'closed') expect(JSON.stringify(closed)).toContain('"policies":["posture:hold-ms"]');
    else expect(textIn(held.text)).toBe(endless(100));
    if (closed?.kind === 'closed') expect(closed.ms.held).toBeGreaterThanOrEqual(500);
  });

  it('ends the answer when a tool call is larger than `toolCallBytes` under posture `closed`: nothing of it leaves', async () => {
    const rig = new ExchangeRig({ hold: { toolCallBytes: 1_024 } });
    const seen = await rig.exchange({ body: HI, answer: bytes(bigCall) });
    expect(seen.text).not.toContain('send_mail');
    expect(seen.end).toBe('whole');
    expect(seen.text).toContain('content_filter');
    expect(JSON.stringify(seen.records.at(-1))).toContain('"policies":["posture:hold-bytes"]');
  });

  it('lets a call that is too large pass under posture `open` only if its tool may be called, and records it first', async () => {
    const rig = new ExchangeRig({ hold: { toolCallBytes: 1_024, posture: 'open' } });
    const seen = await rig.exchange({ body: HI, answer: bytes(bigCall) });
    expect(seen.text).toBe(bigCall.join(''));
    const decided = seen.records.find(({ kind }) => kind === 'decided');
    expect(decided).toMatchObject({ tool: 'send_mail', effect: 'flag' });
    expect(JSON.stringify(decided)).toContain('"unchecked":["hold"]');

    const { house } = rig;
    const engine = house.policy();
    const forbidding = new ExchangeRig({
      hold: { toolCallBytes: 1_024, posture: 'open' },
      engine: {
        policySet: engine.policySet,
        guard: (question) => engine.guard(question),
        message: (decision) => engine.message(decision),
        access: (question) => ({
          ...engine.access(question),
          ...(question.action === 'call-tool' && { verdict: 'block' }),
        }),
      },
    });
    const refused = await forbidding.exchange({ body: HI, answer: bytes(bigCall) });
    expect(refused.text).not.toContain('send_mail');
    expect(refused.records.map(({ kind }) => kind)).toEqual(['opened', 'decided', 'closed']);
    expect(refused.records.at(-1)).toMatchObject({ outcome: 'refused' });
  });

  it('holds a text of any length that comes whole: there is nothing to wait for', async () => {
    const rig = new ExchangeRig({ hold: { textChars: 64 } });
    const said = `${endless(2_000)} and no more`;
    const message = { role: 'assistant', content: said };
    const body = JSON.stringify({ id: 'c', choices: [{ index: 0, message, finish_reason: 'stop' }] });
    const seen = await rig.exchange({ body: HI, answer: [Buffer.from(body)], contentType: 'application/json' });
    expect(seen.text).toBe(body);
  });
});
