import { Buffer } from 'node:buffer';
import type { DemoAnswer } from '@sallyport/core';
import { billedTokens, piecesOf } from '../demo-fields.ts';
import type { DemoRequest } from './demo-request.ts';

const DEFAULT_CHUNK_CHARS = 4;
/** The demo's clock stands still: the same request gives the same bytes. 2025-01-01T00:00:00Z, seconds. */
const CREATED = 1_735_689_600;
/** Every token of the demo is as likely as the next. */
const LOGPROB = -0.25;

/** An answer in this protocol's wire form: one chunk of JSON, or one chunk for each event of a stream. */
export function* renderDemoAnswer(answer: DemoAnswer, request: DemoRequest): Generator<Uint8Array> {
  if (!request.stream) {
    yield bytesOf(completion(answer, request));
    return;
  }
  for (const event of events(answer, request)) yield Buffer.from(`data: ${JSON.stringify(event)}\n\n`);
  yield Buffer.from('data: [DONE]\n\n');
}

function completion(answer: DemoAnswer, request: DemoRequest): object {
  const choices = indexes(request).map((index) => ({
    index,
    message: messageOf(answer, index),
    logprobs: request.logprobs ? tokensOf(contentOf(answer), chunkCharsOf(answer)) : null,
    finish_reason: finishReasonOf(answer),
  }));
  return { ...headOf(request, 'chat.completion'), choices, usage: usageOf(answer, request) };
}

function messageOf({ text, reasoning, refusal, toolCalls }: DemoAnswer, choice: number): object {
  return {
    role: 'assistant',
    content: text ?? null,
    refusal: refusal ?? null,
    ...(reasoning !== undefined && { reasoning_content: reasoning }),
    ...(toolCalls !== undefined && {
      tool_calls: toolCalls.map((call, index) => ({ id: callId(choice, index), type: 'function', function: call })),
    }),
  };
}

/** `exactOptionalPropertyTypes`: what is absent stays absent. */
function contentOf({ text, refusal }: DemoAnswer): Pick<Step, 'content' | 'refusal'> {
  return { ...(text !== undefined && { content: text }), ...(refusal !== undefined && { refusal }) };
}

/** One step of a stream: what it adds, and the text whose tokens it may show. */
interface Step {
  readonly delta: object;
  readonly content?: string;
  readonly refusal?: string;
}

function* events(answer: DemoAnswer, request: DemoRequest): Generator<object> {
  const head = { ...headOf(request, 'chat.completion.chunk'), ...(request.includeUsage && { usage: null }) };
  const event = (choice: object) => ({ ...head, choices: [choice] });
  const all = indexes(request);
  const content = answer.toolCalls === undefined && answer.refusal === undefined ? '' : null;
  for (const index of all) {
    const delta = { role: 'assistant', content, refusal: null };
    yield event({ index, delta, logprobs: null, finish_reason: null });
  }
  const steps = all.map((index) => stepsOf(answer, index));
  // Choices take turns, as those of a model that works on all of them at once do.
  for (let turn = 0; turn < (steps[0]?.length ?? 0); turn += 1) {
    for (const index of all) {
      const step = steps[index]?.[turn];
      if (step === undefined) continue;
      const logprobs = request.logprobs ? tokensOf(step, chunkCharsOf(answer)) : null;
      yield event({ index, delta: step.delta, logprobs, finish_reason: null });
    }
  }
  for (const index of all) yield event({ index, delta: {}, logprobs: null, finish_reason: finishReasonOf(answer) });
  if (request.includeUsage) yield { ...head, choices: [], usage: usageOf(answer, request) };
}

function stepsOf(answer: DemoAnswer, choice: number): readonly Step[] {
  const chars = chunkCharsOf(answer);
  const steps: Step[] = [];
  for (const piece of piecesOf(answer.reasoning, chars)) steps.push({ delta: { reasoning_content: piece } });
  for (const content of piecesOf(answer.text, chars)) steps.push({ delta: { content }, content });
  for (const refusal of piecesOf(answer.refusal, chars)) steps.push({ delta: { refusal }, refusal });
  for (const [index, call] of (answer.toolCalls ?? []).entries()) {
    const head = { index, id: callId(choice, index), type: 'function', function: { name: call.name, arguments: '' } };
    steps.push({ delta: { tool_calls: [head] } });
    for (const piece of piecesOf(call.arguments, chars)) {
      steps.push({ delta: { tool_calls: [{ index, function: { arguments: piece } }] } });
    }
  }
  return steps;
}

/** A piece of text is a token, whatever its length. */
function tokensOf({ content, refusal }: Pick<Step, 'content' | 'refusal'>, chars: number): object {
  const tokens = (text: string | undefined) =>
    text === undefined
      ? null
      : piecesOf(text, chars).map((token) => ({
          token,
          logprob: LOGPROB,
          bytes: [...Buffer.from(token)],
          top_logprobs: [],
        }));
  return { content: tokens(content), refusal: tokens(refusal) };
}

function headOf({ model }: DemoRequest, object: string): object {
  return {
    id: 'chatcmpl-demo',
    object,
    created: CREATED,
    model,
    service_tier: 'default',
    system_fingerprint: 'fp_demo',
  };
}

function finishReasonOf({ finishReason, toolCalls }: DemoAnswer): string {
  return finishReason ?? (toolCalls === undefined || toolCalls.length === 0 ? 'stop' : 'tool_calls');
}

function usageOf(answer: DemoAnswer, { promptChars, choices }: DemoRequest): object {
  const reasoning = billedTokens(answer.reasoning?.length ?? 0);
  const calls = (answer.toolCalls ?? []).map((call) => call.name.length + call.arguments.length);
  const chars = [answer.text?.length ?? 0, answer.refusal?.length ?? 0, ...calls];
  const completion = choices * (reasoning + billedTokens(chars.reduce((sum, each) => sum + each, 0)));
  const prompt = billedTokens(promptChars);
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: choices * reasoning, audio_tokens: 0 },
  };
}

function callId(choice: number, index: number): string {
  return `call_demo_${choice}_${index}`;
}

function chunkCharsOf({ chunkChars }: DemoAnswer): number {
  return Math.max(1, chunkChars ?? DEFAULT_CHUNK_CHARS);
}

function indexes({ choices }: DemoRequest): readonly number[] {
  return Array.from({ length: choices }, (_, index) => index);
}

function bytesOf(value: object): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}
