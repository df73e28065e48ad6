import { readFileSync } from 'node:fs';
import { isFault, StreamGate, type WireEvent } from '@sallyport/core';
import { SseParser } from '@sallyport/wire';
import { describe, expect, test } from 'vitest';
import type { AnswerReader, AnswerVoice } from '../answer/answer-reader.ts';
import { LaneBook } from '../answer/lane-book.ts';
import { StreamCodec } from '../answer/stream-codec.ts';
import { ResponsesReader } from './responses-reader.ts';
import {
  asked,
  codecFor,
  dataIn,
  eventsOf,
  JSON_HEAD,
  LIMITS,
  lanesIn,
  responseOf,
  saidIn,
  streamOf,
} from './testing/answers.ts';

const fixture = (name: string) => readFileSync(new URL(`./fixtures/answers/${name}`, import.meta.url));
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
/** What leaves when a range of a lane is replaced. */
function rewritten(bytes: Uint8Array, lane: string, edit: { start: number; end: number; text: string }): Buffer {
  const codec = codecFor();
  const gate = new StreamGate();
  const events = eventsOf(codec, bytes);
  const lengths = new Map<string, number>();
  for (const event of events) {
    gate.push(event);
    for (const part of event.parts) {
      if (part.echo === undefined) lengths.set(part.lane, (lengths.get(part.lane) ?? 0) + part.text.length);
    }
  }
  for (const [id, length] of lengths) gate.clear(id, length, id === lane ? [edit] : []);
  return Buffer.concat(gate.take().map(({ event, edits }) => codec.rewrite(event, edits)));
}

describe('ResponsesReader', () => {
  test('rewrites a text alike in all five places, and loses no event', () => {
    const sent = fixture('text.sse');
    const out = rewritten(sent, '0/content/0/text', { start: 5, end: 12, text: '[X]' });
    const whole = 'Good [X]! The vault is closed, 😀 "quoted" and\nnew line.\u2028End.';
    const events = dataIn(out);
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, at) => at));
    const deltas = events.flatMap(({ type, delta }) => (type === 'response.output_text.delta' ? [delta] : []));
    expect(deltas.join('')).toBe(whole);
    expect(out.toString().split(JSON.stringify(whole).slice(1, -1)).length - 1).toBe(4);
    expect(out.toString()).not.toContain('morning');
  });

  test('drops the tokens of a redacted stretch wherever tokens are told', () => {
    const out = rewritten(fixture('logprobs.sse'), '0/content/0/text', { start: 5, end: 10, text: '[X]' }).toString();
    expect(out).not.toContain('we do');
    expect(out.match(/"token":"Yes"/g)).toHaveLength(5);
  });

  test('takes a repetition that differs for a text of its own', () => {
    const events = eventsOf(
      codecFor(),
      streamOf([
        created,
        text('one'),
        { ...text(''), type: 'response.output_text.done', delta: undefined, text: 'two' },
      ]),
    );
    expect(saidIn(events)).toEqual({ '0/content/0/text': 'one', '0/content/0/text/~whole': 'two' });
  });

  test('decides a call that is repeated with other arguments once more', () => {
    const item = { id: 'fc_1', type: 'function_call', call_id: 'c', name: 'pay' };
    const events = eventsOf(
      codecFor(),
      streamOf([
        created,
        { type: 'response.output_item.added', output_index: 0, item: { ...item, arguments: '' } },
        { type: 'response.function_call_arguments.delta', item_id: 'fc_1', output_index: 0, delta: '{"to":"a"}' },
        { type: 'response.function_call_arguments.done', item_id: 'fc_1', output_index: 0, arguments: '{"to":"a"}' },
        { type: 'response.output_item.done', output_index: 0, item: { ...item, arguments: '{"to":"b"}' } },
      ]),
    );
    const lanes = lanesIn(events);
    expect(Object.values(lanes)).toEqual([
      expect.objectContaining({ id: '0/arguments', point: 'tool-call', release: 'whole' }),
      expect.objectContaining({ id: '0/arguments/~whole', point: 'tool-call', release: 'whole' }),
    ]);
    expect(Object.values(lanes).map(({ origin }) => origin.tool)).toEqual(['pay', 'pay']);
    expect(events.flatMap(({ closes }) => closes)).toEqual(['0/arguments', '0/arguments/~whole']);
  });

  test('takes what grows in the middle of a call for a part of it, whatever the event is called', () => {
    const item = { id: 'sh_1', type: 'shell_call', call_id: 'c', action: { commands: [] } };
    const events = eventsOf(
      codecFor(),
      streamOf([
        created,
        { type: 'response.output_item.added', output_index: 0, item },
        { type: 'response.shell_call_command.delta', item_id: 'sh_1', output_index: 0, delta: 'rm -rf /' },
      ]),
    );
    const [lane] = Object.values(lanesIn(events));
    expect(lane).toMatchObject({ point: 'tool-call', release: 'whole', origin: { tool: 'shell' } });
  });

  test('decides what an unknown tool is called with, in the order in which it is told', () => {
    const events = eventsOf(codecFor(), fixture('unknown-calls.sse'));
    const lanes = Object.values(lanesIn(events));
    expect(lanes.filter(({ point }) => point === 'output')).toEqual([]);
    const calls = lanes.filter(({ point }) => point === 'tool-call');
    expect(calls.every(({ release }) => release === 'whole')).toBe(true);
    expect(calls.map(({ id, origin }) => [id, origin.tool])).toEqual([
      ['0/command/0', 'shell'],
      ['0/command/1', 'shell'],
      ['0/action', 'shell'],
      ['2/~call', 'left arm'],
      ['2/motion', 'left arm'],
      ['2/speed', 'left arm'],
      ['3/~call', 'release'],
    ]);
  });

  test.each([
    ['response.lathe_call.delta', '0/delta'],
    ['response.lathe_call_cut.delta', '0/cut'],
    ['response.lathe_call_cut.added', '0/cut'],
    ['response.lathe_call.cut.delta', '0/cut'],
    ['response.lathe_call_cut.depth.delta', '0/cut.depth'],
  ])('holds what grows in `%s`, of which no item was told, for a call of the tool', (type, id) => {
    const events = eventsOf(codecFor(), streamOf([created, { type, output_index: 0, delta: 'all of it' }]));
    expect(Object.values(lanesIn(events))).toEqual([
      { id, point: 'tool-call', release: 'whole', origin: expect.objectContaining({ tool: 'lathe' }) },
    ]);
  });

  test('does not let an event of one tool pass under the name of another', () => {
    const item = { id: 'fc_1', type: 'function_call', call_id: 'c', name: 'look', arguments: '{}' };
    const delta = { type: 'response.shell_call_command.delta', item_id: 'fc_1', output_index: 0, delta: 'rm' };
    const events = eventsOf(
      codecFor(),
      streamOf([created, { type: 'response.output_item.added', output_index: 0, item }, delta]),
    );
    expect(Object.values(lanesIn(events)).map(({ origin }) => origin.tool)).toEqual(['look', 'shell']);
  });

  test.each([
    ['function_call', { name: 'pay' }, 'pay'],
    ['web_search_call', {}, 'web_search'],
    ['computer_call', { action: null }, 'computer'],
    ['lathe_call', {}, 'lathe'],
  ])('decides a %s that is called with nothing', (type, fields, tool) => {
    const item = { id: 'x_1', type, status: 'completed', ...fields };
    const events = eventsOf(
      codecFor(),
      streamOf([created, { type: 'response.output_item.done', output_index: 0, item }]),
    );
    const calls = Object.values(lanesIn(events)).filter(({ point }) => point === 'tool-call');
    expect(calls.map(({ origin }) => origin.tool)).toEqual([tool]);
    expect(events.flatMap(({ closes }) => closes)).toContain(calls[0]?.id);
  });

  test.each([
    ['actions', [{ type: 'type', text: 'hello there' }]],
    ['action', { type: 'click', button: 'left', x: 1, y: 2 }],
  ])('decides what a computer is to do as a call, said as `%s`', (member, value) => {
    const item = { id: 'cu_1', type: 'computer_call', call_id: 'c', pending_safety_checks: [], [member]: value };
    const events = eventsOf(
      codecFor(),
      streamOf([created, { type: 'response.output_item.done', output_index: 0, item }]),
    );
    expect(Object.values(lanesIn(events))).toEqual([
      expect.objectContaining({ point: 'tool-call', origin: expect.objectContaining({ tool: 'computer' }) }),
    ]);
  });

  test('lets a search show that it began, and decides it when it says for what', () => {
    const item = { id: 'ws_1', type: 'web_search_call', status: 'in_progress', action: { type: 'search', query: '' } };
    const begun = streamOf([created, { type: 'response.output_item.added', output_index: 0, item }]);
    expect(lanesIn(eventsOf(codecFor(), begun))).toEqual({});
  });

  test('tells a request its own instructions and tools under the role of each, and looks at them once', () => {
    const instructions = 'Never say the word.';
    const tools = [
      {
        type: 'function',
        name: 'pay',
        description: 'Pays a bill.',
        parameters: { type: 'object', properties: { 'to whom': {} } },
      },
    ];
    const own = { instructions, tools, metadata: { desk: 'front desk' } };
    const events = eventsOf(
      codecFor(),
      streamOf(
        ['response.created', 'response.in_progress', 'response.completed'].map((type) => ({
          type,
          response: responseOf(own),
        })),
      ),
    );
    const roles = Object.fromEntries(Object.values(lanesIn(events)).map(({ id, origin }) => [id, origin.role]));
    expect(roles).toEqual({
      'response/instructions': 'system',
      'response/tools': 'definition',
      'response/metadata': 'user',
    });
    expect(saidIn(events)).toEqual({
      'response/instructions': `${instructions}\n`,
      'response/tools': 'pay\nPays a bill.\nto whom\n',
      'response/metadata': 'front desk\n',
    });
  });

  test("does not take the model at its word when it says that its words are another one's", () => {
    const item = { id: 'm', type: 'message', role: 'system', content: [{ type: 'output_text', text: 'secret words' }] };
    const events = eventsOf(codecFor(asked(), JSON_HEAD), Buffer.from(''));
    expect(events).toEqual([]);
    const codec = codecFor(asked(), JSON_HEAD);
    codec.push(Buffer.from(JSON.stringify(responseOf({ status: 'completed', output: [item] }))));
    const whole = codec.end();
    if (isFault(whole)) throw new RangeError(whole.fault);
    expect(Object.values(lanesIn(whole)).map(({ origin }) => origin.role)).toEqual(['assistant']);
  });

  test('finds the output of an event that gives only an id', () => {
    const item = { id: 'msg_1', type: 'message', role: 'assistant', content: [] };
    const { output_index: _, ...unnumbered } = text('hello');
    const events = eventsOf(
      codecFor(),
      streamOf([created, { type: 'response.output_item.added', output_index: 3, item }, unnumbered]),
    );
    expect(saidIn(events)).toEqual({ '3/content/0/text': 'hello' });
  });

  test('names in its facts everything that the provider keeps, and but the container where it is to keep nothing', () => {
    const bytes = streamOf([
      { type: 'response.created', response: responseOf({ conversation: { id: 'conv_1' } }) },
      {
        type: 'response.output_item.done',
        output_index: 0,
        item: { id: 'ci_1', type: 'code_interpreter_call', code: 'x', container_id: 'cntr_1', outputs: null },
      },
    ]);
    const storedIn = (events: readonly WireEvent[]) => events.flatMap(({ facts }) => facts?.stored ?? []).slice(-4);
    expect(storedIn(eventsOf(codecFor(), bytes))).toEqual(['resp_1', 'conv_1', 'ci_1', 'cntr_1']);
    expect(storedIn(eventsOf(codecFor(asked({ stream: true, store: false })), bytes))).toEqual(['cntr_1']);
  });

  test('hears each way in which the provider says that it refused', () => {
    const signalsIn = (name: string) =>
      eventsOf(codecFor(), fixture(name)).flatMap(({ signals = [] }) =>
        signals.map(({ type, about }) => `${type} ${about}`),
      );
    expect(new Set(signalsIn('refusal.sse'))).toEqual(new Set(['refusal input']));
    expect(signalsIn('incomplete.sse')).toEqual(['filtered output', 'violence output', 'jailbreak input']);
    expect(signalsIn('failed.sse')).toEqual(['weapons input']);
    expect(signalsIn('search.sse')).toEqual(['violence input']);
    expect(new Set(signalsIn('computer.sse'))).toEqual(new Set(['injection output']));
  });

  test.each([
    ['text', text('x', { obfuscation: 'aB3' })],
    ['a refusal', { ...text('x'), type: 'response.refusal.delta', logprobs: undefined }],
    [
      'reasoning',
      { ...text('x'), type: 'response.reasoning_summary_text.delta', summary_index: 0, logprobs: undefined },
    ],
    [
      'arguments',
      { ...text('x'), type: 'response.function_call_arguments.delta', logprobs: undefined, obfuscation: 'q' },
    ],
  ])('reads one event of %s in full, and the ones like it by its shape', (_name, one) => {
    const book = new LaneBook();
    const reader = new ResponsesReader(book, { keeps: true, operation: 'responses.create', streams: true });
    let read = 0;
    const counting: AnswerReader = {
      read: (event) => {
        read += 1;
        return reader.read(event);
      },
      again: (match) => reader.again(match),
      readOther: (node) => reader.readOther(node),
      leaves: (lane, said) => reader.leaves(lane, said),
      ended: false,
      complete: false,
    };
    const codec = new StreamCodec({
      book,
      reader: counting,
      voice: SILENT,
      framing: new SseParser(LIMITS.maxBodyBytes),
      limits: LIMITS,
      nameField: 'event',
    });
    const many = Array.from({ length: 50 }, (_, at) => ({ ...one, delta: `piece ${at} ` }));
    const events = eventsOf(codec, streamOf([created, ...many]));
    expect(events).toHaveLength(51);
    expect(read).toBeLessThanOrEqual(3);
    expect(reader.sequence).toBe(50);
  });
});

const SILENT: AnswerVoice = { refuse: () => new Uint8Array(0), fault: () => new Uint8Array(0) };
