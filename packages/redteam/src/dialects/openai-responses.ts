import type { Conversation, Turn } from '../conversation.ts';
import { type Dialect, type Fields, fieldsOf, listOf, partsOr, schemaOf } from './dialect.ts';
import type { Gathered } from './gathered.ts';

/** Source: OpenAI's API reference, "Create a model response" and "Streaming events". */
export const openaiResponses: Dialect = {
  path: () => '/v1/responses',
  body: ({ system, turns, tools }: Conversation, { model, stream }) => ({
    model,
    ...(stream && { stream }),
    ...(system !== undefined && { instructions: system }),
    input: turns.map(itemOf),
    store: false,
    ...(tools.length > 0 && {
      tools: tools.map((tool) => ({
        type: 'function',
        name: tool.name,
        description: tool.description,
        parameters: schemaOf(tool),
        strict: false,
      })),
    }),
  }),
  framing: 'sse',
  read: (value, into) => {
    if (typeof value.type === 'string') readEvent(value, into);
    else if (Array.isArray(value.output)) readOutput(value, into);
  },
};

/** Pieces as they come, and once more what the last event says of them all: either is seen by the client. */
function readEvent({ type, delta, item, output_index: at, response }: Fields, into: Gathered): void {
  into.seen();
  if (type === 'response.output_text.delta') into.say(delta);
  if (type === 'response.function_call_arguments.delta') into.call(at, undefined, delta);
  if (type === 'response.output_item.added' && fieldsOf(item).type === 'function_call')
    into.call(at, fieldsOf(item).name, undefined);
  if (response !== undefined) readOutput(fieldsOf(response), into);
}

function readOutput({ output }: Fields, into: Gathered): void {
  into.seen();
  for (const [at, item] of listOf(output).entries()) {
    for (const { text } of listOf(item.content)) into.say(text);
    if (item.type === 'function_call') into.call(`whole/${at}`, item.name, item.arguments);
  }
}

function itemOf(turn: Turn): object {
  const part = (text: string) => ({ type: 'input_text', text });
  switch (turn.by) {
    case 'user':
      return { role: 'user', content: partsOr(turn.pieces, part) };
    case 'assistant':
      return { role: 'assistant', content: turn.text };
    case 'call':
      return {
        type: 'function_call',
        call_id: turn.id,
        name: turn.tool,
        arguments: JSON.stringify(turn.arguments),
      };
    case 'result':
      return { type: 'function_call_output', call_id: turn.id, output: partsOr(turn.pieces, part) };
  }
}
