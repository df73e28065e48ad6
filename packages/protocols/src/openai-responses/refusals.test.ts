import { readFileSync } from 'node:fs';
import { type AnswerCodec, isFault, type Refusal, StreamGate, type WireEvent } from '@sallyport/core';
import { describe, expect, test } from 'vitest';
import { openaiResponses } from './adapter.ts';
import { asked, codecFor, dataIn, endpointAt, eventsOf, LIMITS, responseOf, SSE, streamOf } from './testing/answers.ts';

const REFUSAL: Refusal = { exchange: 'x1', effect: 'block', message: 'Blocked by policy.', form: 'refusal' };
const NAMES = ['text', 'calls', 'reasoning', 'server-calls', 'search', 'logprobs', 'refusal', 'media', 'computer'];
const fixture = (name: string) => readFileSync(new URL(`./fixtures/answers/${name}.sse`, import.meta.url));

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {};
const idOf = (response: unknown) => fieldsOf(response).id;
const contentsIn = (response: unknown) => {
  const { output } = fieldsOf(response);
  return Array.isArray(output) ? output.map((item) => fieldsOf(item).content) : [];
};

/** Lets so many events out, and refuses; the rest was seen and is held. */
function refusedAfter(codec: AnswerCodec, events: readonly WireEvent[], released: number): Buffer {
  const out = events.slice(0, released).map(({ raw }) => raw);
  return Buffer.concat([...out, codec.refuse(REFUSAL, events.slice(released))]);
}

describe('refuse() in the middle of a stream', () => {
  test.each(NAMES)(
    'goes on counting from the last event that the client got, and leaves no message open: %s',
    (name) => {
      const total = eventsOf(codecFor(), fixture(name)).length;
      for (let released = 0; released < total; released += 1) {
        const codec = codecFor();
        const data = dataIn(refusedAfter(codec, eventsOf(codec, fixture(name)), released));
        expect(data.map(({ sequence_number }) => sequence_number)).toEqual(data.map((_, at) => at));
        expect(data[0]).toMatchObject({ type: 'response.created' });
        expect(data.at(-1)).toMatchObject({
          type: 'response.incomplete',
          response: { status: 'incomplete', incomplete_details: { reason: 'content_filter' } },
        });
        const messages = (type: string) =>
          data.filter((one) => one.type === type && JSON.stringify(one).includes('"type":"message"'));
        expect(messages('response.output_item.done')).toHaveLength(messages('response.output_item.added').length);
      }
    },
  );

  test('says again only what the client has, as it has it', () => {
    const codec = codecFor();
    const events = eventsOf(codec, fixture('text'));
    const gate = new StreamGate();
    const released = events.slice(0, 7);
    for (const event of released) gate.push(event);
    // "Good morning! T" of which "morning" was replaced; the last letters of what came are held.
    gate.clear('0/content/0/text', 14, [{ start: 5, end: 12, text: '[WORD_1]' }]);
    for (const lane of ['response/instructions', 'response/text', 'response/tools', 'response/metadata'])
      gate.clear(lane, 1_000);
    const out = gate.take().map(({ event, edits }) => codec.rewrite(event, edits));
    const bytes = Buffer.concat([...out, codec.refuse(REFUSAL, [...gate.held, ...events.slice(7)])]);
    const data = dataIn(bytes);
    expect(data.at(-1)?.response).toMatchObject({
      output: [{ id: 'msg_67ccd2bf17f0819081ff3bb2cf6508e6' }, { id: 'msg_x1' }],
    });
    expect(contentsIn(data.at(-1)?.response)).toEqual([
      [{ type: 'output_text', text: 'Good [WORD_1]', annotations: [] }],
      [{ type: 'refusal', refusal: 'Blocked by policy.' }],
    ]);
    const deltas = data.flatMap(({ type, delta }) => (type === 'response.output_text.delta' ? [delta] : []));
    expect(deltas.join('')).toBe('Good [WORD_1]');
    expect(bytes.toString()).not.toContain('morni');
    expect(bytes.toString()).not.toContain('ng! T');
  });

  test("goes under the provider's id once the client knows it, and under its own before", () => {
    const idAfter = (released: number) => {
      const codec = codecFor();
      const data = dataIn(refusedAfter(codec, eventsOf(codec, fixture('calls')), released));
      return idOf(data.at(-1)?.response);
    };
    expect(idAfter(0)).toBe('resp_x1');
    expect(idAfter(1)).toBe('resp_1a');
  });

  test('is an error where the route says so, which the stream ends with', () => {
    const codec = codecFor();
    const events = eventsOf(codec, fixture('text'));
    const [data] = dataIn(codec.refuse({ ...REFUSAL, form: 'error', effect: 'ask' }, events.slice(4)));
    expect(data).toMatchObject({ type: 'error', code: 'approval_required', error: { code: 'approval_required' } });
  });
});

describe('refuse() in the place of a whole answer', () => {
  test.each(['responses/input_tokens', 'responses/compact', 'conversations', 'conversations/conv_1/items'])(
    'is an error where nothing is answered in which something could be refused: %s',
    (path) => {
      const request = asked({}, endpointAt('POST', `/v1/${path}`));
      expect(openaiResponses.refuse(REFUSAL, request)).toMatchObject({ status: 400 });
    },
  );

  test('is a response where one was asked for by its id', () => {
    const request = openaiResponses.request(new Uint8Array(0), endpointAt('GET', '/v1/responses/resp_1'), LIMITS);
    if (isFault(request)) throw new RangeError(request.fault);
    const { status, body } = openaiResponses.refuse(REFUSAL, request);
    expect(status).toBe(200);
    expect(JSON.parse(Buffer.from(body).toString())).toMatchObject({ object: 'response', status: 'incomplete' });
  });
});

describe('a stream that is taken up again', () => {
  const resumedAt = (after: number) => {
    const endpoint = endpointAt('GET', '/v1/responses/resp_1', `?stream=true&starting_after=${after}`);
    const request = openaiResponses.request(new Uint8Array(0), endpoint, LIMITS);
    if (isFault(request)) throw new RangeError(request.fault);
    return openaiResponses.answer(request, SSE, LIMITS);
  };
  const item = { id: 'msg_1', type: 'message', role: 'assistant', content: [] };
  const at = { item_id: 'msg_1', output_index: 0, content_index: 0 };
  const card = streamOf([
    { type: 'response.created', response: responseOf() },
    { type: 'response.output_item.added', output_index: 0, item },
    { type: 'response.content_part.added', ...at, part: { type: 'output_text', text: '', annotations: [] } },
    ...['The card ', '4111 ', '1111 1111 1111', ' it is.'].map((delta) => ({
      type: 'response.output_text.delta',
      ...at,
      delta,
      logprobs: [],
    })),
  ]);

  test('is read from its beginning, and leaves from where the client stopped', () => {
    for (let after = 0; after < 7; after += 1) {
      const events = eventsOf(resumedAt(after), card);
      const text = events.flatMap(({ parts }) => parts.map((part) => part.text)).join('');
      expect(text).toBe('The card 4111 1111 1111 1111 it is.');
      const leaving = dataIn(Buffer.concat(events.map(({ raw }) => raw)));
      expect(leaving.map(({ sequence_number }) => sequence_number)).toEqual([0, 1, 2, 3, 4, 5, 6].slice(after + 1));
    }
  });

  test('has no part of a value that was replaced, wherever its client cuts it in two', () => {
    for (let after = 0; after < 7; after += 1) {
      const codec = resumedAt(after);
      const gate = new StreamGate();
      for (const event of eventsOf(codec, card)) gate.push(event);
      gate.clear('0/content/0/text', 35, [{ start: 9, end: 28, text: '[CARD_1]' }]);
      const out = Buffer.concat(
        gate.take().map(({ event, edits }) => (edits.length > 0 ? codec.rewrite(event, edits) : event.raw)),
      );
      expect(out.toString()).not.toContain('1111');
    }
  });

  test('is refused behind what the client has, which is not told again and not shown as it came', () => {
    const codec = resumedAt(4);
    const events = eventsOf(codec, card);
    const data = dataIn(codec.refuse(REFUSAL, events.slice(3)));
    expect(data[0]).toMatchObject({ sequence_number: 5 });
    expect(data.map(({ type }) => type)).not.toContain('response.created');
    expect(JSON.stringify(data)).not.toContain('4111');
  });
});
