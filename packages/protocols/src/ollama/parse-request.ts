import type { BodyFacts, ExchangeEndpoint, Fault, ParsedRequest, ParseLimits } from '@sallyport/core';
import { isFault, SallyportError } from '@sallyport/core';
import { isNull, type JsonNode, memberOf, type ScannedBody, scanMember, scanString, stringOf } from '@sallyport/wire';
import { type CutMember, type CutRequest, type CutRules, cutRequest, strayElement } from '../request/cut-request.ts';
import { mostOutput } from '../request/most-output.ts';
import { isTrue, modelFault } from '../request/shape.ts';
import { isGenerated, type Operation, operationOf } from './endpoints.ts';
import { fields } from './fields.ts';
import { readDefinition } from './read-definition.ts';
import { readMessage } from './read-message.ts';
import { readRest } from './read-rest.ts';
import { type TextMember, textReader } from './read-text.ts';

const RULES: Readonly<Record<Operation, CutRules>> = {
  chat: {
    pieces: [
      { name: 'tools', kind: 'tool-definition', read: readDefinition },
      { name: 'messages', kind: 'message', read: readMessage },
    ],
    readRest,
  },
  generate: {
    pieces: [instructions('system'), instructions('template'), prompt('prompt'), prompt('suffix')],
    readRest,
  },
  // Each text of a list is remembered for itself.
  embed: { pieces: [{ ...ingested('input'), undivided: false }], readRest },
  embeddings: { pieces: [ingested('prompt')], readRest },
};

/** A parsed body, with what this protocol alone needs to know of it. */
export interface OllamaRequest extends ParsedRequest {
  readonly slices: CutRequest['slices'];
  readonly operation: Operation;
  /** Log-probabilities were asked for. */
  readonly logprobs: boolean;
}

/** Cuts a body into definitions, messages or prompts, and the rest. Only the rest is decoded here. */
export function parseRequest(
  body: Uint8Array,
  { upstreamPath }: ExchangeEndpoint,
  limits: ParseLimits,
): OllamaRequest | Fault {
  const operation = operationOf(upstreamPath);
  if (operation === undefined) throw new SallyportError('INTERNAL', { detail: 'endpoint of another protocol' });
  const cut = cutRequest(body, RULES[operation], limits);
  if (isFault(cut)) return cut;
  const misshapen = checkShape(cut);
  if (misshapen !== undefined) return misshapen;
  const { slices, rest } = cut;
  return { body, slices, facts: factsOf(cut, operation), operation, logprobs: isTrue(memberOf(rest, 'logprobs')) };
}

function checkShape({ scanned, rest }: CutRequest): Fault | undefined {
  const model = modelFault(rest);
  if (model !== undefined) return model;
  if (rest.kind === 'object' && rest.members.some(({ key }) => fields.isDisguised(key.value))) {
    return { fault: 'BODY_SHAPE' };
  }
  const stray = strayElement(scanned, ['tools', 'messages']);
  if (stray !== undefined) return stray;
  for (const name of ['tools', 'messages']) {
    const value = memberOf(rest, name);
    if (value !== undefined && value.kind !== 'array' && !isNull(value)) return { fault: 'BODY_SHAPE', at: `/${name}` };
  }
  const stream = memberOf(rest, 'stream');
  return stream === undefined || stream.kind === 'word' ? undefined : { fault: 'BODY_SHAPE', at: '/stream' };
}

function factsOf({ scanned, slices, rest }: CutRequest, operation: Operation): BodyFacts {
  const generates = isGenerated(operation);
  return {
    model: stringOf(rest, 'model') ?? '',
    stream: generates && isStreamed(memberOf(rest, 'stream')),
    tools: toolsOf(scanned),
    messages: slices.filter(({ kind }) => kind === 'message').length,
    ...(generates ? mostOutput(memberOf(rest, 'options'), ['num_predict']) : { maxOutputTokens: 0 }),
    structured: generates && isFormat(memberOf(rest, 'format')),
    choices: 1,
  };
}

/** Who says nothing of it gets a stream. */
function isStreamed(stream: JsonNode | undefined): boolean {
  return stream === undefined || isNull(stream) || isTrue(stream);
}

/** `json`, or a schema. */
function isFormat(format: JsonNode | undefined): boolean {
  return format?.kind === 'object' || (format?.kind === 'string' && format.value !== '');
}

function toolsOf({ latin1, elements }: ScannedBody): readonly string[] {
  return (elements.get('tools') ?? []).flatMap((range) => {
    const start = scanMember(latin1, range, 'function');
    return start < 0 ? [] : (scanString(latin1, scanMember(latin1, { start, end: range.end }, 'name')) ?? []);
  });
}

function instructions(name: string): CutMember {
  return textPiece(name, { field: name, role: 'system', point: 'input' });
}

function prompt(name: string): CutMember {
  return textPiece(name, { field: name, role: 'user', point: 'input' });
}

/** What becomes vectors: a text. */
function ingested(name: string): CutMember {
  return textPiece(name, { field: name, role: 'user', point: 'ingest' });
}

/** One text: a list in its place is a fault. */
function textPiece(name: string, member: TextMember): CutMember {
  return { name, kind: 'message', whole: true, undivided: true, read: textReader(member) };
}
