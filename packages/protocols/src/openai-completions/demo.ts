import type { DemoAnswer } from '@sallyport/core';
import { sseData } from '../answer/sse.ts';
import { billedTokens, type DemoFields, fieldsOf, jsonOf, piecesOf } from '../demo-fields.ts';
import type { DemoVoice } from '../demo-voice.ts';
import { openaiDemoError } from '../openai/demo-error.ts';
import { DONE } from '../openai/errors.ts';

const DEFAULT_CHUNK_CHARS = 4;
/** The demo's clock stands still. 2025-01-01T00:00:00Z, seconds. */
const CREATED = 1_735_689_600;
const CHOICES_MAX = 128;

/** Legacy completions as the demo speaks them. */
export const openaiCompletionsDemo: DemoVoice = {
  id: 'openai-completions',
  read({ path, body }) {
    if (!path.startsWith('/completions') && !/^\/deployments\/[^/]+\/completions\b/.test(path)) return undefined;
    const request = fieldsOf(jsonOf(body));
    const lastText = promptsOf(request).at(-1) ?? '';
    return {
      ask: { script: undefined, lastText, forcedTool: undefined, schema: undefined },
      contentType: request.stream === true ? 'text/event-stream; charset=utf-8' : 'application/json',
      render: (answer) => render(answer, request),
    };
  },
  error: openaiDemoError,
  models: () => undefined,
};

function promptsOf({ prompt }: DemoFields): readonly string[] {
  if (typeof prompt === 'string') return [prompt];
  return Array.isArray(prompt) ? prompt.filter((one): one is string => typeof one === 'string') : [];
}

function* render(answer: DemoAnswer, request: DemoFields): Generator<Uint8Array> {
  const text = answer.text ?? answer.refusal ?? '';
  const asked = typeof request.n === 'number' ? Math.max(1, Math.trunc(request.n)) : 1;
  const count = Math.min(CHOICES_MAX, asked * Math.max(1, promptsOf(request).length));
  const indexes = Array.from({ length: count }, (_, index) => index);
  const head = {
    id: 'cmpl-demo',
    object: 'text_completion',
    created: CREATED,
    model: typeof request.model === 'string' ? request.model : 'demo',
    system_fingerprint: 'fp_demo',
  };
  const reason = answer.finishReason ?? 'stop';
  const usage = usageOf(promptsOf(request).join(''), text, count);
  if (request.stream !== true) {
    const choices = indexes.map((index) => ({ text, index, logprobs: null, finish_reason: reason }));
    yield Buffer.from(JSON.stringify({ ...head, choices, usage }));
    return;
  }
  const event = (index: number, piece: string, finish: string | null) =>
    Buffer.from(sseData({ ...head, choices: [{ text: piece, index, logprobs: null, finish_reason: finish }] }));
  for (const piece of piecesOf(text, Math.max(1, answer.chunkChars ?? DEFAULT_CHUNK_CHARS))) {
    for (const index of indexes) yield event(index, piece, null);
  }
  for (const index of indexes) yield event(index, '', reason);
  if (fieldsOf(request.stream_options).include_usage === true) {
    yield Buffer.from(sseData({ ...head, choices: [], usage }));
  }
  yield Buffer.from(DONE);
}

function usageOf(prompt: string, text: string, count: number): object {
  const [prompted, completed] = [billedTokens(prompt.length), count * billedTokens(text.length)];
  return { prompt_tokens: prompted, completion_tokens: completed, total_tokens: prompted + completed };
}
