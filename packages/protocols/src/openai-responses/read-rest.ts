import type { SliceContent } from '@sallyport/core';
import {
  isPlainName,
  type JsonNode,
  type JsonObject,
  memberOf,
  pointerToken,
  readSchema,
  TextCollector,
  walkTexts,
} from '@sallyport/wire';
import { seeStores } from '../openai/kept-content.ts';
import type { ParsedSlice } from '../request/cut-request.ts';
import { isJudgedModel } from '../request/further-models.ts';
import { members } from './read-definition.ts';
import { readParts } from './read-item.ts';

/** Every text beside items, instructions and definitions. All of it is the caller's. */
export function readRest({ node, ...parsed }: ParsedSlice): SliceContent {
  const out = new TextCollector({ ...parsed, point: 'input', role: 'user' });
  if (node.kind !== 'object') return out.content();
  for (const { key, value } of node.members) {
    const name = key.value;
    if (!isPlainName(name)) out.add(key, 'key');
    if (name === 'model' && isJudgedModel(value, out)) continue;
    if (name === 'text' && value.kind === 'object') readText(value, out);
    else if (name === 'prompt') readPrompt(value, out);
    else if (name === 'metadata') {
      walkTexts(value, { field: name, path: '/metadata' }, (place) =>
        out.add(place.node, place.isKey ? 'key' : place.field),
      );
    } else members.add(value, name, out);
  }
  seeStores(node, out);
  return out.content();
}

/** How the answer's text is to be: its schema is somebody's, the words beside it are the format's. */
function readText(text: JsonObject, out: TextCollector): void {
  for (const { key, value } of text.members) {
    if (!isPlainName(key.value)) out.add(key, 'key');
    if (key.value === 'format') readSchema(value, 'format', out);
    else members.add(value, key.value, out);
  }
}

/** A prompt that the provider keeps: nobody here knows what it says, only what is put into it. */
function readPrompt(prompt: JsonNode, out: TextCollector): void {
  if (prompt.kind !== 'object') {
    members.add(prompt, 'prompt', out);
    return;
  }
  out.see('unknown', '/prompt', out.bytesOf(prompt));
  const variables = memberOf(prompt, 'variables');
  for (const { key, value } of prompt.members) {
    if (!isPlainName(key.value)) out.add(key, 'key');
    if (value !== variables || variables.kind !== 'object') members.add(value, key.value, out);
  }
  if (variables?.kind !== 'object') return;
  for (const { key, value } of variables.members) {
    out.add(key, 'key');
    readParts(
      value,
      { field: 'variables', path: `/prompt/variables/${pointerToken(key.value)}`, otherwise: 'unknown' },
      out,
    );
  }
}
