import { openaiChat } from '@sallyport/protocols';
import { answerOf, DONE, eventOf, requestBody, streamOf, textIn } from '../chat-wire.ts';
import type { ProtocolWire } from './protocol-wire.ts';
import { slicesOf } from './slices-of.ts';

export const wire: ProtocolWire = {
  adapter: openaiChat,
  endpoint: () => ({
    kind: 'exchange',
    operation: 'chat.completions',
    method: 'POST',
    upstreamPath: '/chat/completions',
  }),
  request: (content, stream) => requestBody(content, { stream }),
  answer: answerOf,
  stream: (pieces) => Buffer.from(streamOf(pieces)),
  streamType: 'text/event-stream',
  textIn: (bytes) => textIn(Buffer.from(bytes).toString()),
  toolStream: (name, args, pieces) => {
    const call = (fields: object) => eventOf({ delta: { tool_calls: [{ index: 0, ...fields }] } });
    const head = call({ id: 'call_1', type: 'function', function: { name, arguments: '' } });
    const rest = slicesOf(args, pieces).map((piece) => call({ function: { arguments: piece } }));
    return Buffer.from([head, ...rest, eventOf({ delta: {}, finish: 'tool_calls' }), DONE].join(''));
  },
};
