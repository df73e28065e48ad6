import type { ExchangeEndpoint, Fault, ParsedRequest, ParseLimits, SliceContent, Unseen } from '@sallyport/core';
import { isFault } from '@sallyport/core';
import {
  isBase64,
  isPlainName,
  type JsonNode,
  type JsonObject,
  memberOf,
  stringOf,
  TextCollector,
} from '@sallyport/wire';
import type { Fields } from '../fields.ts';
import { type CutRequest, type CutRules, cutRequest, type ParsedSlice } from '../request/cut-request.ts';
import { furtherModels, isJudgedModel } from '../request/further-models.ts';
import { MemberTexts } from '../request/member-texts.ts';
import { isTrue, modelFault } from '../request/shape.ts';

const NO_NAMES: ReadonlySet<string> = new Set();

/** A request without messages: its texts stand in one or two members, and nothing in it is history. */
export interface PlainRequest extends ParsedRequest {
  readonly slices: CutRequest['slices'];
  /** Its body is read in this way. */
  readonly plain: true;
}

/** A parsed request, and what only its parser looks at: whoever waits for the answer keeps nothing of it. */
export interface PlainParsed {
  readonly request: PlainRequest;
  readonly rest: JsonNode;
}

export interface PlainRules extends CutRules {
  readonly fields: Fields;
  /** The member that must be there, if one must. */
  readonly needs?: string;
  /** Whether the model may be left to the provider. */
  readonly modelOptional?: boolean;
}

/** What one request is parsed by. */
export interface PlainAsk {
  readonly rules: PlainRules;
  readonly endpoint: Pick<ExchangeEndpoint, 'model'>;
  readonly limits: ParseLimits;
}

export function parsePlain(body: Uint8Array, { rules, endpoint, limits }: PlainAsk): PlainParsed | Fault {
  const cut = cutRequest(body, rules, limits);
  if (isFault(cut)) return cut;
  const { rest, scanned } = cut;
  const model = endpoint.model ?? stringOf(rest, 'model');
  const unnamed = model === undefined && rules.modelOptional === true && memberOf(rest, 'model') === undefined;
  const misshapen = endpoint.model === undefined && !unnamed ? modelFault(rest) : undefined;
  if (misshapen !== undefined) return misshapen;
  if (rest.kind === 'object' && rest.members.some(({ key }) => rules.fields.isDisguised(key.value))) {
    return { fault: 'BODY_SHAPE' };
  }
  const further = furtherModels(rest, model ?? '');
  if (further !== undefined) return further;
  if (rules.needs !== undefined && !scanned.elements.has(rules.needs))
    return { fault: 'BODY_SHAPE', at: `/${rules.needs}` };
  const stream = memberOf(rest, 'stream');
  if (stream !== undefined && stream.kind !== 'word') return { fault: 'BODY_SHAPE', at: '/stream' };
  const facts = { model: model ?? '', stream: isTrue(stream), tools: [], messages: 0, structured: false, choices: 1 };
  return { request: { body, slices: cut.slices, facts, plain: true }, rest };
}

/**
 * Every text beside the members that are cut out. All of it is the caller's.
 * @param encoded members that hold, in base64, what nobody can read
 */
export function readPlainRest(fields: Fields, encoded = NO_NAMES): (parsed: ParsedSlice) => SliceContent {
  const members = new MemberTexts(fields);
  return ({ node, ...parsed }) => {
    const out = new TextCollector({ ...parsed, point: 'input', role: 'user' });
    if (node.kind !== 'object') return out.content();
    for (const { key, value } of node.members) {
      const name = key.value;
      if (!isPlainName(name)) out.add(key, 'key');
      if (name === 'model' && isJudgedModel(value, out)) continue;
      if (encoded.has(name) && isEncoded(value)) out.see('unknown', `/${name}`, out.bytesOf(value));
      else members.add(value, name, out);
    }
    return out.content();
  };
}

/** Base64, or numbers as they are, in lists of any depth. */
function isEncoded(value: JsonNode): boolean {
  if (value.kind === 'array') return value.items.every(isEncoded);
  if (value.kind === 'number') return true;
  return value.kind === 'string' && isBase64(value.value);
}

/** Reads an item of a list that is neither a text nor tokens. */
export type ReadPart = (part: JsonObject, path: string, out: TextCollector) => void;

/** How the texts of a member are read. */
export interface TextsForm {
  readonly field: string;
  /** Absent where an item may be no object. */
  readonly readPart?: ReadPart;
}

/** Texts of a member that is a text, a list of texts and typed parts, or tokens as numbers, which nobody can read. */
export function readTexts(node: JsonNode, { field, readPart }: TextsForm, out: TextCollector): Fault | undefined {
  if (node.kind === 'string') {
    out.add(node, field);
    return undefined;
  }
  if (node.kind !== 'array') return { fault: 'BODY_SHAPE', at: `/${field}` };
  if (node.vector === true) {
    out.see('unknown', `/${field}`, out.bytesOf(node));
    return undefined;
  }
  for (const [index, item] of node.items.entries()) {
    const path = `/${field}/${index}`;
    if (item.kind === 'string') out.add(item, field);
    else if (isTokens(item)) out.see('unknown', path, out.bytesOf(item));
    else if (item.kind === 'object' && readPart !== undefined) readPart(item, path, out);
    else return { fault: 'BODY_SHAPE', at: path };
  }
  return undefined;
}

/** A prompt in tokens: read with `skipVectors`, the numbers themselves are not there. */
function isTokens(node: JsonNode): boolean {
  return node.kind === 'array' && (node.vector === true || node.items.length === 0);
}

const PARTS: ReadonlyMap<string, Unseen['kind'] | 'text'> = new Map([
  ['text', 'text'],
  ['image_url', 'image'],
]);

/** Typed parts as chat has them: whatever texts they hold are read, pictures are counted. */
export function typedParts(fields: Fields): ReadPart {
  const members = new MemberTexts(fields);
  return (part, path, out) => {
    const kind = PARTS.get(stringOf(part, 'type') ?? '') ?? 'unknown';
    members.addPart(part, { path, kind, payloads: NO_NAMES }, out);
  };
}
