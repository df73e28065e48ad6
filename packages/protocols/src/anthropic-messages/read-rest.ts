import type { SliceContent } from '@sallyport/core';
import {
  isPlainName,
  type JsonNode,
  memberOf,
  pointerToken,
  readSchema,
  TextCollector,
  walkTexts,
} from '@sallyport/wire';
import { isIdentifier, isModelName } from '../fields.ts';
import type { ParsedSlice } from '../request/cut-request.ts';
import { members } from './read-blocks.ts';

/** What a token for a tool server looks like; anything else in its place is a text. */
const TOKEN = /^[!-~]{1,8192}$/;

/** Every text beside messages, system prompt and definitions. All of it is the caller's. */
export function readRest({ node, ...parsed }: ParsedSlice): SliceContent {
  const out = new TextCollector({ ...parsed, point: 'input', role: 'user' });
  if (node.kind !== 'object') return out.content();
  for (const { key, value } of node.members) {
    const name = key.value;
    if (!isPlainName(name)) out.add(key, 'key');
    if (name === 'model' && value.kind === 'string' && isModelName(value.value)) continue;
    if (name === 'output_format') readSchema(value, name, out);
    else if (name === 'output_config') readOutputConfig(value, out);
    else if (name === 'metadata') {
      walkTexts(value, { field: name, path: `/${name}` }, (place) =>
        out.add(place.node, place.isKey ? 'key' : place.field),
      );
    } else if (name === 'container') readContainer(value, out);
    else {
      const except = new Set(name === 'mcp_servers' ? tokensOf(value) : []);
      members.addAt(value, { field: name, path: `/${pointerToken(name)}`, except }, out);
    }
  }
  return out.content();
}

function readOutputConfig(config: JsonNode, out: TextCollector): void {
  if (config.kind !== 'object') {
    members.add(config, 'output_config', out);
    return;
  }
  for (const { key, value } of config.members) {
    if (!isPlainName(key.value)) out.add(key, 'key');
    if (key.value === 'format') readSchema(value, 'format', out);
    else members.addAt(value, { field: key.value, path: `/output_config/${pointerToken(key.value)}` }, out);
  }
}

/** A container holds files, and skills with instructions, that nobody here has seen. */
function readContainer(container: JsonNode, out: TextCollector): void {
  if (container.kind === 'word') return;
  out.see('file', '/container', out.bytesOf(container));
  if (container.kind === 'string' && isIdentifier(container.value)) return;
  members.add(container, 'container', out);
}

/** Tokens that the provider shows to tool servers: they are secrets on purpose, and no texts. */
function tokensOf(servers: JsonNode): readonly JsonNode[] {
  const list = servers.kind === 'array' ? servers.items : [];
  return list.flatMap((server) => {
    const token = memberOf(server, 'authorization_token');
    return token?.kind === 'string' && TOKEN.test(token.value) ? [token] : [];
  });
}
