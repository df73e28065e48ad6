import type { DemoAnswer } from '@sallyport/core';
import { billedTokens, type DemoFields, piecesOf } from '../demo-fields.ts';

const DEFAULT_CHUNK_CHARS = 4;
/** The demo's clock stands still. 2025-01-01T00:00:00Z, seconds. */
const CREATED = 1_735_689_600;

/** One item of the demo's output: as it begins, as it ends, and the events between. */
export interface DemoItem {
  readonly begun: object;
  readonly done: object;
  readonly pieces: readonly string[];
  readonly part: DemoPart | undefined;
  readonly events: {
    readonly delta: string;
    readonly done: string;
    /** The whole text, under the name that the event has for it. */
    readonly whole: object;
    /** What each of these events has besides. */
    readonly extra: object;
  };
}

interface DemoPart {
  readonly added: string;
  readonly done: string;
  readonly index: string;
  readonly empty: object;
  readonly full: object;
}

/** The output of an answer, in order: reasoning, text or refusal, calls. */
export function itemsOf(answer: DemoAnswer): readonly DemoItem[] {
  const chars = Math.max(1, answer.chunkChars ?? DEFAULT_CHUNK_CHARS);
  const items: DemoItem[] = [];
  if (answer.reasoning !== undefined) items.push(reasoningOf(answer.reasoning, chars));
  if (answer.text !== undefined) items.push(messageOf({ kind: 'output_text', text: answer.text, chars }));
  if (answer.refusal !== undefined) items.push(messageOf({ kind: 'refusal', text: answer.refusal, chars }));
  for (const [index, call] of (answer.toolCalls ?? []).entries()) {
    const { name, arguments: args } = call;
    const item = { id: `fc_demo_${index}`, type: 'function_call', call_id: `call_demo_${index}`, name };
    items.push({
      begun: { ...item, status: 'in_progress', arguments: '' },
      done: { ...item, status: 'completed', arguments: args },
      pieces: piecesOf(args, chars),
      part: undefined,
      events: {
        delta: 'response.function_call_arguments.delta',
        done: 'response.function_call_arguments.done',
        whole: { name, arguments: args },
        extra: {},
      },
    });
  }
  return items;
}

function reasoningOf(text: string, chars: number): DemoItem {
  const item = { id: 'rs_demo_0', type: 'reasoning' };
  const partOf = (said: string) => ({ type: 'summary_text', text: said });
  return {
    begun: { ...item, summary: [] },
    done: { ...item, summary: [partOf(text)] },
    pieces: piecesOf(text, chars),
    part: {
      added: 'response.reasoning_summary_part.added',
      done: 'response.reasoning_summary_part.done',
      index: 'summary_index',
      empty: partOf(''),
      full: partOf(text),
    },
    events: {
      delta: 'response.reasoning_summary_text.delta',
      done: 'response.reasoning_summary_text.done',
      whole: { text },
      extra: {},
    },
  };
}

interface DemoText {
  readonly kind: 'output_text' | 'refusal';
  readonly text: string;
  readonly chars: number;
}

function messageOf({ kind, text, chars }: DemoText): DemoItem {
  const item = { id: 'msg_demo_0', type: 'message', role: 'assistant' };
  const isText = kind === 'output_text';
  const partOf = (said: string) =>
    isText ? { type: kind, text: said, annotations: [], logprobs: [] } : { type: kind, refusal: said };
  return {
    begun: { ...item, status: 'in_progress', content: [] },
    done: { ...item, status: 'completed', content: [partOf(text)] },
    pieces: piecesOf(text, chars),
    part: {
      added: 'response.content_part.added',
      done: 'response.content_part.done',
      index: 'content_index',
      empty: partOf(''),
      full: partOf(text),
    },
    events: {
      delta: `response.${kind}.delta`,
      done: `response.${kind}.done`,
      whole: isText ? { text } : { refusal: text },
      extra: isText ? { logprobs: [] } : {},
    },
  };
}

export interface DemoResponse {
  readonly request: DemoFields;
  readonly answer: DemoAnswer;
  readonly items: readonly DemoItem[];
  readonly id: string;
  readonly status: string;
}

/** The response object; what the request said comes back in it, as at the provider. */
export function responseOf({ request, answer, items, id, status }: DemoResponse): object {
  const said = [answer.text, answer.refusal, ...(answer.toolCalls ?? []).map((call) => call.name + call.arguments)];
  const output = billedTokens(said.reduce((sum, text) => sum + (text?.length ?? 0), 0));
  const reasoning = billedTokens(answer.reasoning?.length ?? 0);
  const input = billedTokens(JSON.stringify(request.input ?? '').length);
  return {
    id,
    object: 'response',
    created_at: CREATED,
    status,
    error: null,
    incomplete_details: null,
    instructions: request.instructions ?? null,
    metadata: request.metadata ?? {},
    model: typeof request.model === 'string' ? request.model : 'demo',
    output: items.map(({ done }) => done),
    parallel_tool_calls: true,
    previous_response_id: request.previous_response_id ?? null,
    temperature: 1,
    tool_choice: request.tool_choice ?? 'auto',
    tools: request.tools ?? [],
    top_p: 1,
    text: request.text ?? { format: { type: 'text' } },
    usage:
      status !== 'completed'
        ? null
        : {
            input_tokens: input,
            input_tokens_details: { cached_tokens: 0 },
            output_tokens: output + reasoning,
            output_tokens_details: { reasoning_tokens: reasoning },
            total_tokens: input + output + reasoning,
          },
  };
}
