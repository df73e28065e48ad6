import type { Fault, Role, SliceContent } from '@sallyport/core';
import { isPlainName, type JsonNode, stringOf, TextCollector } from '@sallyport/wire';
import type { ParsedSlice } from '../request/cut-request.ts';
import { fields } from './fields.ts';
import { members, readBlock, readBlocks } from './read-blocks.ts';

const ROLES: ReadonlyMap<string, Role> = new Map([
  ['system', 'system'],
  ['user', 'user'],
  ['assistant', 'assistant'],
]);

/** Every text of one message. A role that nobody knows counts as the caller's own. */
export function readMessage({ node, ...parsed }: ParsedSlice): SliceContent | Fault {
  if (node.kind !== 'object') return { fault: 'BODY_SHAPE', at: '' };
  const claimed = stringOf(node, 'role');
  if (claimed === undefined) return { fault: 'BODY_SHAPE', at: '/role' };
  const role = ROLES.get(claimed);
  const out = new TextCollector({ ...parsed, point: 'input', role: role ?? 'user', stranger: role === undefined });
  for (const { key, value } of node.members) {
    const name = key.value;
    if (fields.isDisguised(name)) return { fault: 'BODY_SHAPE' };
    if (name === 'role' && role !== undefined) continue;
    if (!isPlainName(name)) out.add(key, 'key');
    const fault = name === 'content' ? readBlocks(value, '/content', out) : undefined;
    if (fault !== undefined) return fault;
    if (name !== 'content') members.add(value, name, out);
  }
  return out.content();
}

/** The system prompt: a string, or one of its blocks. */
export function readSystem({ node, ...parsed }: ParsedSlice): SliceContent | Fault {
  const out = new TextCollector({ ...parsed, point: 'input', role: 'system' });
  const fault = systemFault(node, out);
  return fault ?? out.content();
}

function systemFault(node: JsonNode, out: TextCollector): Fault | undefined {
  if (node.kind === 'string') {
    out.add(node, 'system');
    return undefined;
  }
  return node.kind === 'object' ? readBlock(node, { path: '', tools: new Map() }, out) : { fault: 'BODY_SHAPE' };
}
