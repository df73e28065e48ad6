import { type Fault, isFault } from '@sallyport/core';
import {
  canonicalNode,
  decodeUtf8,
  type JsonMember,
  type JsonNode,
  memberOf,
  parseJson,
  stringOf,
} from '@sallyport/wire';
import table from './offered-tools.json' with { type: 'json' };

/** A tool as a request defines it. */
export interface OfferedTool {
  /** As the model calls it; one of the provider's own without a name goes by its type, one of a namespace by both. */
  readonly name: string;
  /** All that the definition says, the same text however it is laid out. */
  readonly canonical: string;
}

/** Containers within a definition that the body's own parser has let pass. */
const MAX_DEPTH = 256;
const LISTS: ReadonlySet<string> = new Set(table.lists);
/**
 * Members that are no part of what a tool is: marks that clients move from one definition to another as a conversation
 * grows, credentials, which are renewed, and whether an MCP tool may run as a task, which some revisions don't know.
 */
const PASSING: ReadonlySet<string> = new Set(table.passing);

/**
 * The tools of one slice of definitions, in any of the protocols: OpenAI's and Ollama's functions, Anthropic's tools, Gemini's
 * lists of declarations, Bedrock's specifications, servers and namespaces of tools, and tools of the provider's own.
 * Cost: O(bytes).
 */
export function offeredTools(bytes: Uint8Array): readonly OfferedTool[] | Fault {
  const source = decodeUtf8(bytes);
  if (typeof source !== 'string') return source;
  const node = parseJson(source, { maxDepth: MAX_DEPTH, strict: true });
  return isFault(node) ? node : toolsOf(node, source, '');
}

function toolsOf(node: JsonNode, source: string, space: string): readonly OfferedTool[] {
  if (node.kind === 'array') return node.items.flatMap((item) => toolsOf(item, source, space));
  if (node.kind !== 'object') return [];
  const name = nameOf(node);
  const members = node.members.filter(({ key }) => !PASSING.has(key.value));
  if (name === undefined) return members.flatMap((member) => memberTools(member, source));
  const inner = members.find(({ key, value }) => key.value === 'tools' && value.kind === 'array');
  const own = members.filter((member) => member !== inner);
  const tools = inner === undefined ? [] : toolsOf(inner.value, source, `${space}${name}.`);
  return [{ name: `${space}${name}`, canonical: canonicalMembers(own, source) }, ...tools];
}

/** An element without a name, such as Gemini's, holds a list of declarations, or tools of the provider's under their names. */
function memberTools(member: JsonMember, source: string): readonly OfferedTool[] {
  if (LISTS.has(member.key.value)) return toolsOf(member.value, source, '');
  return [{ name: member.key.value, canonical: canonicalMembers([member], source) }];
}

function nameOf(node: JsonNode): string | undefined {
  for (const wrapper of table.wrappers) {
    const name = stringOf(memberOf(node, wrapper), 'name');
    if (name !== undefined) return name;
  }
  for (const member of table.names) {
    const name = stringOf(node, member);
    if (name !== undefined) return name;
  }
  return undefined;
}

function canonicalMembers(members: readonly JsonMember[], source: string): string {
  const texts = members.map(({ key, value }) => `${JSON.stringify(key.value)}:${canonicalNode(value, source)}`);
  return `{${texts.sort().join(',')}}`;
}
