import type { AnswerFacts, Refusal } from '@sallyport/core';

/** What a response that the gateway makes has to fit. */
export interface ResponseFrame {
  readonly id: string;
  readonly model: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly usage: AnswerFacts['usage'];
}

export type Part =
  | { readonly type: 'output_text'; readonly text: string; readonly annotations: readonly never[] }
  | { readonly type: 'refusal'; readonly refusal: string };

/** A response with every member that the SDK's types demand. */
export function responseObject({ id, model, created, usage }: ResponseFrame, status: string): object {
  return {
    id,
    object: 'response',
    created_at: created,
    status,
    background: false,
    error: null,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: null,
    metadata: {},
    model,
    output: [],
    parallel_tool_calls: true,
    previous_response_id: null,
    temperature: null,
    tool_choice: 'auto',
    tools: [],
    top_p: null,
    usage: status === 'in_progress' ? null : usageOf(usage),
  };
}

export function messageItem(id: string, content: readonly Part[]): object {
  return { id, type: 'message', status: 'incomplete', role: 'assistant', content };
}

export function partOf(type: string, text: string): Part {
  return type === 'refusal' ? { type, refusal: text } : { type: 'output_text', text, annotations: [] };
}

/** The message that refuses. */
export function refusalItem({ exchange, message }: Refusal) {
  const id = `msg_${exchange}`;
  const part = { type: 'refusal', refusal: message } as const;
  return { id, part, item: { id, type: 'message', status: 'completed', role: 'assistant', content: [part] } };
}

function usageOf(usage: AnswerFacts['usage']): object {
  const input = usage?.inputTokens ?? 0;
  const output = usage?.outputTokens ?? 0;
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: usage?.cachedTokens ?? 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: usage?.reasoningTokens ?? 0 },
    total_tokens: input + output,
  };
}
