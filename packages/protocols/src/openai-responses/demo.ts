import { billedTokens } from '../demo-fields.ts';
import type { DemoVoice } from '../demo-voice.ts';
import { openaiDemoError } from '../openai/demo-error.ts';
import { renderResponse } from './demo-answer.ts';
import { type DemoRequest, readDemoRequest } from './demo-request.ts';

/** The demo's clock stands still. 2025-01-01T00:00:00Z, seconds. */
const CREATED = 1_735_689_600;
const RESPONSES: ReadonlySet<string> = new Set(['POST /responses', 'GET /responses/*', 'POST /responses/*/cancel']);

/** Responses and Conversations as the demo speaks them. It keeps nothing: whatever it is asked for by its id is there. */
export const openaiResponsesDemo: DemoVoice = {
  id: 'openai-responses',
  read(call) {
    const request = readDemoRequest(call);
    if (request === undefined) return undefined;
    const { script, lastText, forcedTool, schema, stream, asks } = request;
    const isResponse = RESPONSES.has(asks);
    return {
      ask: { script, lastText, forcedTool, schema },
      contentType: stream && isResponse ? 'text/event-stream; charset=utf-8' : 'application/json',
      render: (answer) =>
        isResponse ? renderResponse(answer, request) : [Buffer.from(JSON.stringify(thingOf(request)))],
    };
  },
  error: openaiDemoError,
  models: () => undefined,
};

/** What is kept beside responses. */
function thingOf({ asks, id, body, promptChars }: DemoRequest): object {
  switch (asks) {
    case 'POST /responses/input_tokens':
      return { object: 'response.input_tokens', input_tokens: billedTokens(promptChars) };
    case 'POST /responses/compact': {
      const output = [{ id: `cmp_${id}`, type: 'compaction', encrypted_content: Buffer.from(id).toString('base64') }];
      return { id: `resp_${id}`, object: 'response.compaction', created_at: CREATED, output, usage: null };
    }
    case 'DELETE /responses/*':
      return { id, object: 'response.deleted', deleted: true };
    case 'DELETE /conversations/*':
      return { id, object: 'conversation.deleted', deleted: true };
    case 'GET /responses/*/input_items':
    case 'GET /conversations/*/items':
    case 'POST /conversations/*/items':
      return listOf(Array.isArray(body.items) ? body.items.map((item: object) => item) : [], id);
    default: {
      const own = id.startsWith('conv_') ? id : `conv_${id}`;
      return { id: own, object: 'conversation', created_at: CREATED, metadata: body.metadata ?? {} };
    }
  }
}

function listOf(items: readonly object[], id: string): object {
  const data = items.map((item, at) => ({ id: `item_${at}_${id}`, ...item }));
  return { object: 'list', data, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null, has_more: false };
}
