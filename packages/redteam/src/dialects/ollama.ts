import type { Conversation, Turn } from '../conversation.ts';
import { type Dialect, fieldsOf, listOf, schemaOf } from './dialect.ts';

/** Source: Ollama, "API", `/api/chat`. Its messages have no parts: a text in pieces is as many messages. */
export const ollama: Dialect = {
  path: () => '/api/chat',
  body: ({ system, turns, tools }: Conversation, { model, stream }) => ({
    model,
    stream,
    messages: [...(system === undefined ? [] : [{ role: 'system', content: system }]), ...turns.flatMap(messagesOf)],
    ...(tools.length > 0 && {
      tools: tools.map((tool) => ({
        type: 'function',
        function: { name: tool.name, description: tool.description, parameters: schemaOf(tool) },
      })),
    }),
  }),
  framing: 'lines',
  read: ({ message, error, done }, into) => {
    if (message !== undefined || error !== undefined || done !== undefined) into.seen();
    const { content, tool_calls: calls } = fieldsOf(message);
    into.say(content);
    for (const { function: made } of listOf(calls)) {
      const { name, arguments: given } = fieldsOf(made);
      into.call(name, name, given);
    }
  },
};

function messagesOf(turn: Turn): readonly object[] {
  switch (turn.by) {
    case 'user':
      return turn.pieces.map((content) => ({ role: 'user', content }));
    case 'assistant':
      return [{ role: 'assistant', content: turn.text }];
    case 'call': {
      const made = { name: turn.tool, arguments: turn.arguments };
      return [{ role: 'assistant', content: '', tool_calls: [{ function: made }] }];
    }
    case 'result':
      return turn.pieces.map((content) => ({ role: 'tool', tool_name: turn.tool, content }));
  }
}
