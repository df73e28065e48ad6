import type { BodyFacts, ExchangeEndpoint, Fault, ParsedRequest, ParseLimits } from '@sallyport/core';
import { isFault } from '@sallyport/core';
import {
  type ByteRange,
  isNull,
  type JsonNode,
  memberOf,
  numberOf,
  type ScannedBody,
  scanMember,
  scanString,
  stringOf,
} from '@sallyport/wire';
import { cachedContents } from '../openai/kept-content.ts';
import { type CutRequest, type CutRules, cutRequest, strayElement } from '../request/cut-request.ts';
import { furtherModels, furtherModelsOfTool } from '../request/further-models.ts';
import { mostOutput } from '../request/most-output.ts';
import { isTrue, modelFault } from '../request/shape.ts';
import { fields } from './fields.ts';
import { readDefinition } from './read-definition.ts';
import { readMessage } from './read-message.ts';
import { readRest } from './read-rest.ts';

/** Answers that one request may ask for, as far as a refusal repeats itself; the provider has its own limit. */
const CHOICES_MAX = 128;
/** A member of the body that lets the model search by itself, as the tool of that type does. */
const SEARCH_OPTIONS = 'web_search_options';
const SEARCH = 'web_search';
const RULES: CutRules = {
  pieces: [
    { name: 'tools', kind: 'tool-definition', read: readDefinition },
    { name: 'functions', kind: 'tool-definition', read: readDefinition },
    { name: 'messages', kind: 'message', read: readMessage },
  ],
  readRest,
};

/** A parsed body, with what this protocol alone needs to know of it. */
export interface ChatRequest extends ParsedRequest {
  readonly slices: CutRequest['slices'];
  /** `stream_options.include_usage`: the client waits for a chunk with the usage. */
  readonly includeUsage: boolean;
  /** Log-probabilities were asked for. */
  readonly logprobs: boolean;
}

/** Cuts a chat completions body into definitions, messages and the rest. Only the rest is decoded here. */
export function parseRequest(
  body: Uint8Array,
  { model }: Pick<ExchangeEndpoint, 'model'>,
  limits: ParseLimits,
): ChatRequest | Fault {
  const cut = cutRequest(body, RULES, limits);
  if (isFault(cut)) return cut;
  const { scanned, slices, rest } = cut;
  const misshapen = (model === undefined ? modelFault(rest) : undefined) ?? checkShape(scanned, rest);
  if (misshapen !== undefined) return misshapen;
  const named = model ?? stringOf(rest, 'model') ?? '';
  const further = furtherModels(rest, named) ?? furtherTools(scanned, named);
  if (further !== undefined) return further;
  const cached = cachedContents(rest);
  if (isFault(cached)) return cached;
  const definitions = [...(scanned.elements.get('tools') ?? []), ...(scanned.elements.get('functions') ?? [])];
  const messages = scanned.elements.get('messages') ?? [];
  return {
    body,
    slices,
    facts: {
      ...factsOf({ model: named, scanned, definitions, messages: messages.length, rest }),
      ...(cached.length > 0 && { refersTo: cached }),
    },
    includeUsage: isTrue(memberOf(memberOf(rest, 'stream_options'), 'include_usage')),
    logprobs: isTrue(memberOf(rest, 'logprobs')),
  };
}

function checkShape(scanned: ScannedBody, rest: JsonNode): Fault | undefined {
  if (rest.kind === 'object' && rest.members.some(({ key }) => fields.isDisguised(key.value))) {
    return { fault: 'BODY_SHAPE' };
  }
  if (!scanned.elements.has('messages')) return { fault: 'BODY_SHAPE', at: '/messages' };
  const stray = strayElement(scanned, ['tools', 'functions', 'messages']);
  if (stray !== undefined) return stray;
  for (const name of ['tools', 'functions']) {
    const value = memberOf(rest, name);
    if (value !== undefined && value.kind !== 'array' && !isNull(value)) return { fault: 'BODY_SHAPE', at: `/${name}` };
  }
  const stream = memberOf(rest, 'stream');
  return stream === undefined || stream.kind === 'word' ? undefined : { fault: 'BODY_SHAPE', at: '/stream' };
}

/** A tool of the provider's own may bring a model with it. */
function furtherTools({ latin1, elements }: ScannedBody, model: string): Fault | undefined {
  for (const range of elements.get('tools') ?? []) {
    const fault = furtherModelsOfTool(latin1, range, model);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

interface FactSources {
  readonly model: string;
  readonly scanned: ScannedBody;
  readonly definitions: readonly ByteRange[];
  readonly messages: number;
  readonly rest: JsonNode;
}

function factsOf({ model, scanned, definitions, messages, rest }: FactSources): BodyFacts {
  const tools: string[] = [];
  let strictTools = false;
  for (const range of definitions) {
    const { name, strict } = scanDefinition(scanned.latin1, range);
    if (name !== undefined) tools.push(name);
    strictTools ||= strict;
  }
  const search = memberOf(rest, SEARCH_OPTIONS);
  if (search !== undefined && !isNull(search)) tools.push(SEARCH);
  const format = stringOf(memberOf(rest, 'response_format'), 'type');
  const asked = numberOf(rest, 'n') ?? 1;
  return {
    model,
    stream: isTrue(memberOf(rest, 'stream')),
    tools,
    messages,
    // The SDK's parsers throw on `content_filter` also when a tool is strict.
    structured: strictTools || format === 'json_schema' || format === 'json_object',
    ...mostOutput(rest, ['max_tokens', 'max_completion_tokens']),
    choices: Number.isInteger(asked) ? Math.min(Math.max(asked, 1), CHOICES_MAX) : 1,
  };
}

/** Of what needs no name of its own: the label of a server, the type of a tool of the provider's. */
function ownName(latin1: string, range: ByteRange): string | undefined {
  return (
    scanString(latin1, scanMember(latin1, range, 'server_label')) ??
    scanString(latin1, scanMember(latin1, range, 'type'))
  );
}

/** A definition's name, and whether it is strict, without decoding it. */
function scanDefinition(
  latin1: string,
  range: ByteRange,
): { readonly name: string | undefined; readonly strict: boolean } {
  let start = scanMember(latin1, range, 'function');
  if (start < 0) start = scanMember(latin1, range, 'custom');
  const inner = start < 0 ? range : { start, end: range.end };
  const name = scanString(latin1, scanMember(latin1, inner, 'name')) ?? ownName(latin1, range);
  // Few definitions say so: the native search spares the others a walk to their end.
  if (!latin1.slice(range.start, range.end).includes('"strict"')) return { name, strict: false };
  const strict = scanMember(latin1, inner, 'strict');
  return { name, strict: strict >= 0 && latin1.startsWith('true', strict) };
}
