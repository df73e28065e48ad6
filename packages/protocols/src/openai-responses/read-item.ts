import type { Fault, Role, SliceContent, Unseen } from '@sallyport/core';
import {
  type CallNames,
  isBase64,
  isNull,
  isPlainName,
  type JsonNode,
  type JsonObject,
  memberOf,
  pointerToken,
  stringOf,
  TextCollector,
} from '@sallyport/wire';
import type { ParsedSlice } from '../request/cut-request.ts';
import { fields } from './fields.ts';
import { type CallForm, type ItemKind, kindOfItem } from './item-kinds.ts';
import { members, readTools } from './read-definition.ts';

const ROLES: ReadonlyMap<string, Role> = new Map([
  ['system', 'system'],
  ['developer', 'system'],
  ['user', 'user'],
  ['assistant', 'assistant'],
  ['tool', 'tool'],
]);

/** What the known part types carry besides text. */
const PARTS: ReadonlyMap<string, Unseen['kind'] | 'text'> = new Map([
  ['input_text', 'text'],
  ['output_text', 'text'],
  ['text', 'text'],
  ['refusal', 'text'],
  ['summary_text', 'text'],
  ['reasoning_text', 'text'],
  ['input_image', 'image'],
  ['computer_screenshot', 'image'],
  ['input_file', 'file'],
  ['input_audio', 'audio'],
  ['output_audio', 'audio'],
]);

/** Members that hold base64 without saying so in a `data:` prefix. */
const PAYLOADS: ReadonlySet<string> = new Set(['data', 'file_data']);

/** Every text of the system's own instructions, a string or items of their own. */
export function readInstructions(parsed: ParsedSlice): SliceContent | Fault {
  return parsed.node.kind === 'string' ? textOf(parsed, 'system') : readItem(parsed, 'system');
}

/** Every text of one input item, or of an input that is a text. What nobody says the role of is the caller's own. */
export function readItem(parsed: ParsedSlice, ownRole: Role = 'user'): SliceContent | Fault {
  const { node, ...slice } = parsed;
  if (node.kind === 'string') return textOf(parsed, ownRole);
  if (node.kind !== 'object') return { fault: 'BODY_SHAPE', at: '' };
  const type = stringOf(node, 'type');
  const claimed = ROLES.get(stringOf(node, 'role') ?? '');
  const kind = kindOfItem(node);
  const role = claimed ?? (isMadeByModel(kind, type) ? 'assistant' : ownRole);
  const point = role === 'tool' ? 'tool-result' : 'input';
  const stranger = claimed === undefined && stringOf(node, 'role') !== undefined;
  const out = new TextCollector({ ...slice, point, role, stranger });
  const tool = stringOf(node, 'name') ?? kind.tool ?? stringOf(node, 'server_label');
  const id = stringOf(node, 'call_id') ?? stringOf(node, 'id');
  noteTurn(node, { kind, names: { tool, id } }, out);
  for (const { key, value } of node.members) {
    const name = key.value;
    if (fields.isDisguised(name)) return { fault: 'BODY_SHAPE' };
    if (name === 'role' && claimed !== undefined) continue;
    if (!isPlainName(name)) out.add(key, 'key');
    const fault = readMember({ name, value, kind, tool }, out);
    if (fault !== undefined) return fault;
  }
  return out.content();
}

interface Turn {
  readonly kind: ItemKind;
  readonly names: CallNames;
}

/** A call with one member is called with that, one with several with an object of them. */
function noteTurn(node: JsonObject, { kind, names }: Turn, out: TextCollector): void {
  for (const [name] of kind.calls) {
    const given = memberOf(node, name);
    if (given !== undefined) out.call(names, given);
  }
  for (const name of kind.results) out.result(names, memberOf(node, name));
}

function textOf({ node, ...slice }: ParsedSlice, role: Role): SliceContent {
  const out = new TextCollector({ ...slice, point: 'input', role });
  if (node.kind === 'string') out.add(node, 'text');
  return out.content();
}

/** Calls and reasoning come from the model; results and approvals from elsewhere. */
function isMadeByModel({ isCall }: ItemKind, type = ''): boolean {
  return isCall || type === 'reasoning' || type === 'compaction';
}

interface ItemMember {
  readonly name: string;
  readonly value: JsonNode;
  readonly kind: ItemKind;
  readonly tool: string | undefined;
}

function readMember({ name, value, kind, tool }: ItemMember, out: TextCollector): Fault | undefined {
  const path = `/${pointerToken(name)}`;
  const form = kind.calls.get(name);
  const media = kind.media.get(name);
  if (form !== undefined) readCall(value, { form, field: name, tool }, out);
  else if (kind.results.has(name)) {
    readParts(value, { field: name, path, otherwise: 'text' }, out.from({ point: 'tool-result', role: 'tool', tool }));
  } else if (kind.definitions.has(name) && value.kind === 'array') {
    readTools(value, out, path);
  } else if (media !== undefined && value.kind === 'string' && isBase64(value.value)) {
    out.see(media, path, out.bytesOf(value));
  } else if (name === 'content' || name === 'summary') {
    return readContent(value, { field: name, path, otherwise: 'unknown' }, out);
  } else members.add(value, name, out);
  return undefined;
}

function readCall(
  value: JsonNode,
  { form, field, tool }: { readonly form: CallForm; readonly field: string; readonly tool: string | undefined },
  out: TextCollector,
): void {
  if (form === 'json' && value.kind === 'string') out.addJson(value, 'arguments', tool);
  else members.addAt(value, { field, path: `/${pointerToken(field)}`, tool }, out);
}

interface PartsAt {
  readonly field: string;
  readonly path: string;
  /** What a part of an unknown type is: what a tool gave back may have any shape, a message's part has not. */
  readonly otherwise: 'text' | 'unknown';
}

/** A text, or parts of which each is a text or an object. */
function readContent(content: JsonNode, at: PartsAt, out: TextCollector): Fault | undefined {
  if (isNull(content)) return undefined;
  if (content.kind !== 'string' && content.kind !== 'array') return { fault: 'BODY_SHAPE', at: at.path };
  if (content.kind === 'array') {
    const stray = content.items.findIndex(({ kind }) => kind !== 'string' && kind !== 'object');
    if (stray >= 0) return { fault: 'BODY_SHAPE', at: `${at.path}/${stray}` };
  }
  readParts(content, at, out);
  return undefined;
}

export function readParts(value: JsonNode, { field, path, otherwise }: PartsAt, out: TextCollector): void {
  const parts = value.kind === 'array' ? value.items : [value];
  for (const [index, part] of parts.entries()) {
    const at = value.kind === 'array' ? `${path}/${index}` : path;
    if (part.kind === 'string') out.add(part, field);
    else if (part.kind === 'object') readPart(part, { path: at, otherwise }, out);
    else members.addAt(part, { field, path: at }, out);
  }
}

function readPart(part: JsonObject, { path, otherwise }: Omit<PartsAt, 'field'>, out: TextCollector): void {
  const kind = PARTS.get(stringOf(part, 'type') ?? '') ?? otherwise;
  members.addPart(part, { path, kind, payloads: PAYLOADS }, out);
}
