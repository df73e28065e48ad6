import type { Conversation, Turn } from '../conversation.ts';
import { type Dialect, fieldsOf, listOf, partsOr, schemaOf } from './dialect.ts';

/** The protocol asks for a bound, tokens. */
const MAX_TOKENS = 1_024;

/** Source: Anthropic's API reference, "Messages" and "Streaming messages". */
export const anthropicMessages: Dialect = {
  path: () => '/v1/messages',
  body: ({ system, turns, tools }: Conversation, { model, stream }) => ({
    model,
    max_tokens: MAX_TOKENS,
    ...(stream && { stream }),
    ...(system !== undefined && { system }),
    messages: turns.map(messageOf),
    ...(tools.length > 0 && {
      tools: tools.map((tool) => ({
        name: tool.name,
        description: tool.description,
        input_schema: schemaOf(tool),
      })),
    }),
  }),
  framing: 'sse',
  read: ({ type, content, index, content_block: block, delta }, into) => {
    if (typeof type !== 'string') return;
    into.seen();
    const opened = type === 'content_block_start' ? [[index, fieldsOf(block)] as const] : [];
    const whole = type === 'message' ? listOf(content).map((each, at) => [at, each] as const) : [];
    for (const [at, { type: kind, text, name, input }] of [...opened, ...whole]) {
      into.say(text);
      // A stream opens a call with empty arguments, and brings them in pieces.
      if (kind === 'tool_use') into.call(at, name, type === 'message' ? input : undefined);
    }
    if (type !== 'content_block_delta') return;
    const { text, partial_json: json } = fieldsOf(delta);
    into.say(text);
    if (json !== undefined) into.call(index, undefined, json);
  },
};

function messageOf(turn: Turn): object {
  const part = (text: string) => ({ type: 'text', text });
  switch (turn.by) {
    case 'user':
      return { role: 'user', content: partsOr(turn.pieces, part) };
    case 'assistant':
      return { role: 'assistant', content: turn.text };
    case 'call':
      return {
        role: 'assistant',
        content: [{ type: 'tool_use', id: turn.id, name: turn.tool, input: turn.arguments }],
      };
    case 'result':
      return {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: turn.id, content: partsOr(turn.pieces, part) }],
      };
  }
}
