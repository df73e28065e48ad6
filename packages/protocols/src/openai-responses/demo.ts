import { createHash } from 'node:crypto';
import type { DemoAnswer } from '@sallyport/core';
import { sseData } from '../answer/sse.ts';
import { type DemoFields, fieldsOf, jsonOf } from '../demo-fields.ts';
import type { DemoTurn, DemoVoice } from '../demo-voice.ts';
import { openaiDemoError } from '../openai/demo-error.ts';
import { type DemoItem, itemsOf, responseOf } from './demo-items.ts';

const CREATE = /^\/(?:v1\/)?responses(?:\?|$)/;
const STORED = /^\/(?:v1\/)?responses\/([\w-]{1,128})(\/input_items)?(?:\?|$)/;
const CONVERSATION = /^\/(?:v1\/)?conversations(?:\/([\w-]{1,128}))?(\/items)?(?:\?|$)/;
const NOTHING = { script: undefined, lastText: '', forcedTool: undefined, schema: undefined };

/**
 * Responses as the demo speaks them. It keeps nothing: the id of an answer comes from its request, and what is asked for by
 * its id later is an answer that says which one it was.
 */
export const openaiResponsesDemo: DemoVoice = {
  id: 'openai-responses',
  read({ method, path, body }) {
    if (method === 'POST' && CREATE.test(path)) return turnOf(fieldsOf(jsonOf(body)), digestOf(body));
    return storedTurn(method, path) ?? conversationTurn(method, path, body);
  },
  error: openaiDemoError,
  models: () => undefined,
};

function turnOf(request: DemoFields, digest: string): DemoTurn {
  const format = fieldsOf(fieldsOf(request.text).format);
  const metadata = fieldsOf(request.metadata);
  const stream = request.stream === true;
  return {
    ask: {
      script: typeof metadata.demo === 'string' ? metadata.demo : undefined,
      lastText: lastTextOf(request.input),
      forcedTool: forcedTool(request),
      schema: format.schema,
    },
    contentType: stream ? 'text/event-stream; charset=utf-8' : 'application/json',
    render: (answer) => render(answer, { request, stream, id: `resp_demo_${digest}` }),
  };
}

function storedTurn(method: string, path: string): DemoTurn | undefined {
  const [, id, items] = STORED.exec(path) ?? [];
  if (id === undefined) return undefined;
  if (method === 'DELETE') return fixed({ id, object: 'response', deleted: true });
  if (items !== undefined) return fixed({ object: 'list', data: [], first_id: null, last_id: null, has_more: false });
  const stream = /[?&]stream=true\b/.test(path);
  return {
    ask: { ...NOTHING, lastText: `kept as ${id}` },
    contentType: stream ? 'text/event-stream; charset=utf-8' : 'application/json',
    render: (answer) => render(answer, { request: {}, stream, id }),
  };
}

function conversationTurn(method: string, path: string, body: Uint8Array): DemoTurn | undefined {
  const match = CONVERSATION.exec(path);
  if (match === null) return undefined;
  const [, id = `conv_demo_${digestOf(body)}`, items] = match;
  if (items !== undefined) return fixed({ object: 'list', data: [], first_id: null, last_id: null, has_more: false });
  if (method === 'DELETE') return fixed({ id, object: 'conversation.deleted', deleted: true });
  return fixed({ id, object: 'conversation', created_at: 0, metadata: {} });
}

function fixed(value: object): DemoTurn {
  return {
    ask: NOTHING,
    contentType: 'application/json',
    *render() {
      yield Buffer.from(JSON.stringify(value));
    },
  };
}

function digestOf(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('hex').slice(0, 16);
}

interface Rendering {
  readonly request: DemoFields;
  readonly stream: boolean;
  readonly id: string;
}

function* render(answer: DemoAnswer, { request, stream, id }: Rendering): Generator<Uint8Array> {
  const items = itemsOf(answer);
  const final = responseOf({ request, answer, items, id, status: 'completed' });
  if (!stream) {
    yield Buffer.from(JSON.stringify(final));
    return;
  }
  let count = 0;
  const event = (type: string, fields: object) =>
    Buffer.from(sseData({ type, ...fields, sequence_number: count++ }, type));
  const begun = responseOf({ request, answer, items: [], id, status: 'in_progress' });
  yield event('response.created', { response: begun });
  yield event('response.in_progress', { response: begun });
  for (const [index, item] of items.entries()) yield* itemEvents(item, index, event);
  yield event('response.completed', { response: final });
}

type Event = (type: string, fields: object) => Uint8Array;

function* itemEvents(
  { begun, done, pieces, part, events }: DemoItem,
  index: number,
  event: Event,
): Generator<Uint8Array> {
  const at = { output_index: index, item_id: String(fieldsOf(done).id) };
  yield event('response.output_item.added', { output_index: index, item: begun });
  const inPart = part === undefined ? at : { ...at, [part.index]: 0 };
  if (part !== undefined) yield event(part.added, { ...inPart, part: part.empty });
  for (const delta of pieces) yield event(events.delta, { ...inPart, delta, ...events.extra });
  yield event(events.done, { ...inPart, ...events.whole, ...events.extra });
  if (part !== undefined) yield event(part.done, { ...inPart, part: part.full });
  yield event('response.output_item.done', { output_index: index, item: done });
}

function lastTextOf(input: unknown): string {
  if (typeof input === 'string') return input;
  if (!Array.isArray(input)) return '';
  return input.map(textOf).findLast((text) => text !== '') ?? '';
}

function textOf(item: unknown): string {
  const { content, output } = fieldsOf(item);
  const said = content ?? output;
  if (typeof said === 'string') return said;
  if (!Array.isArray(said)) return '';
  return said
    .map((part) => fieldsOf(part).text)
    .filter((text) => typeof text === 'string')
    .join('\n');
}

function forcedTool({ tools, tool_choice: choice }: DemoFields): DemoTurn['ask']['forcedTool'] {
  if (!Array.isArray(tools)) return undefined;
  const wanted = fieldsOf(choice).name;
  if (choice !== 'required' && wanted === undefined) return undefined;
  const chosen = tools.map(fieldsOf).find(({ name }) => wanted === undefined || name === wanted);
  return typeof chosen?.name === 'string' ? { name: chosen.name, parameters: chosen.parameters } : undefined;
}
