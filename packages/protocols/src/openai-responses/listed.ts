import type { Unseen } from '@sallyport/core';
import {
  isPlainName,
  isSchemaKeyword,
  isSchemaType,
  isTextField,
  type JsonNode,
  mediaOf,
  walkTexts,
} from '@sallyport/wire';
import type { ListedText } from '../answer/listed-texts.ts';
import { fields } from './fields.ts';

/** Where it is a keyword, all keywords are. */
const ANY_KEYWORD = 'type';

export interface ListedAt {
  readonly field: string;
  readonly path: string;
  /** It holds schemas, whose types are no text, and whose properties have names that are. */
  readonly grammar?: boolean;
}

/** Every text of a value, in document order. @param see told of what is no text */
export function listedTexts(
  value: JsonNode,
  { field, path, grammar = false }: ListedAt,
  see: (kind: Unseen['kind'], path: string, node: JsonNode) => void,
): readonly ListedText[] {
  const texts: ListedText[] = [];
  walkTexts(value, { field, path }, (place) => {
    const { node } = place;
    if (node.kind !== 'string' || node.value === '') return;
    const word = node.value;
    if (place.isKey) {
      // Names of properties are somebody's; elsewhere a plain name is the format's.
      if (isPlainName(word) && (!grammar || isSchemaKeyword(place.field, ANY_KEYWORD))) return;
    } else {
      if (fields.isStructuralInAnswer(place.field, word) || (grammar && isSchemaType(place.field, word))) return;
      const media = isTextField(place.field) ? undefined : mediaOf(word);
      if (media !== undefined && media !== 'unknown') {
        see(media, place.path, node);
        return;
      }
    }
    texts.push({ text: word, place: { kind: 'literal', start: node.start, end: node.end } });
  });
  return texts;
}
