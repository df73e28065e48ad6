import type { Fault, Role, SliceContent } from '@sallyport/core';
import {
  isNull,
  isPlainName,
  type JsonNode,
  type JsonObject,
  memberOf,
  pointerToken,
  stringOf,
  TextCollector,
  walkTexts,
} from '@sallyport/wire';
import type { ParsedSlice } from '../request/cut-request.ts';
import { MemberTexts } from '../request/member-texts.ts';
import { fields } from './fields.ts';
import { readImages } from './read-images.ts';

export const members = new MemberTexts(fields);

const ROLES: ReadonlyMap<string, Role> = new Map([
  ['system', 'system'],
  ['user', 'user'],
  ['assistant', 'assistant'],
  ['tool', 'tool'],
]);

/** Every text of one message. A role that nobody knows counts as the caller's own. */
export function readMessage({ node, ...parsed }: ParsedSlice): SliceContent | Fault {
  if (node.kind !== 'object') return { fault: 'BODY_SHAPE', at: '' };
  const claimed = stringOf(node, 'role');
  if (claimed === undefined) return { fault: 'BODY_SHAPE', at: '/role' };
  // The server reads roles in small letters, however they are written.
  const role = ROLES.get(claimed.toLowerCase());
  const out = new TextCollector({
    ...parsed,
    point: role === 'tool' ? 'tool-result' : 'input',
    role: role ?? 'user',
    stranger: role === undefined,
    tool: role === 'tool' ? stringOf(node, 'tool_name') : undefined,
  });
  for (const { key, value } of node.members) {
    const name = key.value;
    let fault: Fault | undefined;
    if (fields.isDisguised(name)) return { fault: 'BODY_SHAPE' };
    if (name === 'role' && role !== undefined) continue;
    if (!isPlainName(name)) out.add(key, 'key');
    if (name === 'content' && !isNull(value) && value.kind !== 'string')
      fault = { fault: 'BODY_SHAPE', at: '/content' };
    else if (name === 'images') readImages(value, out);
    else if (name === 'tool_calls') fault = readCalls(value, out);
    else members.add(value, name, out);
    if (fault !== undefined) return fault;
  }
  if (role === 'tool') {
    out.result({ tool: stringOf(node, 'tool_name'), id: stringOf(node, 'tool_call_id') }, memberOf(node, 'content'));
  }
  return out.content();
}

function readCalls(calls: JsonNode, out: TextCollector): Fault | undefined {
  if (isNull(calls)) return undefined;
  if (calls.kind !== 'array') return { fault: 'BODY_SHAPE', at: '/tool_calls' };
  for (const [index, call] of calls.items.entries()) {
    const path = `/tool_calls/${index}`;
    if (call.kind !== 'object' || isAnyDisguised(call)) return { fault: 'BODY_SHAPE', at: path };
    for (const { key, value } of call.members) {
      if (!isPlainName(key.value)) out.add(key, 'key');
      if (key.value !== 'function' || value.kind !== 'object') {
        members.addAt(value, { field: key.value, path: `${path}/${pointerToken(key.value)}` }, out);
      } else if (isAnyDisguised(value)) return { fault: 'BODY_SHAPE', at: path };
      else {
        out.call({ tool: stringOf(value, 'name'), id: stringOf(call, 'id') }, memberOf(value, 'arguments'));
        readCall(value, `${path}/function`, out);
      }
    }
  }
  return undefined;
}

function readCall(call: JsonObject, path: string, out: TextCollector): void {
  const tool = stringOf(call, 'name');
  for (const { key, value } of call.members) {
    if (!isPlainName(key.value)) out.add(key, 'key');
    if (key.value !== 'arguments') {
      members.addAt(value, { field: key.value, path: `${path}/${pointerToken(key.value)}`, tool }, out);
    } else if (value.kind === 'string') out.addJson(value, 'arguments', tool);
    // What a tool is called with has no identifiers of the format: every string and key of it is text.
    else walkTexts(value, { field: 'arguments', path }, ({ node }) => out.add(node, 'arguments', tool));
  }
}

function isAnyDisguised({ members: all }: JsonObject): boolean {
  return all.some(({ key }) => fields.isDisguised(key.value));
}
