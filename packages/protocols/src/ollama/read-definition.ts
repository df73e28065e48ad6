import type { Fault, SliceContent } from '@sallyport/core';
import { memberOf, readSchema, stringOf, TextCollector } from '@sallyport/wire';
import type { ParsedSlice } from '../request/cut-request.ts';
import { fields } from './fields.ts';

/** Every text of one tool definition: names, descriptions, and all that its schema says, property names too. */
export function readDefinition({ node, ...parsed }: ParsedSlice): SliceContent | Fault {
  if (node.kind !== 'object') return { fault: 'BODY_SHAPE', at: '' };
  const called = memberOf(node, 'function');
  const named = called?.kind === 'object' ? [...node.members, ...called.members] : node.members;
  if (named.some(({ key }) => fields.isDisguised(key.value))) return { fault: 'BODY_SHAPE', at: '' };
  const tool = stringOf(called, 'name');
  const out = new TextCollector({ ...parsed, point: 'tool-definition', role: 'definition', tool });
  readSchema(node, 'definition', out);
  out.define({
    name: tool,
    description: stringOf(called, 'description'),
    parameters: memberOf(called, 'parameters'),
  });
  return out.content();
}
