import { Buffer } from 'node:buffer';
import type { DemoAnswer } from '@sallyport/core';
import { sseData } from '../answer/sse.ts';
import type { DemoRequest } from './demo-request.ts';
import words from './demo-words.json' with { type: 'json' };

/** Characters that the demo bills as one token. */
const TOKEN_CHARS = 4;
const DEFAULT_CHUNK_CHARS = 4;
/** The demo signs nothing: this stands where a signature would, and looks like one. */
const SIGNATURE = Buffer.from('signature of the demo provider, which signs nothing').toString('base64');

/** Reasons for an end in the words of other protocols, so that one script serves all of them. */
const REASONS: ReadonlyMap<string, string> = new Map(Object.entries(words));

/** A content block, and the deltas that bring it in a stream. */
interface DemoBlock {
  readonly whole: object;
  readonly start: object;
  readonly deltas: readonly object[];
}

/** An answer in this protocol's wire form: one chunk of JSON, or one chunk for each event of a stream. */
export function* renderDemoAnswer(answer: DemoAnswer, request: DemoRequest): Generator<Uint8Array> {
  const blocks = blocksOf(answer);
  const end = endOf(answer);
  const usage = usageOf(answer, request);
  if (!request.stream) {
    const content = blocks.map(({ whole }) => whole);
    yield Buffer.from(JSON.stringify({ ...headOf(request), content, ...end, usage }));
    return;
  }
  const open = { stop_reason: null, stop_sequence: null, stop_details: null };
  yield eventOf({
    type: 'message_start',
    message: { ...headOf(request), content: [], ...open, usage: { ...usage, output_tokens: 1 } },
  });
  yield eventOf({ type: 'ping' });
  for (const [index, { start, deltas }] of blocks.entries()) {
    yield eventOf({ type: 'content_block_start', index, content_block: start });
    for (const delta of deltas) yield eventOf({ type: 'content_block_delta', index, delta });
    yield eventOf({ type: 'content_block_stop', index });
  }
  yield eventOf({ type: 'message_delta', delta: end, usage: { output_tokens: usage.output_tokens } });
  yield eventOf({ type: 'message_stop' });
}

/** The number of tokens of a request. */
export function* renderDemoCount({ promptChars }: DemoRequest): Generator<Uint8Array> {
  yield Buffer.from(JSON.stringify({ input_tokens: tokenCount(promptChars) }));
}

function blocksOf(answer: DemoAnswer): readonly DemoBlock[] {
  const { text, reasoning, refusal, toolCalls = [] } = answer;
  const chars = Math.max(1, answer.chunkChars ?? DEFAULT_CHUNK_CHARS);
  const blocks: DemoBlock[] = [];
  if (reasoning !== undefined) {
    const deltas = pieces(reasoning, chars).map((thinking) => ({ type: 'thinking_delta', thinking }));
    blocks.push({
      whole: { type: 'thinking', thinking: reasoning, signature: SIGNATURE },
      start: { type: 'thinking', thinking: '', signature: '' },
      deltas: [...deltas, { type: 'signature_delta', signature: SIGNATURE }],
    });
  }
  for (const said of [text, refusal]) {
    if (said === undefined) continue;
    blocks.push({
      whole: { type: 'text', text: said },
      start: { type: 'text', text: '' },
      deltas: pieces(said, chars).map((piece) => ({ type: 'text_delta', text: piece })),
    });
  }
  for (const [index, { name, arguments: args }] of toolCalls.entries()) {
    const head = { type: 'tool_use', id: `toolu_demo_${index}`, name };
    const deltas = pieces(args, chars).map((piece) => ({ type: 'input_json_delta', partial_json: piece }));
    blocks.push({
      whole: { ...head, input: parsedOr(args) },
      start: { ...head, input: {} },
      deltas: [{ type: 'input_json_delta', partial_json: '' }, ...deltas],
    });
  }
  return blocks;
}

/** A whole answer has no place for arguments that are no JSON: they stand there as the text that they are. */
function parsedOr(args: string): unknown {
  try {
    return JSON.parse(args);
  } catch {
    return args;
  }
}

function endOf({ finishReason, toolCalls = [], refusal }: DemoAnswer): object {
  const fitting = refusal !== undefined ? 'refusal' : toolCalls.length > 0 ? 'tool_use' : 'end_turn';
  const reason = finishReason === undefined ? fitting : (REASONS.get(finishReason) ?? finishReason);
  const details = reason === 'refusal' ? { type: 'refusal', category: null, explanation: null } : null;
  return { stop_reason: reason, stop_sequence: null, stop_details: details };
}

function headOf({ id, model }: DemoRequest): object {
  return { id, type: 'message', role: 'assistant', model };
}

function usageOf(answer: DemoAnswer, { promptChars }: DemoRequest) {
  const thinking = tokenCount(answer.reasoning?.length ?? 0);
  const calls = (answer.toolCalls ?? []).map((call) => call.name.length + call.arguments.length);
  const chars = [answer.text?.length ?? 0, answer.refusal?.length ?? 0, ...calls];
  return {
    input_tokens: tokenCount(promptChars),
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: thinking + tokenCount(chars.reduce((sum, each) => sum + each, 0)),
    output_tokens_details: { thinking_tokens: thinking },
    service_tier: 'standard',
  };
}

/** Pieces of so many characters; a surrogate pair is never split. */
function pieces(text: string, chars: number): readonly string[] {
  const cut: string[] = [];
  let from = 0;
  while (from < text.length) {
    let to = from + chars;
    const last = text.charCodeAt(to - 1);
    if (last >= 0xd800 && last <= 0xdbff) to += 1;
    cut.push(text.slice(from, to));
    from = to;
  }
  return cut;
}

function tokenCount(chars: number): number {
  return Math.ceil(chars / TOKEN_CHARS);
}

function eventOf(event: { readonly type: string; readonly [member: string]: unknown }): Uint8Array {
  return Buffer.from(sseData(event, event.type));
}
