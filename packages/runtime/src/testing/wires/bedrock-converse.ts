import { bedrockConverse } from '@sallyport/protocols';
import { EventStreamParser, encodeEventFrame, type Framing } from '@sallyport/wire';
import type { ProtocolWire } from './protocol-wire.ts';
import { slicesOf } from './slices-of.ts';

const MODEL = 'amazon.nova-pro-v1:0';
const MAX_BYTES = 10_000_000;
const USAGE = { inputTokens: 1, outputTokens: 1, totalTokens: 2 };
const METRICS = { latencyMs: 1 };

function event(type: string, payload: object): Uint8Array {
  const headers = { ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' };
  return encodeEventFrame(headers, JSON.stringify({ ...payload, p: 'abcdefghijk' }));
}

const begun = event('messageStart', { role: 'assistant' });
const ended = (stopReason: string) => [
  event('contentBlockStop', { contentBlockIndex: 0 }),
  event('messageStop', { stopReason }),
  event('metadata', { metrics: METRICS, usage: USAGE }),
];
const delta = (said: object) => event('contentBlockDelta', { contentBlockIndex: 0, delta: said });

export const wire: ProtocolWire = {
  adapter: bedrockConverse,
  endpoint: (stream) => {
    const operation = stream ? 'converse-stream' : 'converse';
    const upstreamPath = `/model/${encodeURIComponent(MODEL)}/${operation}`;
    return { kind: 'exchange', operation, method: 'POST', upstreamPath, model: MODEL, stream };
  },
  request: (content) => JSON.stringify({ messages: [{ role: 'user', content: [{ text: content }] }] }),
  answer: (text) =>
    JSON.stringify({
      output: { message: { role: 'assistant', content: [{ text }] } },
      stopReason: 'end_turn',
      usage: USAGE,
      metrics: METRICS,
    }),
  stream: (pieces) => Buffer.concat([begun, ...pieces.map((text) => delta({ text })), ...ended('end_turn')]),
  streamType: 'application/vnd.amazon.eventstream',
  textIn: (bytes, stream) => (stream ? streamedText(bytes) : wholeText(bytes)),
  toolStream: (name, args, pieces) => {
    const start = event('contentBlockStart', {
      contentBlockIndex: 0,
      start: { toolUse: { name, toolUseId: 'call_1' } },
    });
    const inputs = slicesOf(args, pieces).map((input) => delta({ toolUse: { input } }));
    return Buffer.concat([begun, start, ...inputs, ...ended('tool_use')]);
  },
};

interface Said {
  readonly text?: string;
}

function wholeText(bytes: Uint8Array): string {
  const blocks: readonly Said[] = JSON.parse(Buffer.from(bytes).toString()).output?.message?.content ?? [];
  return blocks.map(({ text = '' }) => text).join('');
}

/** The texts of all whole messages. */
function streamedText(bytes: Uint8Array): string {
  const framing: Framing = new EventStreamParser(MAX_BYTES);
  let text = '';
  for (let from = 0; from < bytes.length; ) {
    const taken = framing.take(bytes, from);
    if (taken === undefined || 'fault' in taken) break;
    const said: Said | undefined = JSON.parse(taken.frame.data ?? '{}').delta;
    text += said?.text ?? '';
    from = taken.end;
  }
  return text;
}
