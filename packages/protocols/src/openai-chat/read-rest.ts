import type { SliceContent } from '@sallyport/core';
import { isModelName, isPlainName } from '../fields.ts';
import { seeStores } from '../openai/kept-content.ts';
import type { ParsedSlice } from '../request/cut-request.ts';
import { isPreset } from '../request/further-models.ts';
import { readSchema } from '../request/read-schema.ts';
import { TextCollector } from '../request/text-collector.ts';
import { pointerToken, walkTexts } from '../walk-texts.ts';
import { members } from './read-message.ts';

/** Every text beside messages and definitions. All of it is the caller's. */
export function readRest({ node, ...parsed }: ParsedSlice): SliceContent {
  const out = new TextCollector({ ...parsed, point: 'input', role: 'user' });
  if (node.kind !== 'object') return out.content();
  for (const { key, value } of node.members) {
    const name = key.value;
    if (!isPlainName(name)) out.add(key, 'key');
    if (name === 'model' && value.kind === 'string' && isModelName(value.value)) {
      if (isPreset(value.value)) out.see('unknown', '/model', 0);
      continue;
    }
    if (name === 'response_format') readSchema(value, name, out);
    else if (name === 'metadata') {
      walkTexts(value, { field: name, path: `/${pointerToken(name)}` }, (place) =>
        out.add(place.node, place.isKey ? 'key' : place.field),
      );
    } else members.add(value, name, out);
  }
  seeStores(node, out);
  return out.content();
}
