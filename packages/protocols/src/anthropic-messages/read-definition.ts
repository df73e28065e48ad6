import type { Fault, SliceContent } from '@sallyport/core';
import { isPlainName, pointerToken, readSchema, stringOf, TextCollector } from '@sallyport/wire';
import type { ParsedSlice } from '../request/cut-request.ts';
import { fields } from './fields.ts';
import { defineTool, members } from './read-blocks.ts';

/** Members that hold schemas, examples or whole definitions: names within them are the caller's. */
const SCHEMAS: ReadonlySet<string> = new Set(['input_schema', 'input_examples', 'configs', 'tools']);

/** Every text of one tool definition, the caller's or one of the provider's own tools. */
export function readDefinition({ node, ...parsed }: ParsedSlice): SliceContent | Fault {
  if (node.kind !== 'object') return { fault: 'BODY_SHAPE', at: '' };
  const out = new TextCollector({
    ...parsed,
    point: 'tool-definition',
    role: 'definition',
    tool: stringOf(node, 'name'),
  });
  for (const { key, value } of node.members) {
    const name = key.value;
    if (fields.isDisguised(name)) return { fault: 'BODY_SHAPE' };
    if (!isPlainName(name)) out.add(key, 'property');
    if (SCHEMAS.has(name)) readSchema(value, name, out);
    else members.addAt(value, { field: name, path: `/${pointerToken(name)}` }, out);
  }
  defineTool(node, out);
  return out.content();
}
