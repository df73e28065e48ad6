import type { Fault, SliceContent } from '@sallyport/core';
import { isPlainName, type JsonNode, type JsonString, memberOf, pointerToken, TextCollector } from '@sallyport/wire';
import type { ParsedSlice } from '../request/cut-request.ts';
import { addAll, members } from './read-blocks.ts';

/** Members whose content is nobody's format: what a model alone takes, variables of a prompt, a caller's own notes. */
const FREE: ReadonlySet<string> = new Set(['additionalModelRequestFields', 'promptVariables', 'requestMetadata']);

/** Every text beside messages, system prompt and definitions. All of it is the caller's. */
export function readRest({ node, ...parsed }: ParsedSlice): SliceContent {
  const out = new TextCollector({ ...parsed, point: 'input', role: 'user' });
  readMembers(node, '', out);
  return out.content();
}

/** The same of a request for a number of tokens, which holds what would be sent. */
export function readCountedRest({ node, ...parsed }: ParsedSlice): SliceContent | Fault {
  const out = new TextCollector({ ...parsed, point: 'input', role: 'user' });
  const input = memberOf(node, 'input');
  const converse = memberOf(input, 'converse');
  readOthers(node, { except: 'input', path: '' }, out);
  readOthers(input, { except: 'converse', path: '/input' }, out);
  if (converse !== undefined) readMembers(converse, '/input/converse', out);
  return out.content();
}

interface Others {
  readonly except: string;
  readonly path: string;
}

function readOthers(node: JsonNode | undefined, { except, path }: Others, out: TextCollector): void {
  if (node?.kind !== 'object') return;
  for (const { key, value } of node.members) {
    if (!isPlainName(key.value)) out.add(key, 'key');
    if (key.value !== except)
      members.addAt(value, { field: key.value, path: `${path}/${pointerToken(key.value)}` }, out);
  }
}

function readMembers(node: JsonNode, path: string, out: TextCollector): void {
  if (node.kind !== 'object') return;
  for (const { key, value } of node.members) {
    const name = key.value;
    if (!isPlainName(name)) out.add(key, 'key');
    if (FREE.has(name)) addAll(value, name, out);
    else {
      const schema = name === 'outputConfig' ? schemaOf(value) : undefined;
      if (schema !== undefined) out.addJson(schema, 'schema');
      const except = new Set<JsonNode>(schema === undefined ? [] : [schema]);
      members.addAt(value, { field: name, path: `${path}/${pointerToken(name)}`, except }, out);
    }
  }
}

/** A schema is JSON in a string here. */
function schemaOf(outputConfig: JsonNode): JsonString | undefined {
  const structure = memberOf(memberOf(outputConfig, 'textFormat'), 'structure');
  const schema = memberOf(memberOf(structure, 'jsonSchema'), 'schema');
  return schema?.kind === 'string' ? schema : undefined;
}
