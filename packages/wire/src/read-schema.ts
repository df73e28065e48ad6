import type { JsonNode } from './json-node.ts';
import { isSchemaKeyword, isSchemaType } from './member-words.ts';
import type { TextCollector } from './text-collector.ts';
import { walkTexts } from './walk-texts.ts';

/** Texts of a JSON Schema, or of something that holds one; its keywords and type names are grammar, not text. */
export function readSchema(node: JsonNode, field: string, out: TextCollector): void {
  walkTexts(node, { field, path: '' }, (place) => {
    const word = place.node.kind === 'string' ? place.node.value : '';
    if (place.isKey ? !isSchemaKeyword(place.field, word) : !isSchemaType(place.field, word)) {
      out.add(place.node, place.isKey ? 'property' : place.field);
    }
  });
}
