import type { Fault } from '@sallyport/core';
import {
  isNull,
  type JsonMember,
  type JsonNode,
  type JsonObject,
  pointerToken,
  type TextCollector,
} from '@sallyport/wire';
import { isModelName } from '../fields.ts';
import names from './kept-content.json' with { type: 'json' };

const STORES: ReadonlySet<string> = new Set(names.stores.map(plain));
const CACHES: ReadonlySet<string> = new Set(names.caches.map(plain));
/** Members at the top in which a name says nothing to the provider. */
const FREE: ReadonlySet<string> = new Set(names.free);

interface Named {
  readonly value: JsonNode;
  readonly path: string;
}

/**
 * Counts as files what a request names of documents that the provider, or an index behind it, puts before the model: nobody
 * here has seen them.
 * Sources: OpenAI, "File search"; Azure OpenAI, "On Your Data"; Mistral, "Document Library"; xAI, "Collections Search".
 */
export function seeStores(holder: JsonObject, out: TextCollector): void {
  for (const { value, path } of namedIn(holder, STORES)) out.see('file', path, out.bytesOf(value));
}

/**
 * Names of contents that were sent before, and that Google keeps: its endpoint of this form takes them in `extra_body`.
 * Source: Gemini API, "OpenAI compatibility".
 */
export function cachedContents(rest: JsonNode): readonly string[] | Fault {
  if (rest.kind !== 'object') return [];
  const ids: string[] = [];
  for (const { value, path } of namedIn(rest, CACHES)) {
    if (value.kind !== 'string' || !isModelName(value.value)) return { fault: 'BODY_SHAPE', at: path };
    ids.push(value.value);
  }
  return ids;
}

function namedIn(holder: JsonObject, wanted: ReadonlySet<string>): readonly Named[] {
  const found: Named[] = [];
  for (const member of holder.members) if (!FREE.has(member.key.value)) visit(member, { wanted, path: '' }, found);
  return found;
}

interface Visiting {
  readonly wanted: ReadonlySet<string>;
  readonly path: string;
}

function visit({ key, value }: JsonMember, { wanted, path }: Visiting, found: Named[]): void {
  const at = `${path}/${pointerToken(key.value)}`;
  if (wanted.has(plain(key.value))) {
    if (!isNull(value)) found.push({ value, path: at });
  } else within(value, { wanted, path: at }, found);
}

function within(value: JsonNode, { wanted, path }: Visiting, found: Named[]): void {
  if (value.kind === 'object') for (const member of value.members) visit(member, { wanted, path }, found);
  if (value.kind !== 'array') return;
  for (const [index, item] of value.items.entries()) within(item, { wanted, path: `${path}/${index}` }, found);
}

/** Names are compared without case and underscores: servers take them either way. */
function plain(name: string): string {
  return name.replaceAll('_', '').toLowerCase();
}
