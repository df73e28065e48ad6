import type { AskVoice } from '../ask-voice.ts';

/**
 * A tool that must be called, whose input is the answer: every model of the protocol can.
 * Source: https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/implement-tool-use#forcing-tool-use
 */
export const anthropicMessagesAsk: AskVoice = {
  id: 'anthropic-messages',
  answersBy: 'tool-call',
  write: ({ model, instructions, text, schema, schemaName, maxOutputTokens }) => ({
    path: '/v1/messages',
    headers: { 'anthropic-version': '2023-06-01' },
    body: {
      model,
      system: instructions,
      messages: [{ role: 'user', content: text }],
      tools: [{ name: schemaName, description: 'Gives the answer.', input_schema: schema }],
      tool_choice: { type: 'tool', name: schemaName, disable_parallel_tool_use: true },
      max_tokens: maxOutputTokens,
    },
  }),
  writeWord: ({ model, text }) => ({
    path: '/v1/messages',
    headers: { 'anthropic-version': '2023-06-01' },
    body: { model, messages: [{ role: 'user', content: text }], max_tokens: 1, temperature: 0 },
  }),
};
