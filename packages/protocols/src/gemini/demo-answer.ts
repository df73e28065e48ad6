import { Buffer } from 'node:buffer';
import type { DemoAnswer } from '@sallyport/core';
import { billedTokens, piecesOf } from '../demo-fields.ts';
import type { DemoRequest } from './demo-request.ts';

const DEFAULT_CHUNK_CHARS = 4;
/** Stands for what a provider signs its model's thoughts with. */
const SIGNATURE = 'ZGVtby1zaWduYXR1cmU=';
const RESPONSE_ID = 'demo-response';
/** Numbers in a vector of the demo. */
const DIMENSIONS = 4;

/** An answer in this protocol's wire form: one chunk of JSON, or one chunk for each event or element of a stream. */
export function* renderDemoAnswer(answer: DemoAnswer, request: DemoRequest): Generator<Uint8Array> {
  if (request.operation === 'streamGenerateContent') {
    yield* renderStream(answer, request);
    return;
  }
  yield Buffer.from(JSON.stringify(wholeOf(answer, request)));
}

function wholeOf(answer: DemoAnswer, request: DemoRequest): object {
  switch (request.operation) {
    case 'countTokens':
      return { totalTokens: promptTokens(request) };
    case 'embedContent':
      return { embedding: { values: vectorOf(request.lastText) } };
    case 'batchEmbedContents':
      return { embeddings: request.texts.map((text) => ({ values: vectorOf(text) })) };
    default:
      return elementOf([...partsOf(answer, Number.POSITIVE_INFINITY), ...callsOf(answer)], {
        answer,
        request,
        last: true,
      });
  }
}

function* renderStream(answer: DemoAnswer, request: DemoRequest): Generator<Uint8Array> {
  const chars = Math.max(1, answer.chunkChars ?? DEFAULT_CHUNK_CHARS);
  const steps = [...partsOf(answer, chars), ...callsOf(answer)];
  if (steps.length === 0) steps.push({ text: '' });
  for (const [index, part] of steps.entries()) {
    const last = index === steps.length - 1;
    const json = JSON.stringify(elementOf([part], { answer, request, last }));
    if (request.sse) yield Buffer.from(`data: ${json}\r\n\r\n`);
    else yield Buffer.from(`${index === 0 ? '[' : ',\r\n'}${json}${last ? '\n]' : '\n'}`);
  }
}

interface Step {
  readonly answer: DemoAnswer;
  readonly request: DemoRequest;
  readonly last: boolean;
}

function elementOf(parts: readonly object[], { answer, request, last }: Step): object {
  const candidate = {
    content: { parts, role: 'model' },
    ...(last && { finishReason: answer.finishReason ?? 'STOP' }),
    index: 0,
  };
  return {
    candidates: [candidate],
    usageMetadata: usageOf(answer, request),
    modelVersion: request.model,
    responseId: RESPONSE_ID,
  };
}

/** A model of this protocol has no other words to refuse in than those of its answer. */
function partsOf({ text, reasoning, refusal }: DemoAnswer, chars: number): readonly object[] {
  const said = `${text ?? ''}${refusal ?? ''}`;
  const cut = (whole: string) => (Number.isFinite(chars) ? piecesOf(whole, chars) : whole === '' ? [] : [whole]);
  return [
    ...cut(reasoning ?? '').map((piece) => ({ text: piece, thought: true })),
    ...cut(said).map((piece) => ({ text: piece })),
  ];
}

function callsOf({ toolCalls = [] }: DemoAnswer): readonly object[] {
  return toolCalls.map((call, index) => ({
    functionCall: { id: `demo-call-${index}`, name: call.name, args: argumentsOf(call.arguments) },
    thoughtSignature: SIGNATURE,
  }));
}

/** Arguments are a value of their own here; what is no JSON stays a text. */
function argumentsOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function usageOf(
  { text = '', reasoning = '', refusal = '', toolCalls = [] }: DemoAnswer,
  request: DemoRequest,
): object {
  const calls = toolCalls.reduce((sum, call) => sum + call.name.length + call.arguments.length, 0);
  const promptTokenCount = promptTokens(request);
  const candidatesTokenCount = billedTokens(text.length + refusal.length + calls);
  const thoughtsTokenCount = billedTokens(reasoning.length);
  return {
    promptTokenCount,
    candidatesTokenCount,
    ...(reasoning !== '' && { thoughtsTokenCount }),
    totalTokenCount: promptTokenCount + candidatesTokenCount + thoughtsTokenCount,
  };
}

function promptTokens({ texts }: DemoRequest): number {
  return billedTokens(texts.reduce((sum, { length }) => sum + length, 0));
}

/** A vector of length 1 that depends on the text's characters and their places. */
function vectorOf(text: string): readonly number[] {
  const sums = Array.from({ length: DIMENSIONS }, (_, at) => at + 1);
  for (let at = 0; at < text.length; at += 1) {
    const slot = at % DIMENSIONS;
    sums[slot] = ((sums[slot] ?? 0) * 31 + text.charCodeAt(at)) % 1_009;
  }
  const length = Math.hypot(...sums) || 1;
  return sums.map((sum) => Number((sum / length).toFixed(6)));
}
