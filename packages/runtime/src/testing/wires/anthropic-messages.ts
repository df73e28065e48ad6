import { anthropicMessages } from '@sallyport/protocols';
import type { ProtocolWire } from './protocol-wire.ts';
import { slicesOf } from './slices-of.ts';

interface MessagesEvent {
  readonly type: string;
  readonly [member: string]: unknown;
}

interface Said {
  readonly content?: readonly { readonly text?: string }[];
  readonly delta?: { readonly text?: string };
}

const HEAD = { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', stop_sequence: null };
const USAGE = { input_tokens: 1, output_tokens: 1 };

function framed(events: readonly MessagesEvent[]): Uint8Array {
  return Buffer.from(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''));
}

/** One block of an answer, with what begins and ends the answer around it. */
function streamOf(block: object, deltas: readonly object[], reason: string): Uint8Array {
  return framed([
    { type: 'message_start', message: { ...HEAD, content: [], stop_reason: null, usage: USAGE } },
    { type: 'content_block_start', index: 0, content_block: block },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index: 0, delta })),
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: reason, stop_sequence: null }, usage: { output_tokens: 1 } },
    { type: 'message_stop' },
  ]);
}

/** Events of which the client has the whole: SDKs leave one alone that its connection broke off. */
function eventsIn(wire: string): readonly Said[] {
  return wire
    .split('\n\n')
    .slice(0, -1)
    .map((event) => JSON.parse(event.replace(/^event: .*\ndata: /, '')) as Said);
}

export const wire: ProtocolWire = {
  adapter: anthropicMessages,
  endpoint: () => ({ kind: 'exchange', operation: 'messages', method: 'POST', upstreamPath: '/v1/messages' }),
  request: (content, stream) =>
    JSON.stringify({ model: 'm', max_tokens: 64, stream, messages: [{ role: 'user', content }] }),
  answer: (text) =>
    JSON.stringify({ ...HEAD, content: [{ type: 'text', text }], stop_reason: 'end_turn', usage: USAGE }),
  stream: (pieces) =>
    streamOf(
      { type: 'text', text: '' },
      pieces.map((text) => ({ type: 'text_delta', text })),
      'end_turn',
    ),
  streamType: 'text/event-stream',
  textIn: (bytes, stream) => {
    const text = Buffer.from(bytes).toString();
    if (stream)
      return eventsIn(text)
        .map(({ delta }) => delta?.text ?? '')
        .join('');
    return ((JSON.parse(text) as Said).content ?? []).map((block) => block.text ?? '').join('');
  },
  toolStream: (name, args, pieces) =>
    streamOf(
      { type: 'tool_use', id: 'toolu_1', name, input: {} },
      slicesOf(args, pieces).map((piece) => ({ type: 'input_json_delta', partial_json: piece })),
      'tool_use',
    ),
};
