import type { Fault, SliceContent } from '@sallyport/core';
import {
  isNull,
  isPlainName,
  type JsonArray,
  type JsonNode,
  memberOf,
  readSchema,
  stringOf,
  TextCollector,
} from '@sallyport/wire';
import { seeStores } from '../openai/kept-content.ts';
import type { ParsedSlice } from '../request/cut-request.ts';
import { MemberTexts } from '../request/member-texts.ts';
import { fields } from './fields.ts';

/** What a definition holds for the server that it names: a placeholder in its place would lock the door. Nobody looks at it. */
const CREDENTIALS: ReadonlySet<string> = new Set(['authorization', 'headers']);
/** Kinds of tools that the caller defines. */
const OWN: ReadonlySet<string> = new Set(['function', 'custom']);
/** Members whose keys are names that somebody chose. */
const SCHEMAS: ReadonlySet<string> = new Set(['parameters', 'input_schema', 'format']);

export const members = new MemberTexts(fields);

/** Every text of one tool definition: names, descriptions, addresses, and all that its schema says, property names too. */
export function readDefinition({ node, ...parsed }: ParsedSlice): SliceContent | Fault {
  if (node.kind !== 'object') return { fault: 'BODY_SHAPE', at: '' };
  if (node.members.some(({ key }) => fields.isDisguised(key.value))) return { fault: 'BODY_SHAPE' };
  const out = new TextCollector({ ...parsed, point: 'tool-definition', role: 'definition' });
  readTool(node, out);
  // A schema of the caller's may call a property what it likes.
  if (!OWN.has(stringOf(node, 'type') ?? 'function')) seeStores(node, out);
  return out.content();
}

/** The same of a definition within an item, or within a namespace of them. @param path JSON pointer of it within the slice */
function readTool(node: JsonNode, out: TextCollector, path = ''): void {
  const name = stringOf(node, 'name') ?? stringOf(node, 'server_label') ?? stringOf(node, 'type');
  const own = out.from({ point: 'tool-definition', role: 'definition', tool: name });
  if (node.kind !== 'object') {
    members.add(node, 'definition', own);
    return;
  }
  out.define({
    name: stringOf(node, 'name') ?? stringOf(node, 'type'),
    description: stringOf(node, 'description'),
    parameters: memberOf(node, 'parameters') ?? memberOf(node, 'input_schema'),
    annotations: memberOf(node, 'annotations'),
  });
  const isServer = stringOf(node, 'type') === 'mcp';
  for (const { key, value } of node.members) {
    const member = key.value;
    if (!isPlainName(member)) own.add(key, 'key');
    if (isServer && CREDENTIALS.has(member)) {
      if (!isNull(value)) own.see('unknown', `${path}/${member}`, own.bytesOf(value));
    } else if (SCHEMAS.has(member)) readSchema(value, member, own);
    else if (member === 'tools' && value.kind === 'array') readTools(value, own, `${path}/tools`);
    else members.add(value, member, own);
  }
}

export function readTools({ items }: JsonArray, out: TextCollector, path: string): void {
  for (const [at, item] of items.entries()) readTool(item, out, `${path}/${at}`);
}
