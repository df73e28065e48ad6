import type { Conversation, Turn } from '../conversation.ts';
import { type Dialect, fieldsOf, listOf, schemaOf } from './dialect.ts';

/** Source: Google's API reference, "Generating content". */
export const gemini: Dialect = {
  path: ({ model, stream }) => {
    const operation = stream ? 'streamGenerateContent?alt=sse' : 'generateContent';
    return `/v1beta/models/${encodeURIComponent(model)}:${operation}`;
  },
  body: ({ system, turns, tools }: Conversation) => ({
    ...(system !== undefined && { systemInstruction: { parts: [{ text: system }] } }),
    contents: turns.map(contentOf),
    ...(tools.length > 0 && {
      tools: [
        {
          functionDeclarations: tools.map((tool) => ({
            name: tool.name,
            description: tool.description,
            parameters: schemaOf(tool),
          })),
        },
      ],
    }),
  }),
  framing: 'sse',
  read: ({ candidates, promptFeedback, error }, into) => {
    if (promptFeedback !== undefined || error !== undefined) into.seen();
    for (const { content } of listOf(candidates)) {
      into.seen();
      for (const { text, functionCall } of listOf(fieldsOf(content).parts)) {
        into.say(text);
        const { id, name, args } = fieldsOf(functionCall);
        if (functionCall !== undefined) into.call(id ?? name, name, args);
      }
    }
  },
};

function contentOf(turn: Turn): object {
  switch (turn.by) {
    case 'user':
      return { role: 'user', parts: turn.pieces.map((text) => ({ text })) };
    case 'assistant':
      return { role: 'model', parts: [{ text: turn.text }] };
    case 'call':
      return { role: 'model', parts: [{ functionCall: { name: turn.tool, args: turn.arguments } }] };
    case 'result': {
      const [only = ''] = turn.pieces;
      const result = turn.pieces.length === 1 ? only : turn.pieces;
      return { role: 'user', parts: [{ functionResponse: { name: turn.tool, response: { result } } }] };
    }
  }
}
