import type { Fault, SliceContent } from '@sallyport/core';
import {
  isPlainName,
  type JsonNode,
  type JsonObject,
  memberOf,
  pointerToken,
  readSchema,
  stringOf,
  TextCollector,
} from '@sallyport/wire';
import type { ParsedSlice } from '../request/cut-request.ts';
import { isDisguised } from './fields.ts';
import { members } from './read-blocks.ts';

/** Members under which a definition has its name. */
export const NAMED = ['toolSpec', 'systemTool'] as const;

/** Every text of one tool definition: the caller's (`toolSpec`), or one of the provider's own tools. */
export function readDefinition({ node, ...parsed }: ParsedSlice): SliceContent | Fault {
  if (node.kind !== 'object' || isDisguised(node)) return { fault: 'BODY_SHAPE', at: '' };
  const out = new TextCollector({ ...parsed, point: 'tool-definition', role: 'definition', tool: definedName(node) });
  for (const { key, value } of node.members) {
    if (!isPlainName(key.value)) out.add(key, 'property');
    if (key.value === 'toolSpec' && value.kind === 'object') {
      if (isDisguised(value)) return { fault: 'BODY_SHAPE', at: '/toolSpec' };
      readSpec(value, out);
    } else members.add(value, key.value, out);
  }
  return out.content();
}

function readSpec(spec: JsonObject, out: TextCollector): void {
  out.define({
    name: stringOf(spec, 'name'),
    description: stringOf(spec, 'description'),
    parameters: memberOf(memberOf(spec, 'inputSchema'), 'json'),
  });
  for (const { key, value } of spec.members) {
    const name = key.value;
    if (!isPlainName(name)) out.add(key, 'property');
    if (name === 'inputSchema' && value.kind === 'object') {
      for (const inner of value.members) {
        if (!isPlainName(inner.key.value)) out.add(inner.key, 'property');
        readSchema(inner.value, inner.key.value, out);
      }
    } else members.addAt(value, { field: name, path: `/toolSpec/${pointerToken(name)}` }, out);
  }
}

function definedName(node: JsonNode): string | undefined {
  for (const member of NAMED) {
    const name = stringOf(memberOf(node, member), 'name');
    if (name !== undefined) return name;
  }
  return undefined;
}
