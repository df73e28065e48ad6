import type { SchemaNode, SchemaResource } from './check-run.ts';

/** A part of the document that has one `$id`, or the document itself. */
export interface Resource extends SchemaResource {
  /** Absolute, without fragment. */
  readonly uri: string;
  /** As it was given: what pointers walk through. */
  readonly root: unknown;
  readonly anchors: Map<string, SchemaNode>;
  readonly dynamicAnchors: Map<string, SchemaNode>;
}

/** What references without a base are resolved against; it is nowhere. */
const NOWHERE = 'schema:/';
/** A name in a fragment, as JSON Schema has it. */
const ANCHOR = /^[A-Za-z_][A-Za-z0-9._-]{0,255}$/;
/** Where a reader of URLs drops or turns characters, two of them may find two things. */
const PLAIN_REFERENCE = /^[!-[\]-~]{0,2048}$/;

/** The resources of one document by their URI. Nothing is ever fetched: what is not in the document is not known. */
export class SchemaResources {
  readonly #byUri = new Map<string, Resource>();

  /** @returns `undefined` where the identifier can't be read, or is another's */
  add(root: unknown, id: string, base: string = NOWHERE): Resource | undefined {
    const uri = absolute(id, base);
    if (uri === undefined || this.#byUri.has(uri)) return undefined;
    const resource = { uri, root, anchors: new Map(), dynamicAnchors: new Map() };
    this.#byUri.set(uri, resource);
    return resource;
  }

  /** What the part of a reference before its fragment leads to. */
  find(reference: string, from: Resource): Resource | undefined {
    if (reference === '') return from;
    const uri = absolute(reference, from.uri);
    return uri === undefined ? undefined : this.#byUri.get(uri);
  }

  /** Every schema that has this dynamic anchor. */
  withDynamicAnchor(name: string): SchemaNode[] {
    return [...this.#byUri.values()].flatMap(({ dynamicAnchors }) => dynamicAnchors.get(name) ?? []);
  }
}

/** @returns `false` where it is no name, or another schema of the resource has it */
export function addAnchor(resource: Resource, name: unknown, node: SchemaNode): boolean {
  if (typeof name !== 'string' || !ANCHOR.test(name) || resource.anchors.has(name)) return false;
  resource.anchors.set(name, node);
  return true;
}

function absolute(reference: string, base: string): string | undefined {
  if (!PLAIN_REFERENCE.test(reference) || !URL.canParse(reference, base)) return undefined;
  return new URL(reference, base).href;
}
