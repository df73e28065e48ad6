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
import { type CutRequest, type CutRules, cutRequest, strayElement } from '../request/cut-request.ts';
import { furtherModels, furtherModelsOfTool } from '../request/further-models.ts';
import { mostOutput } from '../request/most-output.ts';
import { isModel, isTrue } from '../request/shape.ts';
import { asResponses, type ResponsesEndpoint } from './endpoints.ts';
import { fields } from './fields.ts';
import { ITEM_LISTS, itemKind } from './item-kinds.ts';
import { offeredNames } from './offered-names.ts';
import { readDefinition } from './read-definition.ts';
import { readInstructions, readItem } from './read-item.ts';
import { readRest } from './read-rest.ts';
import { type References, referencesOf } from './references.ts';

const RULES: CutRules = {
  pieces: [
    { name: 'tools', kind: 'tool-definition', read: readDefinition },
    { name: 'instructions', kind: 'message', whole: true, read: readInstructions },
    { name: 'input', kind: 'message', whole: true, read: readItem },
    { name: 'items', kind: 'message', read: readItem },
  ],
  readRest,
};

/** A parsed request, with what this protocol alone needs to know of it. */
export interface ResponsesRequest extends ParsedRequest {
  readonly slices: CutRequest['slices'];
  readonly operation: string;
  readonly startingAfter: number | undefined;
  /** Whether the provider keeps the answer and its items; containers it keeps anyhow. */
  readonly keeps: boolean;
}

/** A conversation has no model, and a stored prompt its own. */
const NO_MODEL = '';
const NO_BYTES = new Uint8Array(0);
const COUNTS = 'responses.input_tokens';
/** Operations that a model answers. */
const GENERATES: ReadonlySet<string> = new Set(['responses.create', 'responses.compact']);

export function parseRequest(
  body: Uint8Array,
  endpoint: ExchangeEndpoint,
  limits: ParseLimits,
): ResponsesRequest | Fault {
  const asked = asResponses(endpoint);
  const { operation, startingAfter, hasBody } = asked;
  if (body.length === 0 && !hasBody) {
    const facts = { ...EMPTY, ...factsOfPath(asked, NONE), stream: asked.stream ?? false };
    return { body: NO_BYTES, slices: [], facts, operation, startingAfter, keeps: true };
  }
  if (asked.method !== 'POST') return { fault: 'BODY_SHAPE' };
  const cut = cutRequest(body, RULES, limits);
  if (isFault(cut)) return cut;
  const { scanned, slices, rest } = cut;
  const misshapen = checkShape(asked, scanned, rest);
  if (misshapen !== undefined) return misshapen;
  const further = furtherIn(scanned, rest);
  if (further !== undefined) return further;
  const references = referencesOf({ scanned, rest, maxDepth: limits.maxDepth });
  if (isFault(references)) return references;
  const facts = factsOf(asked, { scanned, rest, tools: offeredNames(scanned, limits), references });
  return { body, slices, facts, operation, startingAfter, keeps: keeps(asked, rest) };
}

function checkShape({ operation }: ResponsesEndpoint, scanned: ScannedBody, rest: JsonNode): Fault | undefined {
  if (rest.kind === 'object' && rest.members.some(({ key }) => fields.isDisguised(key.value))) {
    return { fault: 'BODY_SHAPE' };
  }
  // Cut out, a list or a text stands in the rest emptied.
  const lists = memberOf(rest, 'input')?.kind === 'array' ? ['tools', 'items', 'input'] : ['tools', 'items'];
  const stray = strayElement(scanned, lists);
  if (stray !== undefined) return stray;
  for (const name of ['input', 'tools', 'items']) {
    const value = memberOf(rest, name);
    const fits =
      value === undefined || isNull(value) || value.kind === 'array' || (name === 'input' && value.kind === 'string');
    if (!fits) return { fault: 'BODY_SHAPE', at: `/${name}` };
  }
  for (const name of ['stream', 'store', 'background']) {
    const value = memberOf(rest, name);
    if (value !== undefined && value.kind !== 'word') return { fault: 'BODY_SHAPE', at: `/${name}` };
  }
  const model = memberOf(rest, 'model');
  if (model === undefined || isNull(model)) {
    return operation === 'responses.compact' ? { fault: 'BODY_SHAPE', at: '/model' } : undefined;
  }
  return model.kind === 'string' && isModel(model.value) ? undefined : { fault: 'BODY_SHAPE', at: '/model' };
}

/** Models beside the one that is judged: in the body, in a definition, or in a definition that an item brings. */
function furtherIn({ latin1, elements }: ScannedBody, rest: JsonNode): Fault | undefined {
  const model = stringOf(rest, 'model') ?? NO_MODEL;
  const definitions = elements.get('tools') ?? [];
  const brought = ITEM_LISTS.flatMap((name) =>
    (elements.get(name) ?? []).filter((range) => definesTools(latin1, range)),
  );
  for (const range of [...definitions, ...brought]) {
    const fault = furtherModelsOfTool(latin1, range, model);
    if (fault !== undefined) return fault;
  }
  return furtherModels(rest, model);
}

function definesTools(latin1: string, range: ByteRange): boolean {
  return itemKind(scanString(latin1, scanMember(latin1, range, 'type'))).definitions.size > 0;
}

interface FactSources {
  readonly scanned: ScannedBody;
  readonly rest: JsonNode;
  /** Names of tools. */
  readonly tools: readonly string[];
  readonly references: References;
}

const EMPTY: BodyFacts = {
  model: NO_MODEL,
  stream: false,
  tools: [],
  messages: 0,
  structured: false,
  choices: 1,
  stores: true,
  generates: false,
};

function factsOf(asked: ResponsesEndpoint, { scanned, rest, tools, references }: FactSources): BodyFacts {
  const items = scanned.elements.get('input') ?? scanned.elements.get('items') ?? [];
  const format = stringOf(memberOf(memberOf(rest, 'text'), 'format'), 'type');
  const model = stringOf(rest, 'model');
  return {
    ...EMPTY,
    ...(model !== undefined && { model }),
    ...factsOfPath(asked, references),
    stream: isTrue(memberOf(rest, 'stream')),
    tools,
    messages: items.length,
    structured: format === 'json_schema' || format === 'json_object',
    ...mostOutput(rest, ['max_output_tokens']),
    ...(isTrue(memberOf(rest, 'background')) && { worksOn: true }),
    stores: asked.operation !== COUNTS,
    generates: GENERATES.has(asked.operation),
  };
}

const NONE: References = { refersTo: [], mentions: [] };

function factsOfPath({ owned, items }: ResponsesEndpoint, { refersTo, mentions }: References): References {
  return { refersTo: [...owned, ...refersTo], mentions: [...items, ...mentions] };
}

/** The provider keeps what it answers unless it is told not to; a conversation keeps it all the same. */
function keeps({ operation }: ResponsesEndpoint, rest: JsonNode): boolean {
  if (operation === COUNTS) return false;
  const [store, conversation] = [memberOf(rest, 'store'), memberOf(rest, 'conversation')];
  const told = store?.kind === 'word' && store.value === false;
  return !told || (conversation !== undefined && !isNull(conversation));
}
