import type { AskVoice } from '../ask-voice.ts';

/**
 * A tool that must be called, whose input is the answer.
 * Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolChoice.html
 */
export const bedrockConverseAsk: AskVoice = {
  id: 'bedrock-converse',
  answersBy: 'tool-call',
  write: ({ model, instructions, text, schema, schemaName, maxOutputTokens }) => ({
    path: `/model/${encodeURIComponent(model)}/converse`,
    headers: {},
    body: {
      system: [{ text: instructions }],
      messages: [{ role: 'user', content: [{ text }] }],
      toolConfig: {
        tools: [{ toolSpec: { name: schemaName, description: 'Gives the answer.', inputSchema: { json: schema } } }],
        toolChoice: { tool: { name: schemaName } },
      },
      inferenceConfig: { maxTokens: maxOutputTokens, temperature: 0 },
    },
  }),
  writeWord: ({ model, text }) => ({
    path: `/model/${encodeURIComponent(model)}/converse`,
    headers: {},
    body: {
      messages: [{ role: 'user', content: [{ text }] }],
      inferenceConfig: { maxTokens: 1, temperature: 0 },
    },
  }),
};
