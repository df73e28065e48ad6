import { Buffer } from 'node:buffer';
import type { DemoVoice } from '../demo-voice.ts';
import { renderDemoAnswer, renderDemoCount } from './demo-answer.ts';
import { readDemoRequest } from './demo-request.ts';
import { errorOf } from './faults.ts';
import { modelList } from './models.ts';

/** The Messages API as the demo speaks it. */
export const anthropicMessagesDemo: DemoVoice = {
  id: 'anthropic-messages',
  read({ path, body }) {
    const [resource] = path.split('?');
    if (resource !== '/v1/messages' && resource !== '/v1/messages/count_tokens') return undefined;
    const request = readDemoRequest(body);
    const { script, lastText, forcedTool, schema } = request;
    const counts = resource.endsWith('count_tokens');
    return {
      ask: { script, lastText, forcedTool, schema },
      contentType: request.stream && !counts ? 'text/event-stream; charset=utf-8' : 'application/json',
      render: (answer) => (counts ? renderDemoCount(request) : renderDemoAnswer(answer, request)),
    };
  },
  error: ({ message, type }) =>
    Buffer.from(JSON.stringify({ ...errorOf({ type, message }, undefined), request_id: 'req_demo' })),
  models: (path, ids) => (path === '/v1/models' ? modelList(ids).body : undefined),
};
