import { Buffer } from 'node:buffer';
import type { DemoAnswer } from '@sallyport/core';
import type { DemoRequest } from './demo-request.ts';
import { eventFrame } from './frames.ts';

/** Characters that the demo bills as one token. */
const TOKEN_CHARS = 4;
const DEFAULT_CHUNK_CHARS = 4;
/** The demo's clock stands still: the same request gives the same bytes. Milliseconds. */
const METRICS = { latencyMs: 100 };
/** Stands for the signature by which a provider knows its model's reasoning again. */
const SIGNATURE = 'ZGVtby1zaWduYXR1cmU=';
/** Bedrock hides the lengths of what its streams say behind padding of this alphabet. */
const PADDING = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** A whole answer in this protocol's wire form. */
export function* renderWhole(answer: DemoAnswer, request: DemoRequest): Generator<Uint8Array> {
  const content = blocksOf(answer).map(({ whole }) => whole);
  yield Buffer.from(
    JSON.stringify({
      metrics: METRICS,
      output: { message: { content, role: 'assistant' } },
      stopReason: stopReasonOf(answer),
      usage: usageOf(answer, request),
    }),
  );
}

/** The same as a stream, one event a chunk. */
export function* renderStream(answer: DemoAnswer, request: DemoRequest): Generator<Uint8Array> {
  let count = 0;
  const frame = (type: string, payload: object) => {
    count += 1;
    return eventFrame(type, { ...payload, p: PADDING.slice(0, 1 + ((count * 7) % PADDING.length)) });
  };
  yield frame('messageStart', { role: 'assistant' });
  for (const [contentBlockIndex, { start, deltas }] of blocksOf(answer).entries()) {
    if (start !== undefined) yield frame('contentBlockStart', { contentBlockIndex, start });
    for (const delta of deltas) yield frame('contentBlockDelta', { contentBlockIndex, delta });
    yield frame('contentBlockStop', { contentBlockIndex });
  }
  yield frame('messageStop', { stopReason: stopReasonOf(answer) });
  yield frame('metadata', { metrics: METRICS, usage: usageOf(answer, request) });
}

/** How many tokens a request has. */
export function* renderCount(request: DemoRequest): Generator<Uint8Array> {
  yield Buffer.from(JSON.stringify({ inputTokens: tokenCount(request.promptChars) }));
}

interface DemoBlock {
  readonly whole: object;
  readonly start?: object;
  readonly deltas: readonly object[];
}

function blocksOf(answer: DemoAnswer): readonly DemoBlock[] {
  const { text, reasoning, refusal, toolCalls = [] } = answer;
  const blocks: DemoBlock[] = [];
  if (reasoning !== undefined) {
    blocks.push({
      whole: { reasoningContent: { reasoningText: { text: reasoning, signature: SIGNATURE } } },
      deltas: [
        ...pieces(reasoning, answer).map((piece) => ({ reasoningContent: { text: piece } })),
        { reasoningContent: { signature: SIGNATURE } },
      ],
    });
  }
  for (const said of [text, refusal]) {
    if (said === undefined) continue;
    blocks.push({ whole: { text: said }, deltas: pieces(said, answer).map((piece) => ({ text: piece })) });
  }
  for (const [index, call] of toolCalls.entries()) {
    const head = { toolUseId: `tooluse_demo_${index}`, name: call.name };
    blocks.push({
      whole: { toolUse: { ...head, input: inputOf(call.arguments) } },
      start: { toolUse: head },
      deltas: pieces(call.arguments, answer).map((input) => ({ toolUse: { input } })),
    });
  }
  return blocks;
}

function inputOf(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    return source;
  }
}

/** Pieces of so many characters; a surrogate pair is never split. */
function pieces(text: string, { chunkChars = DEFAULT_CHUNK_CHARS }: DemoAnswer): readonly string[] {
  const cut: string[] = [];
  let from = 0;
  while (from < text.length) {
    let to = from + Math.max(1, chunkChars);
    const last = text.charCodeAt(to - 1);
    if (last >= 0xd800 && last <= 0xdbff) to += 1;
    cut.push(text.slice(from, to));
    from = to;
  }
  return cut;
}

/** A model that declines says so in text, and Bedrock names no reason of its own for it. */
function stopReasonOf({ finishReason, toolCalls = [] }: DemoAnswer): string {
  return finishReason ?? (toolCalls.length === 0 ? 'end_turn' : 'tool_use');
}

function usageOf({ text, reasoning, refusal, toolCalls = [] }: DemoAnswer, { promptChars }: DemoRequest): object {
  const calls = toolCalls.map((call) => call.name.length + call.arguments.length);
  const chars = [text?.length ?? 0, reasoning?.length ?? 0, refusal?.length ?? 0, ...calls];
  const inputTokens = tokenCount(promptChars);
  const outputTokens = tokenCount(chars.reduce((sum, each) => sum + each, 0));
  return { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens };
}

function tokenCount(chars: number): number {
  return Math.ceil(chars / TOKEN_CHARS);
}
