import type { Fault, SliceContent } from '@sallyport/core';
import { isPlainName, type JsonNode, type JsonObject, pointerToken, readSchema, TextCollector } from '@sallyport/wire';
import type { ParsedSlice } from '../request/cut-request.ts';
import { isDisguised } from './fields.ts';
import { members } from './read-parts.ts';
import { camelCase, itemsOf, memberIn, stringIn } from './spelling.ts';

/** Members of a declaration that hold a schema. */
const SCHEMAS: ReadonlySet<string> = new Set(['parameters', 'parametersJsonSchema', 'response', 'responseJsonSchema']);

/** Tools that put documents before the model that Google, or an index behind it, keeps: nobody here has seen them. */
const STORED: ReadonlySet<string> = new Set(['fileSearch', 'retrieval']);

/** Every text of one element of `tools`: the caller's functions, or one of the provider's own tools. */
export function readDefinition({ node, ...parsed }: ParsedSlice): SliceContent | Fault {
  if (node.kind !== 'object' || isDisguised(node)) return { fault: 'BODY_SHAPE', at: '' };
  const out = new TextCollector({ ...parsed, point: 'tool-definition', role: 'definition' });
  for (const { key, value } of node.members) {
    const name = camelCase(key.value);
    if (!isPlainName(key.value)) out.add(key, 'property');
    if (name !== 'functionDeclarations') {
      members.add(value, key.value, out);
      if (STORED.has(name)) out.see('file', `/${pointerToken(key.value)}`, out.bytesOf(value));
      continue;
    }
    const fault = readDeclarations(value, `/${key.value}`, out);
    if (fault !== undefined) return fault;
  }
  return out.content();
}

function readDeclarations(declarations: JsonNode, path: string, out: TextCollector): Fault | undefined {
  for (const [index, each] of itemsOf(declarations).entries()) {
    const at = `${path}/${index}`;
    if (each.kind !== 'object' || isDisguised(each)) return { fault: 'BODY_SHAPE', at };
    readDeclaration(each, at, out.from({ tool: stringIn(each, 'name') }));
  }
  // What is neither is no list of declarations, and text all the same.
  if (declarations.kind === 'string') members.add(declarations, 'functionDeclarations', out);
  return undefined;
}

function readDeclaration(declaration: JsonObject, path: string, out: TextCollector): void {
  out.define({
    name: stringIn(declaration, 'name'),
    description: stringIn(declaration, 'description'),
    parameters: memberIn(declaration, 'parameters') ?? memberIn(declaration, 'parametersJsonSchema'),
  });
  for (const { key, value } of declaration.members) {
    const name = camelCase(key.value);
    if (!isPlainName(key.value)) out.add(key, 'property');
    if (SCHEMAS.has(name)) readSchema(value, name, out);
    else members.addAt(value, { field: name, path: `${path}/${pointerToken(key.value)}` }, out);
  }
}
