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
/** Every token of the demo is as likely as the next. */
const LOGPROB = -0.25;

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

/** One of the answers: what the client sees at once, in a stream piece by piece. */
interface DemoChoice {
  readonly index: number;
  readonly pieces: readonly string[];
}

function* render(answer: DemoAnswer, request: DemoFields): Generator<Uint8Array> {
  const head = {
    id: 'cmpl-demo',
    object: 'text_completion',
    created: CREATED,
    model: typeof request.model === 'string' ? request.model : 'demo',
    system_fingerprint: 'fp_demo',
  };
  const choices = choicesOf(answer, request);
  const reason = answer.finishReason ?? 'stop';
  const usage = usageOf(request, choices);
  const said = ({ index, pieces }: DemoChoice, offset: number) => ({
    text: pieces.join(''),
    index,
    logprobs: typeof request.logprobs === 'number' ? tokensOf(pieces, offset) : null,
  });
  if (request.stream !== true) {
    const whole = choices.map((choice) => ({ ...said(choice, 0), finish_reason: reason }));
    yield Buffer.from(JSON.stringify({ ...head, choices: whole, usage }));
    return;
  }
  const event = (choice: object) => Buffer.from(sseData({ ...head, choices: [choice] }));
  const offsets = choices.map(() => 0);
  const turns = Math.max(...choices.map(({ pieces }) => pieces.length));
  for (let turn = 0; turn < turns; turn += 1) {
    for (const { index, pieces } of choices) {
      const piece = pieces[turn];
      if (piece === undefined) continue;
      const offset = offsets[index] ?? 0;
      offsets[index] = offset + piece.length;
      yield event({ ...said({ index, pieces: [piece] }, offset), finish_reason: null });
    }
  }
  for (const { index } of choices) yield event({ text: '', index, logprobs: null, finish_reason: reason });
  if (fieldsOf(request.stream_options).include_usage === true) {
    yield Buffer.from(sseData({ ...head, choices: [], usage }));
  }
  yield Buffer.from(DONE);
}

/** As many as were asked for of each prompt; an echo begins with its prompt. */
function choicesOf(answer: DemoAnswer, request: DemoFields): readonly DemoChoice[] {
  const prompts = promptsOf(request);
  const each = typeof request.n === 'number' ? Math.max(1, Math.trunc(request.n)) : 1;
  const count = Math.min(CHOICES_MAX, each * Math.max(1, prompts.length));
  const chars = Math.max(1, answer.chunkChars ?? DEFAULT_CHUNK_CHARS);
  const said = request.max_tokens === 0 ? '' : (answer.text ?? answer.refusal ?? '');
  return Array.from({ length: count }, (_, index) => {
    const echoed = request.echo === true ? (prompts[Math.trunc(index / each)] ?? '') : '';
    return { index, pieces: piecesOf(echoed + said, chars) };
  });
}

/** A piece of text is a token. */
function tokensOf(pieces: readonly string[], from: number): object {
  let offset = from;
  const offsets = pieces.map(({ length }) => {
    offset += length;
    return offset - length;
  });
  return {
    tokens: pieces,
    token_logprobs: pieces.map(() => LOGPROB),
    top_logprobs: pieces.map((piece) => ({ [piece]: LOGPROB })),
    text_offset: offsets,
  };
}

function usageOf(request: DemoFields, choices: readonly DemoChoice[]): object {
  const prompted = billedTokens(promptsOf(request).join('').length);
  const completed = choices.reduce((sum, { pieces }) => sum + billedTokens(pieces.join('').length), 0);
  return { prompt_tokens: prompted, completion_tokens: completed, total_tokens: prompted + completed };
}
