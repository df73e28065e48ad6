import type { Unseen } from '@sallyport/core';
import {
  isBase64,
  isPlainName,
  isTextField,
  type JsonNode,
  type JsonObject,
  mediaOf,
  pointerToken,
  type TextCollector,
  type TextPlace,
  walkTexts,
} from '@sallyport/wire';
import type { Fields } from '../fields.ts';

export interface MemberPlace {
  readonly field: string;
  readonly path: string;
  /** Whose argument it is. */
  readonly tool?: string | undefined;
  /** Values that are no texts, as is known of them already. */
  readonly except?: ReadonlySet<JsonNode>;
  /** Strings that hold a text in base64. */
  readonly encoded?: ReadonlySet<JsonNode>;
}

export interface PartKind {
  readonly path: string;
  /** What parts of this type carry besides text. */
  readonly kind: Unseen['kind'] | 'text';
  /** Members that hold base64 without saying so in a `data:` prefix. */
  readonly payloads: ReadonlySet<string>;
}

/** Gathers the texts of members of one protocol's requests: whatever is no identifier of the format is somebody's text. */
export class MemberTexts {
  readonly #fields: Fields;

  constructor(fields: Fields) {
    this.#fields = fields;
  }

  /** A member that nobody need know: whatever text it holds is looked at. */
  add(value: JsonNode, name: string, out: TextCollector): void {
    this.addAt(value, { field: name, path: `/${pointerToken(name)}` }, out);
  }

  /** The same at a place of its own. */
  addAt(value: JsonNode, from: MemberPlace, out: TextCollector): void {
    walkTexts(value, from, (place) => {
      const { node, field: name } = place;
      if (from.except?.has(node) === true) return;
      if (node.kind === 'string' && from.encoded?.has(node) === true) out.addBase64(node, name, from.tool);
      else this.#place(place, out, from.tool);
    });
  }

  /** A typed part of a message. */
  addPart(part: JsonObject, { path, kind, payloads }: PartKind, out: TextCollector): void {
    let carried = 0;
    walkTexts(part, { field: 'content', path }, (place) => {
      if (kind !== 'text' && isPayload(place, payloads)) carried += out.bytesOf(place.node);
      else this.#place(place, out);
    });
    if (kind === 'unknown') out.see(kind, path, out.bytesOf(part));
    else if (kind !== 'text') out.see(kind, path, carried);
  }

  #place({ node, field, path, isKey }: TextPlace, out: TextCollector, tool?: string): void {
    if (node.kind === 'string') {
      if (isKey ? isPlainName(node.value) : this.#fields.isStructuralInRequest(field, node.value)) return;
      const media = isKey || isTextField(field) ? undefined : mediaOf(node.value);
      if (media !== undefined) {
        out.see(media, path, out.bytesOf(node));
        return;
      }
    }
    out.addPlace({ node, isKey }, isKey ? 'key' : field, tool);
  }
}

/** Bytes of an image, a sound or a file in the part that was made to hold them. */
function isPayload({ node, field, isKey }: TextPlace, payloads: ReadonlySet<string>): boolean {
  if (isKey || node.kind !== 'string' || isTextField(field)) return false;
  return mediaOf(node.value) !== undefined || (payloads.has(field) && isBase64(node.value));
}
