import { isPlainName, type JsonNode, memberOf, pointerToken, stringOf, type TextCollector } from '@sallyport/wire';
import { type MemberReaders, type Place, type Reader, schema, texts } from './read-texts.ts';

/** Lists of what a server offers: the member of the result that holds it, by the method that asks for it. */
export const LISTS: ReadonlyMap<string, ListMember> = new Map([
  ['tools/list', 'tools'],
  ['prompts/list', 'prompts'],
  ['resources/list', 'resources'],
  ['resources/templates/list', 'resourceTemplates'],
]);

export type ListMember = 'tools' | 'prompts' | 'resources' | 'resourceTemplates';

/** What an item of a list goes by: names of resources are for people, and not unique. */
const NAMED_BY: Readonly<Record<ListMember, string>> = {
  tools: 'name',
  prompts: 'name',
  resources: 'uri',
  resourceTemplates: 'uriTemplate',
};

const SCHEMAS: MemberReaders = new Map([
  ['inputSchema', schema],
  ['outputSchema', schema],
]);

/** Name of a tool or prompt, address of a resource; `undefined` for an item that has none. */
export function itemName(item: JsonNode, member: ListMember): string | undefined {
  return stringOf(item, NAMED_BY[member]);
}

/** Every text of one item of a list. Only tools are noted as what can be called. */
export function readItem(item: JsonNode, member: ListMember, out: TextCollector): void {
  const named = out.from({ tool: itemName(item, member) });
  if (member === 'tools') toolDefinition(item, { field: member, path: '' }, named);
  else readDefinition(item, { field: member, path: '' }, named);
}

/** A tool as MCP defines it. */
export const toolDefinition: Reader = (node, at, out) => {
  out.define({
    name: stringOf(node, 'name'),
    description: stringOf(node, 'description'),
    parameters: memberOf(node, 'inputSchema'),
    annotations: memberOf(node, 'annotations'),
  });
  readDefinition(node, at, out);
};

function readDefinition(node: JsonNode, at: Place, out: TextCollector): void {
  if (node.kind !== 'object') {
    texts(node, at, out);
    return;
  }
  for (const { key, value } of node.members) {
    const name = key.value;
    if (!isPlainName(name)) out.addPlace({ node: key, isKey: true }, 'property');
    const read = SCHEMAS.get(name) ?? texts;
    read(value, { field: name, path: `${at.path}/${pointerToken(name)}` }, out);
  }
}
