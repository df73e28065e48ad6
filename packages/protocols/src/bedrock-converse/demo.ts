import { Buffer } from 'node:buffer';
import type { DemoVoice } from '../demo-voice.ts';
import { renderCount, renderStream, renderWhole } from './demo-answer.ts';
import { readDemoRequest } from './demo-request.ts';
import { COUNT_TOKENS, matchEndpoint } from './endpoints.ts';
import { STREAM_TYPE } from './frames.ts';

/** Converse as the demo speaks it. */
export const bedrockConverseDemo: DemoVoice = {
  id: 'bedrock-converse',
  read({ method, path, body }) {
    const endpoint = matchEndpoint({ method, path, query: '', headers: {} });
    if (endpoint?.kind !== 'exchange') return undefined;
    const { operation, stream = false } = endpoint;
    const request = readDemoRequest(body);
    const { script, lastText, forcedTool, schema } = request;
    return {
      ask: { script, lastText, forcedTool, schema },
      contentType: stream ? STREAM_TYPE : 'application/json',
      render: (answer) => {
        if (operation === COUNT_TOKENS) return renderCount(request);
        return stream ? renderStream(answer, request) : renderWhole(answer, request);
      },
    };
  },
  error: ({ message, type }) => Buffer.from(JSON.stringify({ __type: type, message })),
  models: () => undefined,
};
