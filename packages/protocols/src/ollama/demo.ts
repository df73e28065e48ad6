import type { DemoVoice } from '../demo-voice.ts';
import { renderDemoAnswer } from './demo-answer.ts';
import { readDemoRequest } from './demo-request.ts';
import { operationOf } from './endpoints.ts';
import { modelList } from './models.ts';
import { STREAM_TYPE } from './refusals.ts';

/** Ollama's protocol as the demo speaks it. A script comes in the header: this protocol has no member for one. */
export const ollamaDemo: DemoVoice = {
  id: 'ollama',
  read({ path, body }) {
    const operation = operationOf(path);
    if (operation === undefined) return undefined;
    const request = readDemoRequest(body, operation);
    const { lastText, schema } = request;
    return {
      ask: { script: undefined, lastText, forcedTool: undefined, schema },
      contentType: request.stream ? STREAM_TYPE : 'application/json; charset=utf-8',
      render: (answer) => renderDemoAnswer(answer, request),
    };
  },
  error: ({ message }) => Buffer.from(JSON.stringify({ error: message })),
  models: (path, ids) => (path === '/api/tags' ? modelList(ids).body : undefined),
};
