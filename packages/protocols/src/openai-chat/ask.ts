import type { AskVoice } from '../ask-voice.ts';

/**
 * Structured outputs of Chat Completions: `response_format` of the type `json_schema`, strict.
 * Source: https://platform.openai.com/docs/guides/structured-outputs. `max_tokens` is what every server that speaks the protocol knows.
 */
export const openaiChatAsk: AskVoice = {
  id: 'openai-chat',
  answersBy: 'output',
  write: ({ model, instructions, text, schema, schemaName, maxOutputTokens }) => ({
    path: '/v1/chat/completions',
    headers: {},
    body: {
      model,
      messages: [
        { role: 'system', content: instructions },
        { role: 'user', content: text },
      ],
      response_format: { type: 'json_schema', json_schema: { name: schemaName, strict: true, schema } },
      temperature: 0,
      max_tokens: maxOutputTokens,
    },
  }),
  writeWord: ({ model, text }) => ({
    path: '/v1/chat/completions',
    headers: {},
    body: { model, messages: [{ role: 'user', content: text }], temperature: 0, max_tokens: 1 },
  }),
};
