import { Buffer } from 'node:buffer';
import type { DemoVoice } from '../demo-voice.ts';
import { renderDemoAnswer } from './demo-answer.ts';
import { readDemoRequest } from './demo-request.ts';
import { matchEndpoint, operationOf } from './endpoints.ts';
import { errorBody } from './faults.ts';
import { modelList } from './models.ts';

const LIST = /^\/v1beta\/models(?:\?|$)/;

/** Google's Gemini API as the demo speaks it. */
export const geminiDemo: DemoVoice = {
  id: 'gemini',
  read({ method, path: target, body }) {
    const [path = '', query = ''] = target.split('?');
    const endpoint = matchEndpoint({ method, path, query, headers: {} });
    const operation = endpoint?.kind === 'exchange' ? operationOf(endpoint.operation) : undefined;
    if (endpoint?.kind !== 'exchange' || operation === undefined) return undefined;
    const sse = endpoint.upstreamPath.endsWith('?alt=sse');
    const request = readDemoRequest(body, { operation, model: endpoint.model ?? '', sse });
    const { script, lastText, forcedTool, schema } = request;
    return {
      ask: { script, lastText, forcedTool, schema },
      contentType: sse ? 'text/event-stream' : 'application/json; charset=UTF-8',
      render: (answer) => renderDemoAnswer(answer, request),
    };
  },
  error: ({ status, message }) => Buffer.from(JSON.stringify(errorBody(status, message))),
  models: (path, ids) => (LIST.test(path) ? modelList(ids).body : undefined),
};
