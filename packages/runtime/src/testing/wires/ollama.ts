import { ollama } from '@sallyport/protocols';
import type { ProtocolWire } from './protocol-wire.ts';

const HEAD = { model: 'm', created_at: '2025-01-01T00:00:00.5Z' } as const;
const END = { done: true, done_reason: 'stop', prompt_eval_count: 1, eval_count: 1 } as const;

interface Line {
  readonly message?: { readonly content?: string };
}

export const wire: ProtocolWire = {
  adapter: ollama,
  endpoint: () => ({ kind: 'exchange', operation: 'chat', method: 'POST', upstreamPath: '/api/chat' }),
  request: (content, stream) => JSON.stringify({ model: 'm', stream, messages: [{ role: 'user', content }] }),
  answer: (text) => JSON.stringify({ ...HEAD, message: { role: 'assistant', content: text }, ...END }),
  stream: (pieces) => linesOf([...pieces.map((content) => said({ content })), { ...said({ content: '' }), ...END }]),
  streamType: 'application/x-ndjson',
  textIn: (bytes) =>
    Buffer.from(bytes)
      .toString()
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => (JSON.parse(line) as Line).message?.content ?? '')
      .join(''),
  // A call comes whole in this protocol: the pieces are texts around it.
  toolStream: (name, args, pieces) => {
    const texts = Array.from({ length: pieces }, () => said({ content: 'so ' }));
    const call = said({ content: '', tool_calls: [{ function: { name, arguments: JSON.parse(args) } }] });
    return linesOf([...texts, call, { ...said({ content: '' }), ...END }]);
  },
};

function said(message: object): object {
  return { ...HEAD, message: { role: 'assistant', ...message }, done: false };
}

function linesOf(lines: readonly object[]): Uint8Array {
  return Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}
