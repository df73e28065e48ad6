import { openaiResponses } from '@sallyport/protocols';
import type { ProtocolWire } from './protocol-wire.ts';
import { slicesOf } from './slices-of.ts';

const AT = { output_index: 0, item_id: 'msg_1' };
const IN = { ...AT, content_index: 0 };
const partOf = (text: string) => ({ type: 'output_text', text, annotations: [] });
const messageOf = (text: string | undefined) => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content: text === undefined ? [] : [partOf(text)],
});
const responseOf = (status: string, output: readonly object[]) => ({
  id: 'resp_1',
  object: 'response',
  created_at: 1,
  status,
  model: 'm',
  output,
});

function eventsOf(events: readonly { readonly type: string }[]): Uint8Array {
  const lines = events.map((event, at) => {
    return `event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number: at })}\n\n`;
  });
  return Buffer.from(lines.join(''));
}

interface Said {
  readonly type?: string;
  readonly delta?: string;
  readonly text?: string;
  readonly refusal?: string;
  readonly part?: { readonly text?: string };
  readonly item?: { readonly content?: readonly { readonly text?: string }[] };
  readonly response?: { readonly output?: readonly { readonly content?: readonly { readonly text?: string }[] }[] };
  readonly output?: readonly { readonly content?: readonly { readonly text?: string; readonly refusal?: string }[] }[];
}

const saidIn = (bytes: Uint8Array): readonly Said[] =>
  Buffer.from(bytes)
    .toString()
    .split('\n\n')
    .flatMap((event) => {
      const data = /^data: ([^\r\n]*)/m.exec(event)?.[1];
      return data === undefined || !data.endsWith('}') ? [] : [JSON.parse(data)];
    });

export const wire: ProtocolWire = {
  adapter: openaiResponses,
  endpoint: () => ({ kind: 'exchange', operation: 'responses.create', method: 'POST', upstreamPath: '/responses' }),
  request: (content, stream) => JSON.stringify({ model: 'm', input: content, stream }),
  answer: (text) => JSON.stringify(responseOf('completed', [messageOf(text)])),
  stream: (pieces) => {
    const text = pieces.join('');
    return eventsOf([
      { type: 'response.created', response: responseOf('in_progress', []) },
      { type: 'response.output_item.added', output_index: 0, item: messageOf(undefined) },
      { type: 'response.content_part.added', ...IN, part: partOf('') },
      ...pieces.map((delta) => ({ type: 'response.output_text.delta', ...IN, delta, logprobs: [] })),
      { type: 'response.output_text.done', ...IN, text, logprobs: [] },
      { type: 'response.content_part.done', ...IN, part: partOf(text) },
      { type: 'response.output_item.done', output_index: 0, item: messageOf(text) },
      { type: 'response.completed', response: responseOf('completed', [messageOf(text)]) },
    ] as readonly { readonly type: string }[]);
  },
  streamType: 'text/event-stream',
  textIn: (bytes, stream) => {
    const text = Buffer.from(bytes).toString();
    if (!stream || text.startsWith('{')) {
      const [item] = (JSON.parse(text) as Said).output ?? [];
      return item?.content?.map((part) => part.text ?? part.refusal ?? '').join('') ?? '';
    }
    return saidIn(bytes)
      .map(({ type, delta }) =>
        type === 'response.output_text.delta' || type === 'response.refusal.delta' ? delta : '',
      )
      .join('');
  },
  repeats: (bytes) =>
    saidIn(bytes).flatMap(({ type, text, part, item, response }) => {
      if (type === 'response.output_text.done') return [text ?? ''];
      if (type === 'response.content_part.done') return [part?.text ?? ''];
      if (type === 'response.output_item.done') return [item?.content?.[0]?.text ?? ''];
      return type === 'response.completed' ? [response?.output?.[0]?.content?.[0]?.text ?? ''] : [];
    }),
  toolStream: (name, args, pieces) => {
    const call = { id: 'fc_1', type: 'function_call', call_id: 'call_1', name };
    return eventsOf([
      { type: 'response.created', response: responseOf('in_progress', []) },
      { type: 'response.output_item.added', output_index: 0, item: { ...call, arguments: '' } },
      ...slicesOf(args, pieces).map((delta) => ({ type: 'response.function_call_arguments.delta', ...AT, delta })),
      { type: 'response.function_call_arguments.done', ...AT, name, arguments: args },
      { type: 'response.output_item.done', output_index: 0, item: { ...call, arguments: args } },
      { type: 'response.completed', response: responseOf('completed', [{ ...call, arguments: args }]) },
    ] as readonly { readonly type: string }[]);
  },
};
