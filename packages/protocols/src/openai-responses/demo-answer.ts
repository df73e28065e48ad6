import type { DemoAnswer } from '@sallyport/core';
import { sseData } from '../answer/sse.ts';
import { billedTokens, fieldsOf, piecesOf } from '../demo-fields.ts';
import type { DemoRequest } from './demo-request.ts';

const DEFAULT_CHUNK_CHARS = 4;
/** The demo's clock stands still: the same request gives the same bytes. 2025-01-01T00:00:00Z, seconds. */
const CREATED = 1_735_689_600;
/** Every token of the demo is as likely as the next. */
const LOGPROB = -0.25;

/** One item of an answer, as it is when it ends, and what of it grows. */
interface DemoItem {
  readonly item: Readonly<Record<string, unknown>>;
  /** The item as it is when it begins. */
  readonly begun: Readonly<Record<string, unknown>>;
  readonly events: readonly DemoEvent[];
}

type DemoEvent = Readonly<Record<string, unknown>> & { readonly type: string };

/** A response in this protocol's wire form: one chunk of JSON, or one chunk for each event of a stream. */
export function* renderResponse(answer: DemoAnswer, request: DemoRequest): Generator<Uint8Array> {
  const items = itemsOf(answer, request);
  const whole = responseOf(request, { output: items.map(({ item }) => item), answer });
  if (!request.stream) {
    yield Buffer.from(JSON.stringify(whole));
    return;
  }
  const begun = {
    ...responseOf(request, { output: [], answer }),
    status: 'in_progress',
    usage: null,
    completed_at: null,
  };
  let count = 0;
  const event = ({ type, ...fields }: DemoEvent) =>
    Buffer.from(sseData({ type, sequence_number: count++, ...fields }, type));
  yield event({ type: 'response.created', response: begun });
  yield event({ type: 'response.in_progress', response: begun });
  for (const [index, { item, begun: beginning, events }] of items.entries()) {
    yield event({ type: 'response.output_item.added', output_index: index, item: beginning });
    for (const one of events) yield event({ ...one, output_index: index, item_id: item.id });
    yield event({ type: 'response.output_item.done', output_index: index, item });
  }
  yield event({ type: `response.${answer.finishReason ?? 'completed'}`, response: whole });
}

function itemsOf(answer: DemoAnswer, request: DemoRequest): readonly DemoItem[] {
  const { text, reasoning, refusal, toolCalls = [] } = answer;
  const items: DemoItem[] = [];
  if (reasoning !== undefined) items.push(reasoningItem(reasoning, answer, request));
  if (text !== undefined || refusal !== undefined) items.push(messageItem(answer, request));
  for (const [at, call] of toolCalls.entries()) items.push(callItem(call, { at, answer, request }));
  return items;
}

function reasoningItem(text: string, answer: DemoAnswer, { id }: DemoRequest): DemoItem {
  const item = { id: `rs_${id}`, type: 'reasoning', summary: [{ type: 'summary_text', text }] };
  const at = { summary_index: 0 };
  const part = (said: string) => ({ type: 'summary_text', text: said });
  return {
    item,
    begun: { ...item, summary: [] },
    events: [
      { type: 'response.reasoning_summary_part.added', ...at, part: part('') },
      ...pieces(text, answer).map((delta) => ({ type: 'response.reasoning_summary_text.delta', ...at, delta })),
      { type: 'response.reasoning_summary_text.done', ...at, text },
      { type: 'response.reasoning_summary_part.done', ...at, part: part(text) },
    ],
  };
}

function messageItem(answer: DemoAnswer, request: DemoRequest): DemoItem {
  const { text, refusal } = answer;
  const parts = [
    ...(text === undefined ? [] : [textPart(text, answer, request)]),
    ...(refusal === undefined ? [] : [refusalPart(refusal, answer)]),
  ];
  const item = { id: `msg_${request.id}`, type: 'message', status: 'completed', role: 'assistant' };
  return {
    item: { ...item, content: parts.map(({ part }) => part) },
    begun: { ...item, status: 'in_progress', content: [] },
    events: parts.flatMap(({ part, begun, events }, at) => [
      { type: 'response.content_part.added', content_index: at, part: begun },
      ...events.map((event) => ({ ...event, content_index: at })),
      { type: 'response.content_part.done', content_index: at, part },
    ]),
  };
}

interface DemoPart {
  readonly part: object;
  readonly begun: object;
  readonly events: readonly DemoEvent[];
}

function textPart(text: string, answer: DemoAnswer, { logprobs }: DemoRequest): DemoPart {
  const tokens = (all: readonly string[]) => (logprobs ? all.map(tokenOf) : []);
  const said = pieces(text, answer);
  const part = { type: 'output_text', annotations: [], logprobs: tokens(said), text };
  return {
    part,
    begun: { ...part, logprobs: [], text: '' },
    events: [
      ...said.map((delta) => ({ type: 'response.output_text.delta', delta, logprobs: tokens([delta]) })),
      { type: 'response.output_text.done', text, logprobs: tokens(said) },
    ],
  };
}

function refusalPart(refusal: string, answer: DemoAnswer): DemoPart {
  return {
    part: { type: 'refusal', refusal },
    begun: { type: 'refusal', refusal: '' },
    events: [
      ...pieces(refusal, answer).map((delta) => ({ type: 'response.refusal.delta', delta })),
      { type: 'response.refusal.done', refusal },
    ],
  };
}

interface CallAt {
  readonly at: number;
  readonly answer: DemoAnswer;
  readonly request: DemoRequest;
}

function callItem(call: NonNullable<DemoAnswer['toolCalls']>[number], { at, answer, request }: CallAt): DemoItem {
  const { tools } = request.body;
  const isCustom =
    Array.isArray(tools) && tools.map(fieldsOf).some(({ type, name }) => type === 'custom' && name === call.name);
  const [type, member, event] = isCustom
    ? ['custom_tool_call', 'input', 'custom_tool_call_input']
    : ['function_call', 'arguments', 'function_call_arguments'];
  const id = `${isCustom ? 'ctc' : 'fc'}_${at}_${request.id}`;
  const head = { id, type, status: 'completed', call_id: `call_${at}_${request.id}`, name: call.name };
  return {
    item: { ...head, [member]: call.arguments },
    begun: { ...head, status: 'in_progress', [member]: '' },
    events: [
      ...pieces(call.arguments, answer).map((delta) => ({ type: `response.${event}.delta`, delta })),
      { type: `response.${event}.done`, [member]: call.arguments },
    ],
  };
}

interface Made {
  readonly output: readonly object[];
  readonly answer: DemoAnswer;
}

/** A response with what its request asked for, as the protocol tells it again. */
function responseOf(request: DemoRequest, { output, answer }: Made): Readonly<Record<string, unknown>> {
  const { id, body } = request;
  const status = answer.finishReason ?? 'completed';
  const { conversation } = body;
  return {
    id: id.startsWith('resp_') ? id : `resp_${id}`,
    object: 'response',
    created_at: CREATED,
    status,
    background: body.background === true,
    completed_at: CREATED,
    error: null,
    incomplete_details: status === 'incomplete' ? { reason: 'max_output_tokens' } : null,
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    model: body.model ?? 'demo',
    output,
    parallel_tool_calls: true,
    previous_response_id: body.previous_response_id ?? null,
    ...(conversation !== undefined && {
      conversation: typeof conversation === 'string' ? { id: conversation } : conversation,
    }),
    reasoning: { effort: null, summary: null },
    service_tier: 'default',
    store: body.store !== false,
    temperature: 1,
    text: body.text ?? { format: { type: 'text' }, verbosity: 'medium' },
    tool_choice: body.tool_choice ?? 'auto',
    tools: body.tools ?? [],
    top_p: 1,
    truncation: 'disabled',
    usage: usageOf(answer, request),
    user: body.user ?? null,
    metadata: body.metadata ?? {},
  };
}

function usageOf({ text, reasoning, refusal, toolCalls = [] }: DemoAnswer, { promptChars }: DemoRequest): object {
  const thought = billedTokens(reasoning?.length ?? 0);
  const calls = toolCalls.reduce((sum, call) => sum + call.name.length + call.arguments.length, 0);
  const output = thought + billedTokens((text?.length ?? 0) + (refusal?.length ?? 0) + calls);
  const input = billedTokens(promptChars);
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: thought },
    total_tokens: input + output,
  };
}

function pieces(text: string, { chunkChars }: DemoAnswer): readonly string[] {
  return piecesOf(text, Math.max(1, chunkChars ?? DEFAULT_CHUNK_CHARS));
}

function tokenOf(token: string): object {
  return { token, logprob: LOGPROB, bytes: [...Buffer.from(token)], top_logprobs: [] };
}
