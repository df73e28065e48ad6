import type { BodyFacts, ExchangeEndpoint, Fault, ParsedRequest, ParseLimits } from '@sallyport/core';
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
import { isIdentifier } from '../fields.ts';
import { type CutRequest, type CutRules, cutRequest, strayElement } from '../request/cut-request.ts';
import { furtherModels } from '../request/further-models.ts';
import { mostOutput } from '../request/most-output.ts';
import { isTrue, modelFault } from '../request/shape.ts';
import { COUNT_TOKENS } from './endpoints.ts';
import { fields } from './fields.ts';
import { readDefinition } from './read-definition.ts';
import { readMessage, readSystem } from './read-message.ts';
import { readRest } from './read-rest.ts';

const RULES: CutRules = {
  pieces: [
    { name: 'tools', kind: 'tool-definition', read: readDefinition },
    { name: 'system', kind: 'message', whole: true, read: readSystem },
    { name: 'messages', kind: 'message', read: readMessage },
  ],
  readRest,
};

/** A parsed body, with what this protocol alone needs to know of it. */
export interface MessagesRequest extends ParsedRequest {
  readonly slices: CutRequest['slices'];
  /** Asks for a number of tokens: nothing is generated, so there is no answer that could refuse. */
  readonly countsOnly: boolean;
  /** The provider keeps the conversation under the answer's id, so that a later request may go on with it. */
  readonly threaded: boolean;
}

/** Cuts a body into definitions, system prompt, messages and the rest. Only the rest is decoded here. */
export function parseRequest(
  body: Uint8Array,
  { operation }: ExchangeEndpoint,
  limits: ParseLimits,
): MessagesRequest | Fault {
  const cut = cutRequest(body, RULES, limits);
  if (isFault(cut)) return cut;
  const { scanned, slices, rest } = cut;
  const fault = checkShape(scanned, rest) ?? unjudged(scanned, rest);
  if (fault !== undefined) return fault;
  const thread = threadOf(rest);
  if (isFault(thread)) return thread;
  const countsOnly = operation === COUNT_TOKENS;
  const refersTo = [...thread.goesOnWith, ...containerOf(rest)];
  // An answer may leave a container behind, whatever was asked for.
  const facts = { ...factsOf(scanned, rest, countsOnly), refersTo, stores: !countsOnly };
  return { body, slices, facts, countsOnly, threaded: thread.isSet };
}

function checkShape(scanned: ScannedBody, rest: JsonNode): Fault | undefined {
  const model = modelFault(rest);
  if (model !== undefined) return model;
  if (rest.kind === 'object' && rest.members.some(({ key }) => fields.isDisguised(key.value))) {
    return { fault: 'BODY_SHAPE' };
  }
  if (!scanned.elements.has('messages')) return { fault: 'BODY_SHAPE', at: '/messages' };
  const stray = strayElement(scanned, ['tools', 'messages']);
  if (stray !== undefined) return stray;
  for (const [name, cut] of [
    ['tools', 'array'],
    ['system', 'string'],
  ] as const) {
    const value = memberOf(rest, name);
    // What was cut out left an empty array or an empty string behind.
    const fits = value === undefined || value.kind === 'array' || value.kind === cut || isNull(value);
    if (!fits) return { fault: 'BODY_SHAPE', at: `/${name}` };
  }
  const stream = memberOf(rest, 'stream');
  if (stream !== undefined && stream.kind !== 'word') return { fault: 'BODY_SHAPE', at: '/stream' };
  // Two spellings of one thing: which of them a server goes by is its own affair.
  const both = formatOf(memberOf(rest, 'output_config'), 'format') && formatOf(rest, 'output_format');
  return both ? { fault: 'BODY_SHAPE', at: '/output_format' } : undefined;
}

/** What would reach past the decision: other models than the one that the caller may use. */
function unjudged({ latin1, elements }: ScannedBody, rest: JsonNode): Fault | undefined {
  const model = stringOf(rest, 'model') ?? '';
  const further = furtherModels(rest, model);
  if (further !== undefined) return further;
  for (const [index, range] of (elements.get('tools') ?? []).entries()) {
    // Few definitions name a model: the native search spares the others a walk to their end.
    const source = latin1.slice(range.start, range.end);
    if (!source.includes('"model"') && !source.includes('\\u')) continue;
    const at = scanMember(latin1, range, 'model');
    if (at >= 0 && scanString(latin1, at) !== model) return { fault: 'FURTHER_MODELS', at: `/tools/${index}` };
  }
  return undefined;
}

function factsOf({ latin1, elements }: ScannedBody, rest: JsonNode, countsOnly: boolean): BodyFacts {
  const servers = memberOf(rest, 'mcp_servers');
  const serverNames = servers?.kind === 'array' ? servers.items.flatMap((each) => stringOf(each, 'name') ?? []) : [];
  const toolNames = (elements.get('tools') ?? []).flatMap((range) => toolName(latin1, range) ?? []);
  return {
    model: stringOf(rest, 'model') ?? '',
    stream: !countsOnly && isTrue(memberOf(rest, 'stream')),
    tools: [...new Set([...toolNames, ...serverNames])],
    messages: elements.get('messages')?.length ?? 0,
    ...(countsOnly ? { countsOnly } : mostOutput(rest, ['max_tokens'])),
    structured: formatOf(memberOf(rest, 'output_config'), 'format') || formatOf(rest, 'output_format'),
    choices: 1,
  };
}

/** A tool's name without decoding its definition; that of its server or of its family, where it is one of many. */
function toolName(latin1: string, range: ByteRange): string | undefined {
  for (const member of ['name', 'mcp_server_name', 'type']) {
    const name = scanString(latin1, scanMember(latin1, range, member));
    if (name !== undefined) return name;
  }
  return undefined;
}

/** A conversation that the provider keeps: one that begins, or one that goes on after an answer of the provider's. */
function threadOf(rest: JsonNode): { readonly isSet: boolean; readonly goesOnWith: readonly string[] } | Fault {
  const thread = setMember(rest, 'thread');
  if (thread === undefined) return { isSet: false, goesOnWith: [] };
  const id = memberOf(thread, 'previous_message_id');
  if (stringOf(thread, 'type') === 'create' && id === undefined) return { isSet: true, goesOnWith: [] };
  const named = stringOf(thread, 'type') === 'continue' && id?.kind === 'string' && isName(id.value);
  return named ? { isSet: true, goesOnWith: [id.value] } : { fault: 'BODY_SHAPE', at: '/thread' };
}

/** The container of earlier turns, with the files that they left in it. */
function containerOf(rest: JsonNode): readonly string[] {
  const container = memberOf(rest, 'container');
  const id = container?.kind === 'string' ? container.value : stringOf(container, 'id');
  return id === undefined || id === '' ? [] : [id];
}

function isName(id: string): boolean {
  return id !== '' && isIdentifier(id);
}

function formatOf(holder: JsonNode | undefined, name: string): boolean {
  return setMember(holder, name) !== undefined;
}

/** A member that says something: `null` is the same as none. */
function setMember(holder: JsonNode | undefined, name: string): JsonNode | undefined {
  const value = memberOf(holder, name);
  return value === undefined || isNull(value) ? undefined : value;
}
