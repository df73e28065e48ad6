import { Buffer } from 'node:buffer';
import {
  type BodyFacts,
  type Fault,
  isFault,
  type ParsedRequest,
  type ParseLimits,
  type Slice,
  type SliceContent,
} from '@sallyport/core';
import {
  type ByteRange,
  decodeUtf8,
  isNull,
  type JsonNode,
  memberOf,
  numberOf,
  parseJson,
  type ScannedBody,
  scanBody,
  scanMember,
  scanString,
  stringOf,
} from '@sallyport/wire';
import { isDisguised } from './fields.ts';
import { readDefinition } from './read-definition.ts';
import { type ParsedSlice, readMessage } from './read-message.ts';
import { readRest } from './read-rest.ts';

/** Longest model name, UTF-16 characters. */
const MODEL_MAX_CHARS = 256;
/** Answers that one request may ask for, as far as a refusal repeats itself; the provider has its own limit. */
const CHOICES_MAX = 128;
const CUT_ARRAYS = ['messages', 'tools', 'functions'] as const;
/** An element of a cut array is two containers deep already: the body and the array. */
const ELEMENT_DEPTH = 2;

/** A parsed body, with what this protocol alone needs to know of it. */
export interface ChatRequest extends ParsedRequest {
  readonly slices: readonly ChatSlice[];
  /** `stream_options.include_usage`: the client waits for a chunk with the usage. */
  readonly includeUsage: boolean;
  /** Log-probabilities were asked for. */
  readonly logprobs: boolean;
}

/** A slice, and where its bytes stand in the body, piece by piece. */
export interface ChatSlice extends Slice {
  readonly pieces: readonly ByteRange[];
}

/**
 * Cuts a chat completions body into definitions, messages and the rest. Only the rest is decoded here.
 * Cost: about 0.3 us a KB for what is not opened.
 */
export function parseRequest(body: Uint8Array, limits: ParseLimits): ChatRequest | Fault {
  if (body.length > limits.maxBodyBytes) return { fault: 'BODY_TOO_LARGE' };
  const scanned = scanBody(body, { arrays: CUT_ARRAYS, members: [], maxDepth: limits.maxDepth });
  if (isFault(scanned)) return scanned;
  const restBytes = Buffer.concat(scanned.rest.map(({ start, end }) => body.subarray(start, end)));
  const restText = decodeUtf8(restBytes);
  if (typeof restText !== 'string') return restText;
  const rest = parseJson(restText, { maxDepth: limits.maxDepth, strict: true });
  if (isFault(rest)) return { fault: rest.fault };
  const misshapen = checkShape(scanned, rest);
  if (misshapen !== undefined) return misshapen;

  const definitions = [...(scanned.elements.get('tools') ?? []), ...(scanned.elements.get('functions') ?? [])];
  const messages = scanned.elements.get('messages') ?? [];
  const elementDepth = limits.maxDepth - ELEMENT_DEPTH;
  const slices: ChatSlice[] = [];
  for (const range of definitions) {
    slices.push(
      new ElementSlice({ kind: 'tool-definition', body, range, index: slices.length, maxDepth: elementDepth }),
    );
  }
  for (const range of messages) {
    slices.push(new ElementSlice({ kind: 'message', body, range, index: slices.length, maxDepth: elementDepth }));
  }
  const parsed = { slice: slices.length, text: restText, byteLength: restBytes.length, node: rest };
  slices.push({ kind: 'rest', bytes: restBytes, pieces: scanned.rest, open: () => readRest(parsed) });
  return {
    body,
    slices,
    facts: factsOf({ scanned, definitions, messages: messages.length, rest }),
    includeUsage: isTrue(memberOf(memberOf(rest, 'stream_options'), 'include_usage')),
    logprobs: isTrue(memberOf(rest, 'logprobs')),
  };
}

interface ElementParts {
  readonly kind: 'tool-definition' | 'message';
  readonly body: Uint8Array;
  readonly range: ByteRange;
  readonly index: number;
  readonly maxDepth: number;
}

/** A message or a definition: decoded and validated only when it is opened. */
class ElementSlice implements ChatSlice {
  readonly kind: 'tool-definition' | 'message';
  readonly bytes: Uint8Array;
  readonly pieces: readonly ByteRange[];
  readonly #index: number;
  readonly #maxDepth: number;

  constructor({ kind, body, range, index, maxDepth }: ElementParts) {
    this.kind = kind;
    this.bytes = body.subarray(range.start, range.end);
    this.pieces = [range];
    this.#index = index;
    this.#maxDepth = maxDepth;
  }

  open(): SliceContent | Fault {
    const text = decodeUtf8(this.bytes);
    if (typeof text !== 'string') return text;
    const node = parseJson(text, { maxDepth: this.#maxDepth, strict: true });
    if (isFault(node)) return node;
    const parsed: ParsedSlice = { slice: this.#index, text, byteLength: this.bytes.length, node };
    return this.kind === 'message' ? readMessage(parsed) : readDefinition(parsed);
  }
}

function checkShape({ latin1, elements }: ScannedBody, rest: JsonNode): Fault | undefined {
  const model = stringOf(rest, 'model');
  if (model === undefined || model === '' || model.length > MODEL_MAX_CHARS || hasControl(model)) {
    return { fault: 'BODY_SHAPE', at: '/model' };
  }
  if (rest.kind === 'object' && rest.members.some(({ key }) => isDisguised(key.value))) return { fault: 'BODY_SHAPE' };
  if (!elements.has('messages')) return { fault: 'BODY_SHAPE', at: '/messages' };
  for (const [name, ranges] of elements) {
    const stray = ranges.findIndex(({ start }) => latin1.charCodeAt(start) !== 0x7b);
    if (stray >= 0) return { fault: 'BODY_SHAPE', at: `/${name}/${stray}` };
  }
  for (const name of ['tools', 'functions']) {
    const value = memberOf(rest, name);
    if (value !== undefined && value.kind !== 'array' && !isNull(value)) return { fault: 'BODY_SHAPE', at: `/${name}` };
  }
  const stream = memberOf(rest, 'stream');
  return stream === undefined || stream.kind === 'word' ? undefined : { fault: 'BODY_SHAPE', at: '/stream' };
}

interface FactSources {
  readonly scanned: ScannedBody;
  readonly definitions: readonly ByteRange[];
  readonly messages: number;
  readonly rest: JsonNode;
}

function factsOf({ scanned, definitions, messages, rest }: FactSources): BodyFacts {
  const tools: string[] = [];
  let strictTools = false;
  for (const range of definitions) {
    const { name, strict } = scanDefinition(scanned.latin1, range);
    if (name !== undefined) tools.push(name);
    strictTools ||= strict;
  }
  const format = stringOf(memberOf(rest, 'response_format'), 'type');
  const asked = numberOf(rest, 'n') ?? 1;
  return {
    model: stringOf(rest, 'model') ?? '',
    stream: isTrue(memberOf(rest, 'stream')),
    tools,
    messages,
    // The SDK's parsers throw on `content_filter` also when a tool is strict.
    structured: strictTools || format === 'json_schema' || format === 'json_object',
    choices: Number.isInteger(asked) ? Math.min(Math.max(asked, 1), CHOICES_MAX) : 1,
  };
}

/** A definition's name, and whether it is strict, without decoding it. */
function scanDefinition(
  latin1: string,
  range: ByteRange,
): { readonly name: string | undefined; readonly strict: boolean } {
  let start = scanMember(latin1, range, 'function');
  if (start < 0) start = scanMember(latin1, range, 'custom');
  const inner = start < 0 ? range : { start, end: range.end };
  const name = scanString(latin1, scanMember(latin1, inner, 'name'));
  // Few definitions say so: the native search spares the others a walk to their end.
  if (!latin1.slice(range.start, range.end).includes('"strict"')) return { name, strict: false };
  const strict = scanMember(latin1, inner, 'strict');
  return { name, strict: strict >= 0 && latin1.startsWith('true', strict) };
}

function hasControl(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit < 0x20 || unit === 0x7f) return true;
  }
  return false;
}

function isTrue(node: JsonNode | undefined): boolean {
  return node?.kind === 'word' && node.value === true;
}
