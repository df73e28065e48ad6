import type { Fault } from '@sallyport/core';
import {
  type ByteRange,
  isNull,
  type JsonNode,
  memberOf,
  type ScannedBody,
  scanMember,
  scanString,
  stringOf,
} from '@sallyport/wire';
import { isId } from './endpoints.ts';

/** Ids in a request of things that the provider keeps. */
export interface References {
  /** They stand for what the request does not say itself: they must be known, and the caller's. */
  readonly refersTo: readonly string[];
  /** They come with what they name, or name what is not kept here: they must not be somebody else's. */
  readonly mentions: readonly string[];
}

/** Ids that one request may name: each is looked up. */
export const REFERENCES_MAX = 4_096;

/** What stands in for an item's content while the item is one that the provider looks up by its id. */
const CONTENT_OF: Readonly<Record<string, string>> = {
  reasoning: 'encrypted_content',
  image_generation_call: 'result',
};

export function referencesOf({ latin1, elements }: ScannedBody, rest: JsonNode): References | Fault {
  const refersTo = new Set<string>();
  const mentions = new Set<string>();
  for (const name of ['previous_response_id', 'conversation']) {
    const value = memberOf(rest, name);
    if (value === undefined || isNull(value)) continue;
    const id = value.kind === 'string' ? value.value : stringOf(value, 'id');
    if (id === undefined || !isId(id)) return { fault: 'BODY_SHAPE', at: `/${name}` };
    refersTo.add(id);
  }
  for (const name of ['input', 'items']) {
    for (const [at, range] of (elements.get(name) ?? []).entries()) {
      const found = itemReference(latin1, range);
      if (found.id !== undefined && isId(found.id)) (found.standsIn ? refersTo : mentions).add(found.id);
      else if (found.standsIn) return { fault: 'BODY_SHAPE', at: `/${name}/${at}` };
      if (found.approves !== undefined && isId(found.approves)) mentions.add(found.approves);
    }
  }
  for (const range of elements.get('tools') ?? []) {
    for (const id of containersIn(latin1, range)) if (isId(id)) mentions.add(id);
  }
  if (refersTo.size + mentions.size > REFERENCES_MAX) return { fault: 'BODY_SHAPE', at: '/input' };
  return { refersTo: [...refersTo], mentions: [...mentions] };
}

interface ItemReference {
  readonly id: string | undefined;
  /** The id is all that is said of it. */
  readonly standsIn: boolean;
  readonly approves: string | undefined;
}

const NOTHING: ItemReference = { id: undefined, standsIn: false, approves: undefined };

/** What an item refers to, without decoding it: a reference needs no type of its own. */
function itemReference(latin1: string, range: ByteRange): ItemReference {
  if (!mayName(latin1, range, 'id')) return NOTHING;
  const said = (name: string) => scanString(latin1, scanMember(latin1, range, name));
  const type = said('type');
  const [id, approves] = [said('id'), said('approval_request_id')];
  if (type === 'item_reference') return { id, standsIn: true, approves };
  if (type === undefined) {
    const empty = id !== undefined && scanMember(latin1, range, 'role') < 0 && scanMember(latin1, range, 'content') < 0;
    return { id, standsIn: empty, approves };
  }
  const content = Object.hasOwn(CONTENT_OF, type) ? CONTENT_OF[type] : undefined;
  return { id, standsIn: id !== undefined && content !== undefined && said(content) === undefined, approves };
}

function containersIn(latin1: string, range: ByteRange): readonly string[] {
  if (!mayName(latin1, range, 'container')) return [];
  const start = scanMember(latin1, range, 'environment');
  const inner =
    start < 0 ? undefined : scanString(latin1, scanMember(latin1, { start, end: range.end }, 'container_id'));
  const own = scanString(latin1, scanMember(latin1, range, 'container'));
  return [own, inner].filter((id) => id !== undefined);
}

/** Whether a member's name may end so: few items have one, and the native search spares the others a walk. */
function mayName(latin1: string, { start, end }: ByteRange, name: string): boolean {
  const text = latin1.slice(start, end);
  return text.includes(name) || text.includes('\\u');
}
