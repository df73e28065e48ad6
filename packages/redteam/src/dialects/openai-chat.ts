import type { Conversation, Turn } from '../conversation.ts';
import { type Dialect, fieldsOf, listOf, partsOr, schemaOf } from './dialect.ts';

/** Source: OpenAI's API reference, "Create chat completion". */
export const openaiChat: Dialect = {
  path: () => '/v1/chat/completions',
  body: ({ system, turns, tools }: Conversation, { model, stream }) => ({
    model,
    ...(stream && { stream }),
    messages: [...(system === undefined ? [] : [{ role: 'system', content: system }]), ...turns.map(messageOf)],
    ...(tools.length > 0 && {
      tools: tools.map((tool) => ({
        type: 'function',
        function: { name: tool.name, description: tool.description, parameters: schemaOf(tool) },
      })),
    }),
  }),
  framing: 'sse',
  read: ({ choices, error }, into) => {
    if (error !== undefined) into.seen();
    for (const [at, choice] of listOf(choices).entries()) {
      const said = choice.message ?? choice.delta;
      if (typeof said !== 'object' || said === null) continue;
      into.seen();
      const { content, tool_calls: calls } = fieldsOf(said);
      into.say(content);
      for (const [place, call] of listOf(calls).entries()) {
        const made = fieldsOf(call.function);
        into.call(`${at}/${call.index ?? place}`, made.name, made.arguments);
      }
    }
  },
};

function messageOf(turn: Turn): object {
  const part = (text: string) => ({ type: 'text', text });
  switch (turn.by) {
    case 'user':
      return { role: 'user', content: partsOr(turn.pieces, part) };
    case 'assistant':
      return { role: 'assistant', content: turn.text };
    case 'call': {
      const made = { name: turn.tool, arguments: JSON.stringify(turn.arguments) };
      return { role: 'assistant', content: null, tool_calls: [{ id: turn.id, type: 'function', function: made }] };
    }
    case 'result':
      return { role: 'tool', tool_call_id: turn.id, content: partsOr(turn.pieces, part) };
  }
}
