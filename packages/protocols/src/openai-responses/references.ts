import type { Fault } from '@sallyport/core';
import { isFault } from '@sallyport/core';
import {
  type ByteRange,
  isNull,
  type JsonNode,
  memberOf,
  parseJson,
  type ScannedBody,
  scanMember,
  scanString,
  stringOf,
} from '@sallyport/wire';
import { isId } from './endpoints.ts';
import { ITEM_LISTS, itemKind } from './item-kinds.ts';

/** Ids in a request of things that the provider keeps. */
export interface References {
  /** They stand for what the request does not say itself: they must be known, and the caller's. */
  readonly refersTo: readonly string[];
  /** They come with what they name: they must not be somebody else's. */
  readonly mentions: readonly string[];
}

export interface ReferenceSources {
  readonly scanned: ScannedBody;
  readonly rest: JsonNode;
  /** Containers within containers that the body may have. */
  readonly maxDepth: number;
}

/** Ids that one request may name: each is looked up. */
export const REFERENCES_MAX = 4_096;

/** What stands in for an item's content while the item is one that the provider looks up by its id. */
const CONTENT_OF: Readonly<Record<string, string>> = {
  reasoning: 'encrypted_content',
  image_generation_call: 'result',
};
/** Answers a request for approval, of which it says nothing but the id. */
const APPROVAL = 'mcp_approval_response';
const APPROVAL_REQUEST = 'mcp_approval_request';

export function referencesOf({ scanned, rest, maxDepth }: ReferenceSources): References | Fault {
  const { latin1, elements } = scanned;
  const finder = new ReferenceFinder(latin1, maxDepth);
  for (const name of ['previous_response_id', 'conversation']) {
    const value = memberOf(rest, name);
    if (value === undefined || isNull(value)) continue;
    if (!finder.refer(value.kind === 'string' ? value.value : stringOf(value, 'id'))) return misshapen(`/${name}`);
  }
  for (const name of ITEM_LISTS) {
    for (const [at, range] of (elements.get(name) ?? []).entries()) {
      if (!finder.item(range)) return misshapen(`/${name}/${at}`);
    }
  }
  for (const [at, range] of (elements.get('tools') ?? []).entries()) {
    if (!finder.tool(range)) return misshapen(`/tools/${at}`);
  }
  return finder.found() ?? misshapen('/input');
}

function misshapen(at: string): Fault {
  return { fault: 'BODY_SHAPE', at };
}

/** Gathers the ids of one body, and decodes next to nothing of it. Its methods say whether what should be an id is one. */
class ReferenceFinder {
  readonly #latin1: string;
  readonly #maxDepth: number;
  readonly #refersTo = new Set<string>();
  readonly #mentions = new Set<string>();
  readonly #approved = new Set<string>();
  readonly #requests = new Set<string>();

  constructor(latin1: string, maxDepth: number) {
    this.#latin1 = latin1;
    this.#maxDepth = maxDepth;
  }

  refer(id: string | undefined): boolean {
    if (id === undefined || !isId(id)) return false;
    this.#refersTo.add(id);
    return true;
  }

  item(range: ByteRange): boolean {
    if (!this.#mayName(range, 'id') && !this.#mayName(range, 'container')) return true;
    const said = (name: string) => scanString(this.#latin1, scanMember(this.#latin1, range, name));
    const type = said('type');
    const id = said('id');
    const approves = said('approval_request_id');
    if (type === APPROVAL) {
      if (approves === undefined || !isId(approves)) return false;
      this.#approved.add(approves);
    } else this.#mention(approves);
    if (type === APPROVAL_REQUEST && id !== undefined) this.#requests.add(id);
    const contained = this.#containers(range, (node) => {
      const { definitions } = itemKind(type);
      const tools = [...definitions].flatMap((name) => elementsOf(memberOf(node, name)));
      this.#mention(stringOf(node, 'container_id'));
      this.#mention(stringOf(memberOf(node, 'environment'), 'container_id'));
      return tools.every((tool) => this.#definition(tool));
    });
    if (!contained) return false;
    if (this.#standsIn(range, { type, id })) return this.refer(id);
    this.#mention(id);
    return true;
  }

  tool(range: ByteRange): boolean {
    return this.#containers(range, (node) => this.#definition(node));
  }

  /** @returns `undefined` for more than one request may name */
  found(): References | undefined {
    for (const id of this.#approved) (this.#requests.has(id) ? this.#mentions : this.#refersTo).add(id);
    if (this.#refersTo.size + this.#mentions.size > REFERENCES_MAX) return undefined;
    return { refersTo: [...this.#refersTo], mentions: [...this.#mentions] };
  }

  #mention(id: string | undefined): void {
    if (id !== undefined && isId(id)) this.#mentions.add(id);
  }

  /** Whether the id is all that is said of an item: a reference needs no type of its own. */
  #standsIn(range: ByteRange, { type, id }: { readonly type: string | undefined; readonly id: string | undefined }) {
    if (type === 'item_reference') return true;
    if (id === undefined) return false;
    const has = (name: string) => scanMember(this.#latin1, range, name) >= 0;
    if (type === undefined) return !has('role') && !has('content');
    const content = Object.hasOwn(CONTENT_OF, type) ? CONTENT_OF[type] : undefined;
    return content !== undefined && scanString(this.#latin1, scanMember(this.#latin1, range, content)) === undefined;
  }

  /** A container holds files and state that nobody here has seen: who names one goes on with it. */
  #definition(tool: JsonNode): boolean {
    const ids = [memberOf(tool, 'container'), memberOf(memberOf(tool, 'environment'), 'container_id')];
    const fit = ids.every((id) => id?.kind !== 'string' || this.refer(id.value));
    return fit && elementsOf(memberOf(tool, 'tools')).every((one) => this.#definition(one));
  }

  /** Reads an element only where it may name a container: few do. What is no JSON is refused when it is opened. */
  #containers(range: ByteRange, read: (node: JsonNode) => boolean): boolean {
    if (!this.#mayName(range, 'container')) return true;
    const node = parseJson(this.#latin1.slice(range.start, range.end), { maxDepth: this.#maxDepth, strict: false });
    return isFault(node) || read(node);
  }

  /** Whether a member's name may end so: the native search spares most items a walk. */
  #mayName({ start, end }: ByteRange, name: string): boolean {
    const text = this.#latin1.slice(start, end);
    return text.includes(name) || text.includes('\\u');
  }
}

function elementsOf(node: JsonNode | undefined): readonly JsonNode[] {
  return node?.kind === 'array' ? node.items : [];
}
