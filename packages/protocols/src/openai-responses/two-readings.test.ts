import { isFault } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asked, codecFor, eventsOf, JSON_HEAD, responseOf, saidIn, streamOf } from './testing/answers.ts';

type Events = Parameters<typeof streamOf>[0];

const created = { type: 'response.created', response: responseOf() };
const text = (delta: string, more: object = {}) => ({
  type: 'response.output_text.delta',
  item_id: 'msg_1',
  output_index: 0,
  content_index: 0,
  delta,
  logprobs: [],
  ...more,
});
const faultOf = (events: Events) => {
  const got = codecFor().push(streamOf(events));
  return isFault(got) ? got.fault : undefined;
};

describe('an answer that clients could read in another way is no answer', () => {
  test.each<[string, Events]>([
    ['an item id that stands for two outputs', [created, text('a'), text('b', { output_index: 1 })]],
    ['a text whose pieces have two ids', [created, text('se'), text('xx', { item_id: 'msg_2' }), text('cret')]],
    ['pieces of which one lacks the id', [created, text('se'), text('xx', { item_id: undefined }), text('cret')]],
    ['pieces of which one lacks the part', [created, text('se'), text('xx', { content_index: undefined })]],
    ['pieces of which one lacks the output', [created, text('se'), text('xx', { output_index: null })]],
    [
      'pieces of a call of which one lacks the id',
      ['rm ', '-rf /'].map((delta, at) => ({
        type: 'response.lathe_call_cut.delta',
        output_index: 0,
        ...(at === 0 && { item_id: 'x_1' }),
        delta,
      })),
    ],
    ['an output that has no number', [created, text('a', { output_index: '0' })]],
    ['a negative part', [created, text('a', { content_index: -1 })]],
    ['a disguised member', [created, text('a', { Delta: 'b' })]],
    [
      'a disguised member of an item',
      [
        created,
        { type: 'response.output_item.done', output_index: 0, item: { id: 'm', type: 'message', Content: [] } },
      ],
    ],
    [
      'more of a call that has ended',
      [
        created,
        { type: 'response.function_call_arguments.done', item_id: 'f', output_index: 0, name: 'pay', arguments: '{}' },
        { type: 'response.function_call_arguments.delta', item_id: 'f', output_index: 0, delta: ',"to":"me"' },
      ],
    ],
    [
      'a second name of a call',
      [
        created,
        {
          type: 'response.output_item.added',
          output_index: 0,
          item: { id: 'f', type: 'function_call', name: 'look', arguments: '' },
        },
        {
          type: 'response.output_item.done',
          output_index: 0,
          item: { id: 'f', type: 'function_call', name: 'pay', arguments: '{}' },
        },
      ],
    ],
  ])('cannot inspect an answer with %s', (_name, events) => {
    expect(faultOf(events)).toBe('UPSTREAM_GARBAGE');
  });

  test.each([
    ['another kind', 'event: response.refusal.delta'],
    ['a kind that nobody knows', 'event: response.anything'],
    ['a kind of which clients take the last', 'event: response.output_text.delta\nevent: response.completed'],
    ['the end', 'event: response.completed'],
  ])('cannot inspect an event whose frame calls it %s, wherever it comes', (_name, line) => {
    const delta = 'event: response.output_text.delta';
    const many = Buffer.from(streamOf([created, ...Array.from({ length: 9 }, () => text('ab'))])).toString();
    for (let at = many.indexOf(delta); at >= 0; at = many.indexOf(delta, at + 1)) {
      const bytes = Buffer.from(`${many.slice(0, at)}${line}${many.slice(at + delta.length)}`);
      expect(codecFor().push(bytes)).toMatchObject({ fault: 'UPSTREAM_GARBAGE' });
    }
  });

  test('an item may have another id than the pieces of its text: each is read on its own', () => {
    const item = { id: 'other', type: 'message', role: 'assistant' };
    const part = { type: 'output_text', text: 'ab', annotations: [] };
    const events = eventsOf(
      codecFor(),
      streamOf([
        created,
        { type: 'response.output_item.added', output_index: 0, item: { ...item, content: [] } },
        text('a'),
        text('b'),
        { type: 'response.output_item.done', output_index: 0, item: { ...item, id: 'third', content: [part] } },
      ]),
    );
    expect(saidIn(events)).toEqual({ '0/content/0/text': 'ab' });
  });

  test.each<[string, object]>([
    ['an output that is no list', { output: { 0: { type: 'function_call', name: 'pay', arguments: '{}' } } }],
    ['an item whose type is a list', { output: [{ type: ['function_call'], name: 'pay', arguments: '{}' }] }],
    ['a disguised output', { Output: [] }],
  ])('cannot inspect a whole answer with %s', (_name, fields) => {
    const codec = codecFor(asked(), JSON_HEAD);
    codec.push(Buffer.from(JSON.stringify({ ...responseOf({ status: 'completed' }), ...fields })));
    expect(codec.end()).toMatchObject({ fault: 'UPSTREAM_GARBAGE' });
  });

  const place = fc.record(
    {
      item_id: fc.constantFrom('msg_1', 'msg_2', ''),
      output_index: fc.constantFrom(0, 1, null),
      content_index: fc.constantFrom(0, 1),
    },
    { requiredKeys: [] },
  );
  const pieces = fc.array(fc.tuple(place, fc.string({ minLength: 1, maxLength: 3 })), { minLength: 1, maxLength: 6 });
  type Place = Readonly<Record<string, unknown>>;
  const READINGS: readonly (readonly [string, (at: Place) => unknown])[] = [
    ['ids', (at) => (at.item_id === undefined || at.item_id === '' ? undefined : [at.item_id, at.content_index])],
    ['numbers', (at) => (typeof at.output_index === 'number' ? [at.output_index, at.content_index] : undefined)],
  ];

  test.each(READINGS)('inspects the very texts that a client reads who goes by %s, or none', (_name, textOf) => {
    let read = 0;
    fc.assert(
      fc.property(pieces, (said) => {
        const places = said.map(([at]) => ({
          item_id: undefined,
          output_index: undefined,
          content_index: undefined,
          ...at,
        }));
        const got = codecFor().push(streamOf([created, ...said.map(([, delta], at) => text(delta, places[at]))]));
        if (isFault(got)) return;
        read += 1;
        const inspected = Object.values(saidIn(got));
        const texts = new Map<string, string>();
        for (const [at, [, delta]] of said.entries()) {
          const which = textOf(places[at] ?? {});
          if (which !== undefined) texts.set(JSON.stringify(which), (texts.get(JSON.stringify(which)) ?? '') + delta);
        }
        for (const whole of texts.values()) expect(inspected).toContain(whole);
      }),
      { numRuns: 2_000 },
    );
    expect(read).toBeGreaterThan(100);
  });
});

describe('an event that names itself once', () => {
  test('goes by what an event says itself where its frame does not name it', () => {
    const bytes = Buffer.from(streamOf([created, text('a')]))
      .toString()
      .replaceAll(/event: .*\n/g, '');
    expect(saidIn(eventsOf(codecFor(), Buffer.from(bytes)))).toEqual({ '0/content/0/text': 'a' });
  });

  test('goes by the frame where an event does not name itself', () => {
    const bytes = Buffer.from(streamOf([created, text('a')]))
      .toString()
      .replace('"type":"response.output_text.delta",', '');
    expect(saidIn(eventsOf(codecFor(), Buffer.from(bytes)))).toEqual({ '0/content/0/text': 'a' });
  });
});
