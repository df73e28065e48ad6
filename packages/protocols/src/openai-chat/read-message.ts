import type { Fault, Role, SliceContent, Unseen } from '@sallyport/core';
import { isNull, type JsonNode, type JsonObject, memberOf, stringOf } from '@sallyport/wire';
import { isBase64, mediaOf } from '../media.ts';
import { TextCollector } from '../text-collector.ts';
import { pointerToken, type TextPlace, walkTexts } from '../walk-texts.ts';
import { isDisguised, isPlainName, isStructuralInRequest, isTextField } from './fields.ts';

const ROLES: ReadonlyMap<string, Role> = new Map([
  ['system', 'system'],
  ['developer', 'system'],
  ['user', 'user'],
  ['assistant', 'assistant'],
  ['tool', 'tool'],
  ['function', 'tool'],
]);

/** What the known part types carry besides text. */
const PARTS: ReadonlyMap<string, Unseen['kind'] | 'text'> = new Map([
  ['text', 'text'],
  ['refusal', 'text'],
  ['image_url', 'image'],
  ['input_audio', 'audio'],
  ['file', 'file'],
]);

/** Members that hold base64 without saying so in a `data:` prefix. */
const PAYLOADS: ReadonlySet<string> = new Set(['data', 'file_data']);

/** A message's bytes, decoded and parsed. */
export interface ParsedSlice {
  readonly slice: number;
  readonly text: string;
  readonly byteLength: number;
  readonly node: JsonNode;
}

/** Every text of one message. A role that nobody knows counts as the caller's own. */
export function readMessage({ node, ...parsed }: ParsedSlice): SliceContent | Fault {
  if (node.kind !== 'object') return { fault: 'BODY_SHAPE', at: '' };
  const claimed = stringOf(node, 'role');
  if (claimed === undefined) return { fault: 'BODY_SHAPE', at: '/role' };
  const role = ROLES.get(claimed);
  const out = new TextCollector({
    ...parsed,
    point: role === 'tool' ? 'tool-result' : 'input',
    role: role ?? 'user',
    tool: role === 'tool' ? stringOf(node, 'name') : undefined,
  });
  for (const { key, value } of node.members) {
    const name = key.value;
    let fault: Fault | undefined;
    if (isDisguised(name)) return { fault: 'BODY_SHAPE' };
    if (name === 'role' && role !== undefined) continue;
    if (!isPlainName(name)) out.add(key, 'key');
    if (name === 'content') fault = readContent(value, out);
    else if (name === 'tool_calls') fault = readCalls(value, out);
    else if (name === 'function_call' && value.kind === 'object') readCall(value, '/function_call', out);
    else readUnknown(value, name, out);
    if (fault !== undefined) return fault;
  }
  return out.content();
}

function readContent(content: JsonNode, out: TextCollector): Fault | undefined {
  if (isNull(content)) return undefined;
  if (content.kind === 'string') {
    out.add(content, 'content');
    return undefined;
  }
  if (content.kind !== 'array') return { fault: 'BODY_SHAPE', at: '/content' };
  for (const [index, part] of content.items.entries()) {
    const path = `/content/${index}`;
    if (part.kind === 'string') out.add(part, 'content');
    else if (part.kind === 'object') readPart(part, path, out);
    else return { fault: 'BODY_SHAPE', at: path };
  }
  return undefined;
}

function readPart(part: JsonObject, path: string, out: TextCollector): void {
  const kind = PARTS.get(stringOf(part, 'type') ?? '') ?? 'unknown';
  let carried = 0;
  walkTexts(part, { field: 'content', path }, (place) => {
    if (kind !== 'text' && isPayload(place)) carried += out.bytesOf(place.node);
    else addPlace(place, out);
  });
  if (kind === 'unknown') out.see(kind, path, out.bytesOf(part));
  else if (kind !== 'text') out.see(kind, path, carried);
}

/** Bytes of an image, a sound or a file in the part that was made to hold them. */
function isPayload({ node, field, isKey }: TextPlace): boolean {
  if (isKey || node.kind !== 'string' || isTextField(field)) return false;
  return mediaOf(node.value) !== undefined || (PAYLOADS.has(field) && isBase64(node.value));
}

function readCalls(calls: JsonNode, out: TextCollector): Fault | undefined {
  if (isNull(calls)) return undefined;
  if (calls.kind !== 'array') return { fault: 'BODY_SHAPE', at: '/tool_calls' };
  for (const [index, call] of calls.items.entries()) {
    const path = `/tool_calls/${index}`;
    if (call.kind !== 'object') return { fault: 'BODY_SHAPE', at: path };
    for (const { key, value } of call.members) {
      const inner = `${path}/${pointerToken(key.value)}`;
      if (!isPlainName(key.value)) out.add(key, 'key');
      if (isDisguised(key.value)) return { fault: 'BODY_SHAPE', at: path };
      if (value.kind === 'object') {
        if (value.members.some((member) => isDisguised(member.key.value))) return { fault: 'BODY_SHAPE', at: path };
        readCall(value, inner, out);
      } else walkTexts(value, { field: key.value, path: inner }, (place) => addPlace(place, out));
    }
  }
  return undefined;
}

/** `{name, arguments}` or `{name, input}`: arguments are JSON in a string, input is free text. */
function readCall(call: JsonObject, path: string, out: TextCollector): void {
  const tool = stringOf(call, 'name');
  for (const { key, value } of call.members) {
    if (!isPlainName(key.value)) out.add(key, 'key');
    if (key.value === 'arguments' && value.kind === 'string') out.addJson(value, 'arguments', tool);
    else {
      const from = { field: key.value, path: `${path}/${pointerToken(key.value)}` };
      walkTexts(value, from, (place) => addPlace(place, out, tool));
    }
  }
}

/** A member that this protocol doesn't know: whatever text it holds is looked at. */
export function readUnknown(value: JsonNode, name: string, out: TextCollector): void {
  walkTexts(value, { field: name, path: `/${pointerToken(name)}` }, (place) => addPlace(place, out));
}

function addPlace({ node, field, path, isKey }: TextPlace, out: TextCollector, tool?: string): void {
  if (node.kind === 'string') {
    if (isKey ? isPlainName(node.value) : isStructuralInRequest(field, node.value)) return;
    const media = isKey || isTextField(field) ? undefined : mediaOf(node.value);
    if (media !== undefined) {
      out.see(media, path, out.bytesOf(node));
      return;
    }
  }
  out.add(node, isKey ? 'key' : field, tool);
}

/** Names of a definition, wherever this protocol's generations put them. */
export function definedName(node: JsonNode): string | undefined {
  return (
    stringOf(memberOf(node, 'function'), 'name') ?? stringOf(memberOf(node, 'custom'), 'name') ?? stringOf(node, 'name')
  );
}
