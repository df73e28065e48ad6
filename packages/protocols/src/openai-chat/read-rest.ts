import type { SliceContent } from '@sallyport/core';
import { TextCollector } from '../text-collector.ts';
import { pointerToken, walkTexts } from '../walk-texts.ts';
import { isModelName, isPlainName } from './fields.ts';
import { readSchema } from './read-definition.ts';
import { type ParsedSlice, readUnknown } from './read-message.ts';

/** Every text beside messages and definitions. All of it is the caller's. */
export function readRest({ node, ...parsed }: ParsedSlice): SliceContent {
  const out = new TextCollector({ ...parsed, point: 'input', role: 'user' });
  if (node.kind !== 'object') return out.content();
  for (const { key, value } of node.members) {
    const name = key.value;
    if (!isPlainName(name)) out.add(key, 'key');
    if (name === 'model' && value.kind === 'string' && isModelName(value.value)) continue;
    if (name === 'response_format') readSchema(value, name, out);
    else if (name === 'metadata') {
      walkTexts(value, { field: name, path: `/${pointerToken(name)}` }, (place) =>
        out.add(place.node, place.isKey ? 'key' : place.field),
      );
    } else readUnknown(value, name, out);
  }
  return out.content();
}
