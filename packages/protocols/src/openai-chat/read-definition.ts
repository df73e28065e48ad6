import type { Fault, SliceContent } from '@sallyport/core';
import { memberOf, readSchema, stringOf, TextCollector } from '@sallyport/wire';
import { seeStores } from '../openai/kept-content.ts';
import type { ParsedSlice } from '../request/cut-request.ts';
import { definedIn } from './read-message.ts';

/** Kinds of tools that the caller defines. */
const OWN: ReadonlySet<string> = new Set(['function', 'custom']);

/** Every text of one tool definition: names, descriptions, and all that its schema says, property names too. */
export function readDefinition({ node, ...parsed }: ParsedSlice): SliceContent | Fault {
  if (node.kind !== 'object') return { fault: 'BODY_SHAPE', at: '' };
  const defined = definedIn(node);
  const name = stringOf(defined, 'name');
  const out = new TextCollector({
    ...parsed,
    point: 'tool-definition',
    role: 'definition',
    tool: name,
  });
  readSchema(node, 'definition', out);
  out.define({
    name,
    description: stringOf(defined, 'description'),
    parameters: memberOf(defined, 'parameters'),
  });
  // A schema of the caller's may call a property what it likes.
  if (!OWN.has(stringOf(node, 'type') ?? 'function')) seeStores(node, out);
  return out.content();
}
