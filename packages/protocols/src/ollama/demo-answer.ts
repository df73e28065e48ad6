import { Buffer } from 'node:buffer';
import type { DemoAnswer } from '@sallyport/core';
import { billedTokens, piecesOf } from '../demo-fields.ts';
import type { DemoRequest } from './demo-request.ts';
import { isGenerated } from './endpoints.ts';

const DEFAULT_CHUNK_CHARS = 4;
/** The demo's clock stands still: the same request gives the same bytes. */
const CREATED_AT = '2025-01-01T00:00:00.123456789Z';
/** Every token of the demo is as likely as the next. */
const LOGPROB = -0.25;
/** Tokens of the conversation so far, as the demo numbers them. */
const CONTEXT: readonly number[] = [128_006, 882, 128_007];
/** Numbers in a vector of the demo. */
const DIMENSIONS = 4;

/** What one line, or a whole answer, says. */
interface Said {
  readonly content?: string;
  readonly thinking?: string;
  readonly calls?: readonly object[];
}

/** An answer in this protocol's wire form: one chunk of JSON, or one chunk for each line of a stream. */
export function* renderDemoAnswer(answer: DemoAnswer, request: DemoRequest): Generator<Uint8Array> {
  if (!isGenerated(request.operation)) {
    yield Buffer.from(JSON.stringify(vectorsOf(request)));
    return;
  }
  const end = endOf(answer, request);
  if (!request.stream) {
    yield Buffer.from(JSON.stringify({ ...lineOf(wholeOf(answer), request), ...end, ...tokensOf(answer, request) }));
    return;
  }
  for (const said of stepsOf(answer)) {
    const token = said.thinking ?? said.content;
    const logprobs = request.logprobs && token !== undefined ? { logprobs: [{ token, logprob: LOGPROB }] } : {};
    yield bytesOf({ ...lineOf(said, request), done: false, ...logprobs });
  }
  yield bytesOf({ ...lineOf({}, request), ...end });
}

function stepsOf(answer: DemoAnswer): readonly Said[] {
  const chars = chunkCharsOf(answer);
  const { thinking = '', content = '', calls } = wholeOf(answer);
  const steps: Said[] = piecesOf(thinking, chars).map((piece) => ({ thinking: piece }));
  steps.push(...piecesOf(content, chars).map((piece) => ({ content: piece })));
  if (calls !== undefined) steps.push({ calls });
  return steps;
}

/** A model of this protocol has no other words to refuse in than those of its answer. */
function wholeOf({ text, reasoning, refusal, toolCalls }: DemoAnswer): Said {
  const content = `${text ?? ''}${refusal ?? ''}`;
  return {
    content,
    ...(reasoning !== undefined && { thinking: reasoning }),
    ...(toolCalls !== undefined && {
      calls: toolCalls.map((call) => ({ function: { name: call.name, arguments: argumentsOf(call.arguments) } })),
    }),
  };
}

function lineOf({ content = '', thinking, calls }: Said, { operation, model }: DemoRequest): object {
  const words = {
    ...(thinking !== undefined && { thinking }),
    ...(calls !== undefined && { tool_calls: calls }),
  };
  const head = { model, created_at: CREATED_AT };
  if (operation === 'generate') return { ...head, response: content, ...words };
  return { ...head, message: { role: 'assistant', content, ...words } };
}

/** Arguments are a value of their own here; what is no JSON stays a text. */
function argumentsOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function endOf(answer: DemoAnswer, { operation, texts }: DemoRequest): object {
  const { content = '', thinking = '', calls = [] } = wholeOf(answer);
  const tokens = billedTokens(
    content.length + thinking.length + (calls.length === 0 ? 0 : JSON.stringify(calls).length),
  );
  return {
    done: true,
    done_reason: answer.finishReason ?? 'stop',
    ...(operation === 'generate' && { context: CONTEXT }),
    total_duration: 1_000_000,
    load_duration: 100_000,
    prompt_eval_count: billedTokens(texts.reduce((sum, { length }) => sum + length, 0)),
    prompt_eval_duration: 400_000,
    eval_count: tokens,
    eval_duration: 500_000,
  };
}

/** Pieces of thinking and of content, each of which counts as a token. */
function tokensOf(answer: DemoAnswer, { logprobs }: DemoRequest): object {
  if (!logprobs) return {};
  const tokens = stepsOf(answer).flatMap(({ thinking, content }) => thinking ?? content ?? []);
  return { logprobs: tokens.map((token) => ({ token, logprob: LOGPROB })) };
}

function vectorsOf({ operation, model, texts }: DemoRequest): object {
  if (operation === 'embeddings') return { embedding: vectorOf(texts[0] ?? '') };
  const prompt = texts.reduce((sum, { length }) => sum + length, 0);
  return {
    model,
    embeddings: texts.map(vectorOf),
    total_duration: 1_000_000,
    load_duration: 100_000,
    prompt_eval_count: billedTokens(prompt),
  };
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

function chunkCharsOf({ chunkChars }: DemoAnswer): number {
  return Math.max(1, chunkChars ?? DEFAULT_CHUNK_CHARS);
}

function bytesOf(value: object): Uint8Array {
  return Buffer.from(`${JSON.stringify(value)}\n`);
}
