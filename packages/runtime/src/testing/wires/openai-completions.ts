import { openaiCompletions } from '@sallyport/protocols';
import { eventsIn } from '../chat-wire.ts';
import type { ProtocolWire } from './protocol-wire.ts';

const HEAD = { id: 'c', object: 'text_completion', created: 1, model: 'm' };
const choice = (text: string, reason: string | null) => ({ text, index: 0, logprobs: null, finish_reason: reason });
const event = (text: string, reason: string | null) =>
  `data: ${JSON.stringify({ ...HEAD, choices: [choice(text, reason)] })}\n\n`;

export const wire: ProtocolWire = {
  adapter: openaiCompletions,
  endpoint: () => ({ kind: 'exchange', operation: 'completions', method: 'POST', upstreamPath: '/completions' }),
  request: (content, stream) => JSON.stringify({ model: 'm', prompt: content, stream }),
  answer: (text) => JSON.stringify({ ...HEAD, choices: [choice(text, 'stop')] }),
  stream: (pieces) =>
    Buffer.from(`${pieces.map((piece) => event(piece, null)).join('')}${event('', 'stop')}data: [DONE]\n\n`),
  streamType: 'text/event-stream',
  textIn: (bytes) => {
    const text = Buffer.from(bytes).toString();
    const values = text.startsWith('{') ? [text] : eventsIn(text);
    return values.map((value) => JSON.parse(value).choices?.[0]?.text ?? '').join('');
  },
};
