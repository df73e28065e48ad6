import type { Fault, SliceContent } from '@sallyport/core';
import type { JsonNode } from '@sallyport/wire';
import { TextCollector } from '../text-collector.ts';
import { walkTexts } from '../walk-texts.ts';
import { isSchemaKeyword, isSchemaType } from './fields.ts';
import { definedName, type ParsedSlice } from './read-message.ts';

/** Every text of one tool definition: names, descriptions, and all that its schema says, property names too. */
export function readDefinition({ node, ...parsed }: ParsedSlice): SliceContent | Fault {
  if (node.kind !== 'object') return { fault: 'BODY_SHAPE', at: '' };
  const out = new TextCollector({
    ...parsed,
    point: 'tool-definition',
    role: 'definition',
    tool: definedName(node),
  });
  readSchema(node, 'definition', out);
  return out.content();
}

/** Texts of a JSON Schema, or of something that holds one; its keywords and type names are grammar, not text. */
export function readSchema(node: JsonNode, field: string, out: TextCollector): void {
  walkTexts(node, { field, path: '' }, (place) => {
    const word = place.node.kind === 'string' ? place.node.value : '';
    if (place.isKey ? !isSchemaKeyword(place.field, word) : !isSchemaType(place.field, word)) {
      out.add(place.node, place.isKey ? 'property' : place.field);
    }
  });
}
