import type { DemoVoice } from '../demo-voice.ts';
import { openaiDemoError } from '../openai/demo-error.ts';
import { modelList } from '../openai/models.ts';
import { renderDemoAnswer } from './demo-answer.ts';
import { readDemoRequest } from './demo-request.ts';

/** Chat Completions as the demo speaks it. */
export const openaiChatDemo: DemoVoice = {
  id: 'openai-chat',
  read({ path, body }) {
    if (!path.startsWith('/chat/completions') && !/^\/deployments\/[^/]+\/chat\/completions\b/.test(path))
      return undefined;
    const request = readDemoRequest(body);
    const { lastText, forcedTool, schema, metadata } = request;
    return {
      ask: { script: metadata.demo, lastText, forcedTool, schema },
      contentType: request.stream ? 'text/event-stream; charset=utf-8' : 'application/json',
      render: (answer) => renderDemoAnswer(answer, request),
    };
  },
  error: openaiDemoError,
  models: (path, ids) => (path === '/models' ? modelList(ids).body : undefined),
};
