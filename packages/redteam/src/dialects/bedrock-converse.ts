import type { Conversation, Turn } from '../conversation.ts';
import { type Dialect, fieldsOf, listOf, schemaOf } from './dialect.ts';

/** Source: Amazon Bedrock's API reference, `Converse` and `ConverseStream`. */
export const bedrockConverse: Dialect = {
  path: ({ model, stream }) => `/model/${encodeURIComponent(model)}/${stream ? 'converse-stream' : 'converse'}`,
  body: ({ system, turns, tools }: Conversation) => ({
    ...(system !== undefined && { system: [{ text: system }] }),
    messages: turns.map(messageOf),
    ...(tools.length > 0 && {
      toolConfig: {
        tools: tools.map((tool) => ({
          toolSpec: { name: tool.name, description: tool.description, inputSchema: { json: schemaOf(tool) } },
        })),
      },
    }),
  }),
  framing: 'frames',
  read: ({ output, contentBlockIndex: index, start, delta, role, stopReason, message }, into) => {
    const known = [output, index, role, stopReason, message].some((member) => member !== undefined);
    if (known) into.seen();
    for (const [at, { text, toolUse }] of listOf(fieldsOf(fieldsOf(output).message).content).entries()) {
      into.say(text);
      if (toolUse !== undefined) into.call(at, fieldsOf(toolUse).name, fieldsOf(toolUse).input);
    }
    const opened = fieldsOf(fieldsOf(start).toolUse);
    if (opened.name !== undefined) into.call(index, opened.name, undefined);
    const { text, toolUse } = fieldsOf(delta);
    into.say(text);
    if (toolUse !== undefined) into.call(index, undefined, fieldsOf(toolUse).input);
  },
};

function messageOf(turn: Turn): object {
  const parts = (pieces: readonly string[]) => pieces.map((text) => ({ text }));
  switch (turn.by) {
    case 'user':
      return { role: 'user', content: parts(turn.pieces) };
    case 'assistant':
      return { role: 'assistant', content: parts([turn.text]) };
    case 'call':
      return {
        role: 'assistant',
        content: [{ toolUse: { toolUseId: turn.id, name: turn.tool, input: turn.arguments } }],
      };
    case 'result':
      return { role: 'user', content: [{ toolResult: { toolUseId: turn.id, content: parts(turn.pieces) } }] };
  }
}
