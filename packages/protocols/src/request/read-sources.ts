import { SLICE_SOURCES_MAX, type SourceRef } from '@sallyport/core';
import type { JsonNode } from '@sallyport/wire';
import table from './sources.json' with { type: 'json' };

/** Longest id that is kept, characters: no provider's is as long. */
export const SOURCE_ID_MAX_CHARS = 1_024;

const KINDS: ReadonlyMap<string, string> = new Map(
  Object.entries(table.kinds).flatMap(([kind, names]) => names.map((name) => [plain(name), kind] as const)),
);
const WITHIN: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map(
  table.within.map(({ holder, members, kind }) => [
    plain(holder),
    new Map(members.map((member) => [plain(member), kind])),
  ]),
);
/** Members of messages whose values are what a tool takes or gives, not words of the protocol. */
const VALUES: ReadonlySet<string> = new Set(table.values);

/**
 * What a piece of a request names of places where data is kept: ids of vector stores, files, indexes, servers, wherever they stand
 * in it. Names of members are compared without case, underscores and hyphens: servers take them either way.
 * Sources: OpenAI, "File search" and "Vector stores"; Azure OpenAI, "On Your Data"; Gemini API, "File Search"; Vertex AI,
 * "Grounding"; Mistral, "Document Library"; xAI, "Collections Search"; Anthropic, "Files" and "MCP connector".
 * @param inMessage values of calls and results are passed over
 * Cost: 50 ns a member.
 */
export function readSources(node: JsonNode, inMessage: boolean): readonly SourceRef[] {
  const reader = new SourceReader(inMessage);
  reader.visit(node, { kind: undefined, holder: undefined });
  return reader.found;
}

interface Place {
  /** What a string here names. */
  readonly kind: string | undefined;
  /** What members of the object here name, by their own names. */
  readonly holder: ReadonlyMap<string, string> | undefined;
}

class SourceReader {
  readonly found: SourceRef[] = [];
  readonly #seen = new Set<string>();
  readonly #inMessage: boolean;

  constructor(inMessage: boolean) {
    this.#inMessage = inMessage;
  }

  visit(node: JsonNode, place: Place): void {
    if (node.kind === 'string') {
      if (place.kind !== undefined) this.#note(place.kind, node.value);
    } else if (node.kind === 'array') {
      for (const item of node.items) this.visit(item, place);
    } else if (node.kind === 'object') {
      for (const { key, value } of node.members) {
        const within = this.#within(key.value, value, place);
        if (within !== undefined) this.visit(value, within);
      }
    }
  }

  #within(key: string, value: JsonNode, { holder }: Place): Place | undefined {
    if (this.#inMessage && value.kind === 'object' && VALUES.has(key)) return undefined;
    const name = plain(key);
    // Names count at any depth within their holder; secrets stand beside them, so that no other member is taken for a name.
    return { kind: holder?.get(name) ?? KINDS.get(name), holder: WITHIN.get(name) ?? holder };
  }

  #note(kind: string, text: string): void {
    if (text === '' || text.startsWith('data:') || this.found.length >= SLICE_SOURCES_MAX) return;
    const id = text.slice(0, SOURCE_ID_MAX_CHARS);
    const key = `${kind} ${id}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.found.push({ kind, id });
  }
}

function plain(name: string): string {
  return name.length > 64 ? name : name.replaceAll(/[_-]/g, '').toLowerCase();
}
