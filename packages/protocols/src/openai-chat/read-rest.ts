import type { SliceContent } from '@sallyport/core';
import { isPlainName, pointerToken, readSchema, TextCollector, walkTexts } from '@sallyport/wire';
import { seeStores } from '../openai/kept-content.ts';
import type { ParsedSlice } from '../request/cut-request.ts';
import { isJudgedModel } from '../request/further-models.ts';
import { members } from './read-message.ts';

/** Every text beside messages and definitions. All of it is the caller's. */
export function readRest({ node, ...parsed }: ParsedSlice): SliceContent {
  const out = new TextCollector({ ...parsed, point: 'input', role: 'user' });
  if (node.kind !== 'object') return out.content();
  for (const { key, value } of node.members) {
    const name = key.value;
    if (!isPlainName(name)) out.add(key, 'key');
    if (name === 'model' && isJudgedModel(value, out)) continue;
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
