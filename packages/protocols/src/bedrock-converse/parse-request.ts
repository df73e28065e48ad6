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
} from '@sallyport/wire';
import { type CutRequest, type CutRules, cutRequest, strayElement } from '../request/cut-request.ts';
import { furtherModelsIn } from '../request/further-models.ts';
import { mostOutput } from '../request/most-output.ts';
import { COUNT_TOKENS } from './endpoints.ts';
import { isDisguised } from './fields.ts';
import { isStoredPrompt, PromptSlice } from './prompt-slice.ts';
import { NAMED, readDefinition } from './read-definition.ts';
import { readMessage, readSystem } from './read-message.ts';
import { readCountedRest, readRest } from './read-rest.ts';

/** Where a request for a number of tokens holds what would be sent. */
const COUNTED = ['input', 'converse'] as const;
const TOOLS = ['toolConfig'] as const;

const RULES: CutRules = { pieces: piecesIn([]), readRest };
const COUNTED_RULES: CutRules = { pieces: piecesIn(COUNTED), readRest: readCountedRest };

function piecesIn(around: readonly string[]): CutRules['pieces'] {
  return [
    { name: 'tools', within: [...around, ...TOOLS], kind: 'tool-definition', read: readDefinition },
    { name: 'system', within: around, kind: 'message', read: readSystem },
    { name: 'messages', within: around, kind: 'message', read: readMessage },
  ];
}

/** A parsed body, with what this protocol alone needs to know of it. */
export interface ConverseRequest extends ParsedRequest {
  readonly slices: CutRequest['slices'];
  /** Asks for a number of tokens: nothing is generated, so there is no answer that could refuse. */
  readonly counted: boolean;
}

/** Cuts a body into definitions, system prompt, messages and the rest. Only the rest is decoded here. */
export function parseRequest(
  body: Uint8Array,
  { operation, model = '', stream = false }: ExchangeEndpoint,
  limits: ParseLimits,
): ConverseRequest | Fault {
  const counted = operation === COUNT_TOKENS;
  const around = counted ? COUNTED : [];
  const cut = cutRequest(body, counted ? COUNTED_RULES : RULES, limits);
  if (isFault(cut)) return cut;
  const { scanned, rest } = cut;
  const stored = isStoredPrompt(model);
  const fault = checkShape(scanned, { rest, around, stored });
  if (fault !== undefined) return fault;
  const asked = around.reduce<JsonNode | undefined>(memberOf, rest);
  const extra = memberOf(asked, 'additionalModelRequestFields');
  const further = extra === undefined ? undefined : furtherModelsIn(extra, model);
  if (further !== undefined) return further;
  const slices = stored ? [...cut.slices, new PromptSlice(model)] : cut.slices;
  return { body, slices, facts: { ...factsOf(scanned, asked, around), model, stream }, counted };
}

interface Shape {
  readonly rest: JsonNode;
  readonly around: readonly string[];
  /** The messages may be those of a stored prompt. */
  readonly stored: boolean;
}

function checkShape(scanned: ScannedBody, { rest, around, stored }: Shape): Fault | undefined {
  let asked = rest;
  for (const name of around) {
    if (isDisguised(asked) || isSet(asked, 'invokeModel')) return { fault: 'BODY_SHAPE', at: '/input' };
    const inner = memberOf(asked, name);
    if (inner?.kind !== 'object') return { fault: 'BODY_SHAPE', at: `/${name}` };
    asked = inner;
  }
  const at = (name: string) => [...around, name].join('/');
  const tools = memberOf(asked, 'toolConfig');
  if (isDisguised(asked) || (tools !== undefined && isDisguised(tools))) return { fault: 'BODY_SHAPE' };
  // The path names the model: whoever reads another one here acts on another request than the one that was judged.
  if (memberOf(rest, 'modelId') !== undefined) return { fault: 'BODY_SHAPE', at: '/modelId' };
  const stray = strayElement(scanned, [at('messages'), at('system'), at('toolConfig/tools')]);
  if (stray !== undefined) return stray;
  if (isSet(asked, 'toolConfig') && tools?.kind !== 'object')
    return { fault: 'BODY_SHAPE', at: `/${at('toolConfig')}` };
  for (const [holder, name] of [
    [asked, 'messages'],
    [asked, 'system'],
    [tools, 'tools'],
  ] as const) {
    // What was cut out left an empty array behind.
    if (isSet(holder, name) && memberOf(holder, name)?.kind !== 'array') return { fault: 'BODY_SHAPE', at: `/${name}` };
  }
  return stored || scanned.elements.has(at('messages')) ? undefined : { fault: 'BODY_SHAPE', at: '/messages' };
}

function isSet(holder: JsonNode | undefined, name: string): boolean {
  const value = memberOf(holder, name);
  return value !== undefined && !isNull(value);
}

function factsOf(
  { latin1, elements }: ScannedBody,
  asked: JsonNode | undefined,
  around: readonly string[],
): Omit<BodyFacts, 'model' | 'stream'> {
  const at = (name: string) => elements.get([...around, name].join('/')) ?? [];
  return {
    tools: at('toolConfig/tools').flatMap((range) => toolName(latin1, range) ?? []),
    messages: at('messages').length,
    ...(around.length > 0 ? { countsOnly: true } : mostOutput(memberOf(asked, 'inferenceConfig'), ['maxTokens'])),
    structured: isSet(memberOf(asked, 'outputConfig'), 'textFormat'),
    choices: 1,
  };
}

/** A tool's name without decoding its definition. */
function toolName(latin1: string, range: ByteRange): string | undefined {
  for (const member of NAMED) {
    const start = scanMember(latin1, range, member);
    if (start < 0) continue;
    const name = scanString(latin1, scanMember(latin1, { start, end: range.end }, 'name'));
    if (name !== undefined) return name;
  }
  return undefined;
}
