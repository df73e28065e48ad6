import type { AskVoice } from '../ask-voice.ts';

/** Structured output: `responseJsonSchema`. Source: https://ai.google.dev/gemini-api/docs/structured-output */
export const geminiAsk: AskVoice = {
  id: 'gemini',
  answersBy: 'output',
  write: ({ model, instructions, text, schema, maxOutputTokens }) => ({
    path: `/v1beta/models/${encodeURIComponent(model)}:generateContent`,
    headers: {},
    body: {
      systemInstruction: { parts: [{ text: instructions }] },
      contents: [{ role: 'user', parts: [{ text }] }],
      generationConfig: {
        responseMimeType: 'application/json',
        responseJsonSchema: schema,
        temperature: 0,
        maxOutputTokens,
      },
    },
  }),
  writeWord: ({ model, text }) => ({
    path: `/v1beta/models/${encodeURIComponent(model)}:generateContent`,
    headers: {},
    body: {
      contents: [{ role: 'user', parts: [{ text }] }],
      generationConfig: { temperature: 0, maxOutputTokens: 1 },
    },
  }),
};
