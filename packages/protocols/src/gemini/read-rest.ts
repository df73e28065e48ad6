import type { Checkpoint, SliceContent } from '@sallyport/core';
import { isPlainName, type JsonNode, pointerToken, readSchema, TextCollector } from '@sallyport/wire';
import type { ParsedSlice } from '../request/cut-request.ts';
import { addAll, members } from './read-parts.ts';
import { camelCase } from './spelling.ts';

/** Members of `generationConfig` that hold a schema. */
const SCHEMAS: ReadonlySet<string> = new Set(['responseSchema', 'responseJsonSchema', '_responseJsonSchema']);
/** Where a request for a number of tokens holds what would be sent. */
const COUNTED = 'generateContentRequest';

/** Every text beside contents, instructions and definitions. All of it is the caller's. */
export function readRest(parsed: ParsedSlice): SliceContent {
  return readAt('input', parsed);
}

/** The same beside what becomes vectors: a title becomes a part of them. */
export function readIngestedRest(parsed: ParsedSlice): SliceContent {
  return readAt('ingest', parsed);
}

function readAt(point: Checkpoint, { node, ...parsed }: ParsedSlice): SliceContent {
  const out = new TextCollector({ ...parsed, point, role: 'user' });
  readMembers(node, '', out);
  return out.content();
}

function readMembers(node: JsonNode, path: string, out: TextCollector): void {
  if (node.kind !== 'object') return;
  for (const { key, value } of node.members) {
    const name = camelCase(key.value);
    const at = `${path}/${pointerToken(key.value)}`;
    if (!isPlainName(key.value)) out.add(key, 'key');
    // The model was compared with that of the path.
    if (name === 'model') continue;
    // Contents that were sent before, which only the provider has, under a name that was checked.
    if (name === 'cachedContent' && value.kind === 'string') out.see('unknown', at, 0);
    else if (name === COUNTED) readMembers(value, at, out);
    else if (name === 'generationConfig') readConfig(value, at, out);
    else if (name === 'labels') addAll(value, name, out);
    else members.addAt(value, { field: name, path: at }, out);
  }
}

function readConfig(config: JsonNode, path: string, out: TextCollector): void {
  if (config.kind !== 'object') {
    members.addAt(config, { field: 'generationConfig', path }, out);
    return;
  }
  for (const { key, value } of config.members) {
    const name = camelCase(key.value);
    if (!isPlainName(key.value)) out.add(key, 'key');
    if (SCHEMAS.has(name)) readSchema(value, name, out);
    else {
      const field = name === 'responseMimeType' ? 'mimeType' : name;
      members.addAt(value, { field, path: `${path}/${pointerToken(key.value)}` }, out);
    }
  }
}
