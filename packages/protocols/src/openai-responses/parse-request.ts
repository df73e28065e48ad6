import type { BodyFacts, Fault, ParsedRequest, ParseLimits, SliceContent } from '@sallyport/core';
import { isFault } from '@sallyport/core';
import {
  type ByteRange,
  isNull,
  type JsonNode,
  memberOf,
  type ScannedBody,
  scanMember,
  scanString,
  stringOf,
} from '@sallyport/wire';
import { isIdentifier, isModelName, isPlainName } from '../fields.ts';
import { type CutRequest, type CutRules, cutRequest, type ParsedSlice, strayElement } from '../request/cut-request.ts';
import { readSchema } from '../request/read-schema.ts';
import { isTrue, modelFault } from '../request/shape.ts';
import { TextCollector } from '../request/text-collector.ts';
import { pointerToken, walkTexts } from '../walk-texts.ts';
import { idsOf, type ResponsesEndpoint } from './endpoints.ts';
import { fields } from './fields.ts';
import { members, readItem } from './read-item.ts';

/** Members of a tool that are credentials for somebody else: the provider needs them as they are. */
const CREDENTIALS: ReadonlySet<string> = new Set(['authorization', 'headers']);
const RULES: CutRules = {
  pieces: [
    { name: 'tools', kind: 'tool-definition', read: readTool },
    { name: 'instructions', kind: 'message', whole: true, read: readInstructions },
    { name: 'input', kind: 'message', whole: true, read: readItem },
    { name: 'items', kind: 'message', read: readItem },
  ],
  readRest,
};
/** Operations whose body names the model. */
const GENERATES: ReadonlySet<string> = new Set(['responses.create', 'responses.compact']);
const ID = /^[\w-]{1,128}$/;

/** A parsed body, with what this protocol alone needs to know of it. */
export interface ResponsesRequest extends ParsedRequest {
  readonly slices: CutRequest['slices'];
  readonly operation: string;
  /** Log-probabilities were asked for. */
  readonly logprobs: boolean;
}

export function parseRequest(
  body: Uint8Array,
  endpoint: ResponsesEndpoint,
  limits: ParseLimits,
): ResponsesRequest | Fault {
  const { operation } = endpoint;
  const named = idsOf(endpoint);
  if (body.length === 0 && operation !== 'responses.create') return bodiless(endpoint, body);
  const cut = cutRequest(body, RULES, limits);
  if (isFault(cut)) return cut;
  const { scanned, slices, rest } = cut;
  const misshapen = checkShape(cut, operation);
  if (misshapen !== undefined) return misshapen;
  const refersTo = referencesOf(scanned, rest);
  if (isFault(refersTo)) return refersTo;
  return {
    body,
    slices,
    operation,
    facts: {
      ...factsOf(cut, endpoint),
      refersTo: [...named, ...refersTo],
      stores: operation !== 'responses.input_tokens' && !isFalse(memberOf(rest, 'store')),
    },
    logprobs: wantsLogprobs(rest),
  };
}

/** A call that asks for something stored, and says nothing. */
function bodiless(endpoint: ResponsesEndpoint, body: Uint8Array): ResponsesRequest {
  const { operation, stream = false, ids, method } = endpoint;
  const facts: BodyFacts = {
    model: '',
    stream,
    tools: [],
    messages: 0,
    structured: false,
    choices: 1,
    refersTo: ids,
    stores: method === 'POST' && operation.startsWith('conversations'),
  };
  return { body, slices: [], operation, facts, logprobs: true };
}

function checkShape({ scanned, rest }: CutRequest, operation: string): Fault | undefined {
  if (rest.kind !== 'object' || rest.members.some(({ key }) => fields.isDisguised(key.value))) {
    return { fault: 'BODY_SHAPE' };
  }
  const model = memberOf(rest, 'model');
  // A stored prompt may name the model; then the route is that of no name, which a pattern may take.
  if (GENERATES.has(operation) && (model !== undefined || memberOf(rest, 'prompt') === undefined)) {
    const fault = modelFault(rest);
    if (fault !== undefined) return fault;
  }
  for (const name of ['tools', 'items', 'input', 'instructions']) {
    const value = memberOf(rest, name);
    const cutOut = scanned.elements.has(name);
    if (value !== undefined && !cutOut && !isNull(value)) return { fault: 'BODY_SHAPE', at: `/${name}` };
  }
  if (isList(scanned, 'input')) {
    const stray = strayElement(scanned, ['input']);
    if (stray !== undefined) return stray;
  }
  const stray = strayElement(scanned, ['tools', 'items']);
  if (stray !== undefined) return stray;
  const stream = memberOf(rest, 'stream');
  return stream === undefined || stream.kind === 'word' ? undefined : { fault: 'BODY_SHAPE', at: '/stream' };
}

const QUOTE = 0x22;

/** Whether a member that may be a text is a list. */
function isList({ latin1, elements }: ScannedBody, name: string): boolean {
  const first = elements.get(name)?.[0];
  return first !== undefined && latin1.charCodeAt(first.start) !== QUOTE;
}

function factsOf({ scanned, rest }: CutRequest, { stream = false }: ResponsesEndpoint): BodyFacts {
  const tools: string[] = [];
  let strictTools = false;
  for (const range of scanned.elements.get('tools') ?? []) {
    tools.push(toolName(scanned.latin1, range));
    const strict = scanMember(scanned.latin1, range, 'strict');
    strictTools ||= strict >= 0 && scanned.latin1.startsWith('true', strict);
  }
  const format = stringOf(memberOf(memberOf(rest, 'text'), 'format'), 'type');
  return {
    model: stringOf(rest, 'model') ?? '',
    stream: stream || isTrue(memberOf(rest, 'stream')),
    tools,
    messages: (scanned.elements.get('input') ?? scanned.elements.get('items') ?? []).length,
    structured: strictTools || format === 'json_schema' || format === 'json_object',
    choices: 1,
  };
}

/** A tool's own name, else its server's, else its kind. */
function toolName(latin1: string, range: ByteRange): string {
  for (const name of ['name', 'server_label', 'type']) {
    const value = scanString(latin1, scanMember(latin1, range, name));
    if (value !== undefined && value !== '') return value;
  }
  return '';
}

/** Ids of stored things that a body refers to. */
function referencesOf(scanned: ScannedBody, rest: JsonNode): readonly string[] | Fault {
  const ids: string[] = [];
  const previous = stringOf(rest, 'previous_response_id');
  if (previous !== undefined && previous !== '') ids.push(previous);
  const conversation = stringOf(rest, 'conversation') ?? stringOf(memberOf(rest, 'conversation'), 'id');
  if (conversation !== undefined && conversation !== '') ids.push(conversation);
  for (const list of ['input', 'items']) if (isList(scanned, list)) ids.push(...itemReferences(scanned, list));
  return ids.every((id) => ID.test(id)) ? ids : { fault: 'BODY_SHAPE', at: '/previous_response_id' };
}

/** Items that stand for one that the provider keeps: what says nothing of its own is looked up by its id. */
function itemReferences({ latin1, elements }: ScannedBody, list: string): readonly string[] {
  const has = (range: ByteRange, name: string) => scanMember(latin1, range, name) >= 0;
  return (elements.get(list) ?? []).flatMap((range) => {
    const type = scanString(latin1, scanMember(latin1, range, 'type'));
    const refers =
      type === 'item_reference' ||
      (type === undefined && !has(range, 'role')) ||
      (type === 'reasoning' && has(range, 'id') && !has(range, 'encrypted_content')) ||
      (type === 'image_generation_call' && has(range, 'id') && !has(range, 'result'));
    return refers ? [scanString(latin1, scanMember(latin1, range, 'id')) ?? ''] : [];
  });
}

function wantsLogprobs(rest: JsonNode): boolean {
  const include = memberOf(rest, 'include');
  const asked =
    include?.kind === 'array' &&
    include.items.some((item) => item.kind === 'string' && item.value.includes('logprobs'));
  return asked || memberOf(rest, 'top_logprobs')?.kind === 'number';
}

function isFalse(node: JsonNode | undefined): boolean {
  return node?.kind === 'word' && node.value === false;
}

/** Every text of one tool: names, descriptions, and all that its schema says, property names too. */
function readTool({ node, ...parsed }: ParsedSlice): SliceContent | Fault {
  if (node.kind !== 'object') return { fault: 'BODY_SHAPE', at: '' };
  const tool = stringOf(node, 'name') ?? stringOf(node, 'server_label') ?? stringOf(node, 'type');
  const out = new TextCollector({ ...parsed, point: 'tool-definition', role: 'definition', tool });
  const isMcp = stringOf(node, 'type') === 'mcp';
  for (const { key, value } of node.members) {
    if (key.value === 'type' && value.kind === 'string' && isIdentifier(value.value)) continue;
    if (isMcp && CREDENTIALS.has(key.value) && !isNull(value)) {
      out.see('unknown', `/${key.value}`, out.bytesOf(value));
    } else
      readSchema({ kind: 'object', start: key.start, end: value.end, members: [{ key, value }] }, 'definition', out);
  }
  return out.content();
}

function readInstructions({ node, ...parsed }: ParsedSlice): SliceContent | Fault {
  if (node.kind === 'object') return readItem({ node, ...parsed });
  if (node.kind !== 'string') return { fault: 'BODY_SHAPE', at: '' };
  const out = new TextCollector({ ...parsed, point: 'input', role: 'system' });
  out.add(node, 'instructions');
  return out.content();
}

/** Every text beside items and definitions. All of it is the caller's. */
function readRest({ node, ...parsed }: ParsedSlice): SliceContent {
  const out = new TextCollector({ ...parsed, point: 'input', role: 'user' });
  if (node.kind !== 'object') return out.content();
  for (const { key, value } of node.members) {
    const name = key.value;
    if (!isPlainName(name)) out.add(key, 'key');
    if (name === 'model' && value.kind === 'string' && isModelName(value.value)) continue;
    // What a stored prompt says, only the provider knows.
    if (name === 'prompt' && !isNull(value)) out.see('unknown', '/prompt', out.bytesOf(value));
    if (name === 'text') readSchema(value, name, out);
    else if (name === 'metadata') {
      walkTexts(value, { field: name, path: `/${pointerToken(name)}` }, (place) =>
        out.add(place.node, place.isKey ? 'key' : place.field),
      );
    } else members.add(value, name, out);
  }
  return out.content();
}
