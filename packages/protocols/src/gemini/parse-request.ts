import type { BodyFacts, ExchangeEndpoint, Fault, ParsedRequest, ParseLimits } from '@sallyport/core';
import { isFault, SallyportError } from '@sallyport/core';
import {
  type ByteRange,
  decodeUtf8,
  isNull,
  type JsonNode,
  memberOf,
  parseJson,
  type ScannedBody,
  scanBody,
  scanMember,
  scanString,
} from '@sallyport/wire';
import { isModelName } from '../fields.ts';
import { type CutMember, type CutRequest, type CutRules, cutRequest, strayElement } from '../request/cut-request.ts';
import { mostOutput } from '../request/most-output.ts';
import { isTrue } from '../request/shape.ts';
import { isGenerated, type Operation, operationOf } from './endpoints.ts';
import { isDisguised } from './fields.ts';
import { readContent, readEmbedRequest, readIngested, readInstruction } from './read-content.ts';
import { readDefinition } from './read-definition.ts';
import { readIngestedRest, readRest } from './read-rest.ts';
import { bothSpellings, memberIn, stringIn } from './spelling.ts';

/** Where a request for a number of tokens may hold what would be sent. */
const COUNTED = 'generateContentRequest';
const DECLARATIONS = bothSpellings('functionDeclarations');
const DECLARED = { arrays: DECLARATIONS, members: DECLARATIONS };
/** Answers that may be asked for. */
const CHOICES_MAX = 128;

const GENERATE: CutRules = { pieces: piecesIn([]), readRest };
const COUNT: CutRules = {
  pieces: [...piecesIn([]), ...bothSpellings(COUNTED).flatMap((holder) => piecesIn([holder]))],
  readRest,
};

const RULES: Readonly<Record<Operation, CutRules>> = {
  generateContent: GENERATE,
  streamGenerateContent: GENERATE,
  countTokens: COUNT,
  embedContent: {
    pieces: [{ name: 'content', kind: 'message', whole: true, undivided: true, read: readIngested }],
    readRest: readIngestedRest,
  },
  batchEmbedContents: {
    pieces: [{ name: 'requests', kind: 'message', whole: true, read: readEmbedRequest }],
    readRest: readIngestedRest,
  },
};

/** Google's servers take an object for a list of one. */
function piecesIn(within: readonly string[]): readonly CutMember[] {
  return [
    { name: 'tools', within, kind: 'tool-definition', whole: true, read: readDefinition },
    ...bothSpellings('systemInstruction').map(
      (name): CutMember => ({ name, within, kind: 'message', whole: true, undivided: true, read: readInstruction }),
    ),
    { name: 'contents', within, kind: 'message', whole: true, read: readContent },
  ];
}

/** A parsed body, with what this protocol alone needs to know of it. */
export interface GeminiRequest extends ParsedRequest {
  readonly slices: CutRequest['slices'];
  readonly operation: Operation;
  /** A stream is one of server-sent events; otherwise it is a JSON array. */
  readonly sse: boolean;
  /** Log-probabilities were asked for. */
  readonly logprobs: boolean;
}

/** Cuts a body into definitions, instructions, contents and the rest. Only the rest is decoded here. */
export function parseRequest(
  body: Uint8Array,
  { operation: named, upstreamPath, model = '' }: ExchangeEndpoint,
  limits: ParseLimits,
): GeminiRequest | Fault {
  const operation = operationOf(named);
  if (operation === undefined) throw new SallyportError('INTERNAL', { detail: 'endpoint of another protocol' });
  const cut = cutRequest(body, RULES[operation], limits);
  if (isFault(cut)) return cut;
  const fault = checkShape(cut, operation) ?? checkModels(cut, model);
  if (fault !== undefined) return fault;
  const refersTo = cachedIn(cut.rest);
  if (isFault(refersTo)) return refersTo;
  const config = memberIn(cut.rest, 'generationConfig');
  return {
    body,
    slices: cut.slices,
    facts: {
      ...factsOf(cut, operation, limits),
      model,
      stream: operation === 'streamGenerateContent',
      ...(refersTo.length > 0 && { refersTo }),
    },
    operation,
    sse: upstreamPath.endsWith('?alt=sse'),
    logprobs: isTrue(memberIn(config, 'responseLogprobs')),
  };
}

function checkShape({ scanned, rest }: CutRequest, operation: Operation): Fault | undefined {
  const counted = operation === 'countTokens' ? memberIn(rest, COUNTED) : undefined;
  for (const holder of [rest, counted]) {
    if (holder === undefined) continue;
    const config = memberIn(holder, 'generationConfig');
    if (isDisguised(holder) || (config !== undefined && isDisguised(config))) return { fault: 'BODY_SHAPE' };
    for (const name of ['contents', 'tools', 'requests']) {
      // What was cut out left something empty behind.
      const value = memberOf(holder, name);
      const shaped = value === undefined || isNull(value) || value.kind === 'array' || value.kind === 'object';
      if (!shaped) return { fault: 'BODY_SHAPE', at: `/${name}` };
    }
  }
  if (counted !== undefined && counted.kind !== 'object') return { fault: 'BODY_SHAPE', at: `/${COUNTED}` };
  const held = ['', ...bothSpellings(COUNTED).map((holder) => `${holder}/`)];
  const lists = held.flatMap((holder) => [`${holder}contents`, `${holder}tools`]);
  return strayElement(scanned, [...lists, 'requests']);
}

/** The path names the model: whoever reads another one in the body acts on another request than the one that was judged. */
function checkModels({ scanned, rest }: CutRequest, model: string): Fault | undefined {
  const { latin1, elements } = scanned;
  const isOwn = (named: string) => named === model || named === `models/${model}`;
  for (const holder of [rest, memberIn(rest, COUNTED)]) {
    const named = memberOf(holder, 'model');
    if (named !== undefined && (named.kind !== 'string' || !isOwn(named.value)))
      return { fault: 'BODY_SHAPE', at: '/model' };
  }
  for (const holder of [rest, memberIn(rest, COUNTED)]) {
    const routing = memberIn(memberIn(holder, 'generationConfig'), 'routingConfig');
    // Another model by its name, or whichever Google's router takes.
    if (routing !== undefined && !isNull(routing)) {
      return { fault: 'FURTHER_MODELS', at: '/generationConfig/routingConfig' };
    }
  }
  for (const [index, range] of (elements.get('requests') ?? []).entries()) {
    const at = scanMember(latin1, range, 'model');
    if (at >= 0 && !isOwn(scanString(latin1, at) ?? '')) return { fault: 'BODY_SHAPE', at: `/requests/${index}/model` };
  }
  return undefined;
}

/** Contents that were sent before, under the name by which Google keeps them: they come before those of the request. */
function cachedIn(rest: JsonNode): readonly string[] | Fault {
  const names: string[] = [];
  for (const holder of [rest, memberIn(rest, COUNTED)]) {
    const cached = memberIn(holder, 'cachedContent');
    if (cached === undefined || isNull(cached)) continue;
    if (cached.kind !== 'string' || !isModelName(cached.value)) return { fault: 'BODY_SHAPE', at: '/cachedContent' };
    names.push(cached.value);
  }
  return names;
}

function factsOf(
  { body, scanned, slices, rest }: CutRequest,
  operation: Operation,
  limits: ParseLimits,
): Omit<BodyFacts, 'model' | 'stream'> {
  const config = memberIn(rest, 'generationConfig');
  const tools = ['tools', ...bothSpellings(COUNTED).map((holder) => `${holder}/tools`)];
  return {
    tools: tools.flatMap((name) =>
      (scanned.elements.get(name) ?? []).flatMap((range) => toolNames(body, range, limits)),
    ),
    messages: slices.filter(({ kind }) => kind === 'message').length,
    ...lengthOf(operation, config),
    structured: isGenerated(operation) && isStructured(config),
    choices: choicesOf(memberIn(config, 'candidateCount')),
  };
}

/** What is said of the answer's length. */
function lengthOf(
  operation: Operation,
  config: JsonNode | undefined,
): Pick<BodyFacts, 'maxOutputTokens' | 'countsOnly'> {
  if (operation === 'countTokens') return { countsOnly: true };
  return isGenerated(operation) ? mostOutput(config, bothSpellings('maxOutputTokens')) : { maxOutputTokens: 0 };
}

function isStructured(config: JsonNode | undefined): boolean {
  if (stringIn(config, 'responseMimeType') === 'application/json') return true;
  return ['responseSchema', 'responseJsonSchema', '_responseJsonSchema'].some(
    (name) => memberIn(config, name)?.kind === 'object',
  );
}

/** Numbers may come as strings. */
function choicesOf(count: JsonNode | undefined): number {
  const said = count?.kind === 'number' || count?.kind === 'string' ? Number(count.value) : 1;
  return Number.isInteger(said) ? Math.min(Math.max(said, 1), CHOICES_MAX) : 1;
}

/** What one element of `tools` offers: functions by the names that it declares, tools of Google's own by the member that switches them on. */
function toolNames(body: Uint8Array, { start, end }: ByteRange, limits: ParseLimits): readonly string[] {
  const element = body.subarray(start, end);
  const scanned = scanBody(element, { ...DECLARED, maxDepth: limits.maxDepth });
  if (isFault(scanned)) return [];
  const declared = DECLARATIONS.flatMap((name) =>
    (scanned.elements.get(name) ?? []).flatMap(
      (range) => scanString(scanned.latin1, scanMember(scanned.latin1, range, 'name')) ?? [],
    ),
  );
  return [...declared, ...switchedOn(element, scanned, limits)];
}

function switchedOn(
  element: Uint8Array,
  { rest }: ScannedBody,
  { maxDepth, maxNodes }: ParseLimits,
): readonly string[] {
  const text = decodeUtf8(Buffer.concat(rest.map(({ start, end }) => element.subarray(start, end))));
  const node = typeof text === 'string' ? parseJson(text, { maxDepth, maxNodes, strict: true }) : text;
  if (isFault(node) || node.kind !== 'object') return [];
  return node.members.flatMap(({ key, value }) =>
    isNull(value) || DECLARATIONS.includes(key.value) ? [] : [key.value],
  );
}
