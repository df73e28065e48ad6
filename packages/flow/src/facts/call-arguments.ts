import { type JsonNode, parseJson } from '@sallyport/wire';
import type { FlowLimits } from '../flow-limits.ts';
import { itemPath, memberPath } from '../leaves/raw-leaf.ts';
import type { ArgumentPlace } from '../tools/tool-profile.ts';

/** One value that a call hands to its tool. */
export interface ArgumentLeaf extends ArgumentPlace {
  /** Such as `attachments[0].file_id`; empty when the arguments are no JSON object. */
  readonly path: string;
  readonly text: string;
  /** A truth value or null says nothing that could come from anywhere. */
  readonly type: 'string' | 'number' | 'word';
}

export interface CallArguments {
  readonly leaves: readonly ArgumentLeaf[];
  /** There is more than the limits let read, or it is no JSON: what is not here has no source. */
  readonly truncated: boolean;
}

/** The values of a call's arguments. Names of members that no schema names are values too. Cost: O(length). */
export function argumentsOf(json: string, limits: FlowLimits): CallArguments {
  const node = json.trim() === '' ? undefined : parseJson(json, { maxDepth: limits.maxDepth, strict: false });
  if (node === undefined) return { leaves: [], truncated: false };
  if ('fault' in node) {
    return {
      leaves: [{ path: '', top: '', name: '', text: json.slice(0, limits.maxArgumentChars), type: 'string' }],
      truncated: true,
    };
  }
  const reader = new ArgumentReader(limits);
  reader.read(node, { path: '', top: '', name: '' });
  return reader;
}

class ArgumentReader implements CallArguments {
  readonly leaves: ArgumentLeaf[] = [];
  truncated = false;
  readonly #limits: FlowLimits;

  constructor(limits: FlowLimits) {
    this.#limits = limits;
  }

  read(node: JsonNode, place: ArgumentPlace & { readonly path: string }): void {
    switch (node.kind) {
      case 'object':
        for (const { key, value } of node.members) {
          const name = key.value;
          this.read(value, { path: memberPath(place.path, name), top: place.top === '' ? name : place.top, name });
        }
        return;
      case 'array':
        for (const [index, item] of node.items.entries())
          this.read(item, { ...place, path: itemPath(place.path, index) });
        return;
      case 'string':
      case 'number':
        this.#add({ ...place, text: String(node.value), type: node.kind });
        return;
      case 'word':
        this.#add({ ...place, text: String(node.value), type: 'word' });
    }
  }

  #add(leaf: ArgumentLeaf): void {
    if (this.leaves.length >= this.#limits.maxArguments) {
      this.truncated = true;
      return;
    }
    const tooLong = leaf.text.length > this.#limits.maxArgumentChars;
    if (tooLong) this.truncated = true;
    this.leaves.push(tooLong ? { ...leaf, text: leaf.text.slice(0, this.#limits.maxArgumentChars) } : leaf);
  }
}
