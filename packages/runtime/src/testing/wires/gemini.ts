import { gemini } from '@sallyport/protocols';
import type { ProtocolWire } from './protocol-wire.ts';

const HEAD = { modelVersion: 'm', responseId: 'r1' } as const;
const USAGE = { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 } as const;

interface Element {
  readonly candidates?: readonly {
    readonly content?: { readonly parts?: readonly { readonly text?: string; readonly thought?: boolean }[] };
  }[];
}

export const wire: ProtocolWire = {
  adapter: gemini,
  endpoint: (stream) => ({
    kind: 'exchange',
    operation: stream ? 'streamGenerateContent' : 'generateContent',
    method: 'POST',
    upstreamPath: `/v1beta/models/m:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    model: 'm',
    stream,
  }),
  request: (content) => JSON.stringify({ contents: [{ role: 'user', parts: [{ text: content }] }] }),
  answer: (text) => JSON.stringify(element([{ text }], 'STOP')),
  stream: (pieces) => eventsOf([...pieces.map((text) => element([{ text }])), element([{ text: '' }], 'STOP')]),
  streamType: 'text/event-stream',
  textIn: (bytes, stream) => {
    const said = Buffer.from(bytes).toString();
    const elements: readonly Element[] = stream ? elementsIn(said) : [JSON.parse(said)];
    return elements
      .flatMap(({ candidates }) => candidates?.[0]?.content?.parts ?? [])
      .map(({ text, thought }) => (thought === true ? '' : (text ?? '')))
      .join('');
  },
  toolStream: (name, args, pieces) => {
    const more = (functionCall: object) => element([{ functionCall: { ...functionCall, willContinue: true } }]);
    const size = Math.max(1, Math.ceil(args.length / pieces));
    const cut = Array.from({ length: Math.ceil(args.length / size) }, (_, at) =>
      args.slice(at * size, (at + 1) * size),
    );
    return eventsOf([
      more({ name }),
      ...cut.map((stringValue) => more({ partialArgs: [{ jsonPath: '$.value', stringValue, willContinue: true }] })),
      element([{ functionCall: {} }], 'STOP'),
    ]);
  },
};

function element(parts: readonly object[], finishReason?: string): object {
  const candidate = {
    content: { parts, role: 'model' },
    ...(finishReason !== undefined && { finishReason }),
    index: 0,
  };
  return { candidates: [candidate], usageMetadata: USAGE, ...HEAD };
}

function eventsOf(elements: readonly object[]): Uint8Array {
  return Buffer.from(elements.map((each) => `data: ${JSON.stringify(each)}\r\n\r\n`).join(''));
}

/** The last event may be cut off. */
function elementsIn(said: string): readonly Element[] {
  return said
    .split('\r\n\r\n')
    .slice(0, -1)
    .map((block) => block.replace(/^(?:: *\n\n)+/, ''))
    .flatMap((block) => (block.startsWith('data: ') ? [JSON.parse(block.slice('data: '.length)) as Element] : []));
}
