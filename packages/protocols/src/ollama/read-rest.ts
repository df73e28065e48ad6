import type { SliceContent } from '@sallyport/core';
import { isPlainName, readSchema, TextCollector } from '@sallyport/wire';
import { isModelName } from '../fields.ts';
import type { ParsedSlice } from '../request/cut-request.ts';
import { readImages } from './read-images.ts';
import { members } from './read-message.ts';

/** Every text beside messages, prompts and definitions. All of it is the caller's. */
export function readRest({ node, ...parsed }: ParsedSlice): SliceContent {
  const out = new TextCollector({ ...parsed, point: 'input', role: 'user' });
  if (node.kind !== 'object') return out.content();
  for (const { key, value } of node.members) {
    const name = key.value;
    if (!isPlainName(name)) out.add(key, 'key');
    if (name === 'model' && value.kind === 'string' && isModelName(value.value)) continue;
    if (name === 'images') readImages(value, out);
    else if (name === 'format' && value.kind === 'object') readSchema(value, name, out);
    else members.add(value, name, out);
    // An earlier conversation as the numbers of its tokens, which only the model can read.
    if (name === 'context' && value.kind === 'array' && (value.vector === true || value.items.length > 0)) {
      out.see('unknown', '/context', out.bytesOf(value));
    }
  }
  return out.content();
}
