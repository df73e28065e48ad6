import type { Fault } from '@sallyport/core';
import type { AssertingKeyword, Check, CheckLimit, SchemaNode } from './check-run.ts';
import { type Dialect, DRAFT_2020, dialectOf } from './dialect.ts';
import { findLoop } from './find-loop.ts';
import { isObject } from './is-object.ts';
import { readChecks } from './keywords/read-checks.ts';
import { Marks } from './marks.ts';
import { PatternShelf, type SchemaPattern } from './pattern/pattern-shelf.ts';
import { POINTER_MAX_CHARS, type SchemaLimits } from './schema-limits.ts';
import { addAnchor, type Resource, SchemaResources } from './schema-resources.ts';
import { type Edge, type Place, type SchemaDocument, type SchemaFault, SchemaSite } from './schema-site.ts';

interface Reference {
  readonly written: string;
  readonly keyword: '$ref' | '$dynamicRef';
  readonly place: Place;
  readonly edge: Edge;
}

interface Known {
  readonly node: SchemaNode;
  readonly resource: Resource;
}

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Reads a schema that somebody else wrote: all of it, once, within the limits, and whatever references lead to. The first thing that it
 * doesn't understand makes a fault of the whole.
 * Cost: O(schema); recurses as deep as schemas are nested.
 */
export class SchemaReader implements SchemaDocument {
  readonly limits: SchemaLimits;
  readonly #resources = new SchemaResources();
  readonly #patterns: PatternShelf;
  readonly #known = new Map<object, Known>();
  readonly #inPlace = new Map<SchemaNode, readonly Edge[]>();
  readonly #pending: Reference[] = [];
  #dialect: Dialect = DRAFT_2020;
  #fault: Fault | undefined;
  #subschemas = 0;
  #chars = 0;
  #steps = 0;

  constructor(limits: SchemaLimits) {
    this.limits = limits;
    this.#patterns = new PatternShelf(limits);
  }

  get dialect(): Dialect {
    return this.#dialect;
  }

  document(schema: unknown): SchemaNode | Fault {
    const resource = this.#resources.add(schema, '');
    const dialect = dialectOf(isObject(schema) && Object.hasOwn(schema, '$schema') ? schema.$schema : undefined);
    if (resource === undefined || dialect === undefined) return { fault: 'TOOL_SCHEMA_UNKNOWN', at: '/$schema' };
    this.#dialect = dialect;
    const node = this.read(schema, { at: '', depth: 1, resource });
    this.#follow();
    if (this.#fault === undefined && findLoop(this.#inPlace.keys(), (from) => this.#next(from))) {
      this.refuse('TOOL_SCHEMA_UNKNOWN', '');
    }
    return this.#fault ?? node;
  }

  read(schema: unknown, place: Place, keyword: AssertingKeyword = '$ref'): SchemaNode {
    const node = { resource: place.resource, checks: [] as readonly Check[], marksFor: undefined };
    this.#subschemas += 1;
    const isTooMuch = this.#subschemas > this.limits.maxSubschemas || place.depth > this.limits.maxSchemaDepth;
    if (isTooMuch) this.refuse('TOOL_SCHEMA_TOO_LARGE', place.at);
    if (this.#fault !== undefined || schema === true) return node;
    if (schema === false) return { ...node, checks: [(_value, run) => run.fail(keyword)] };
    if (isObject(schema)) return this.#known.get(schema)?.node ?? this.#object(schema, place);
    this.refuse('TOOL_SCHEMA_UNKNOWN', place.at);
    return node;
  }

  refer(written: string, keyword: '$ref' | '$dynamicRef', place: Place): Edge {
    const edge: Edge = { node: undefined };
    this.#pending.push({ written, keyword, edge, place: { ...place, at: `${place.at}/${keyword}` } });
    return edge;
  }

  pattern(pattern: string, at: string): SchemaPattern | undefined {
    const added = this.#fault === undefined ? this.#patterns.add(pattern) : 'unknown';
    if (typeof added === 'object') return added;
    this.refuse(added === 'unknown' ? 'TOOL_SCHEMA_UNKNOWN' : 'TOOL_SCHEMA_TOO_LARGE', at);
    return undefined;
  }

  keep(chars: number): void {
    this.#chars += chars + 1;
    if (this.#chars > this.limits.maxSchemaChars) this.refuse('TOOL_SCHEMA_TOO_LARGE', '');
  }

  spend(steps: number): boolean {
    this.#steps += steps;
    return this.#steps <= this.limits.maxSteps || this.stop('maxSteps');
  }

  stop(limit: CheckLimit): false {
    this.refuse(limit === 'maxNumberDigits' ? 'TOOL_SCHEMA_UNKNOWN' : 'TOOL_SCHEMA_TOO_LARGE', '');
    return false;
  }

  refuse(fault: SchemaFault, at: string): void {
    const cut = at.length <= POINTER_MAX_CHARS ? at : at.slice(0, at.lastIndexOf('/', POINTER_MAX_CHARS));
    this.#fault ??= { fault, at: cut };
  }

  #object(schema: JsonObject, place: Place): SchemaNode {
    const given = (keyword: string) => (Object.hasOwn(schema, keyword) ? schema[keyword] : undefined);
    if (given('$schema') !== undefined && dialectOf(given('$schema')) !== this.#dialect) {
      this.refuse('TOOL_SCHEMA_UNKNOWN', `${place.at}/$schema`);
    }
    const isAlone = this.#dialect.refAlone && given('$ref') !== undefined;
    const id = isAlone ? undefined : given('$id');
    const resource = this.#resourceOf(schema, id, place);
    const site = new SchemaSite(schema, { ...place, resource }, this);
    const hasUnevaluated =
      site.given('unevaluatedProperties') !== undefined || site.given('unevaluatedItems') !== undefined;
    const node = {
      resource,
      checks: [] as readonly Check[],
      marksFor: hasUnevaluated ? () => new Marks() : undefined,
    };
    this.#known.set(schema, { node, resource });
    this.#inPlace.set(node, site.inPlace);
    if (!isAlone) this.#nameAnchors(site, { node, resource });
    if (this.#isAnchorId(id) && !addAnchor(resource, id.slice(1), node)) site.refuse('$id');
    node.checks = readChecks(site);
    return node;
  }

  /** A new resource where the schema has an `$id`. */
  #resourceOf(schema: JsonObject, id: unknown, place: Place): Resource {
    if (id === undefined || this.#isAnchorId(id)) return place.resource;
    const written = typeof id === 'string' ? id.replace(/#$/, '') : '#';
    if (written === '') return place.resource;
    this.keep(written.length);
    const added = written.includes('#') ? undefined : this.#resources.add(schema, written, place.resource.uri);
    if (added === undefined) this.refuse('TOOL_SCHEMA_UNKNOWN', `${place.at}/$id`);
    return added ?? place.resource;
  }

  #isAnchorId(id: unknown): id is string {
    return this.#dialect.idAnchors && typeof id === 'string' && id.startsWith('#') && id.length > 1;
  }

  #nameAnchors(site: SchemaSite, { node, resource }: Known): void {
    for (const keyword of ['$anchor', '$dynamicAnchor'] as const) {
      const name = site.text(keyword);
      if (name === undefined) continue;
      if (!addAnchor(resource, name, node)) site.refuse(keyword);
      if (keyword === '$dynamicAnchor') resource.dynamicAnchors.set(name, node);
    }
  }

  #follow(): void {
    for (let next = this.#pending.pop(); next !== undefined; next = this.#pending.pop()) {
      if (this.#fault !== undefined) return;
      const node = this.#locate(next);
      if (node === undefined) this.refuse('TOOL_SCHEMA_UNKNOWN', next.place.at);
      next.edge.node = node;
    }
  }

  #locate({ written, keyword, place, edge }: Reference): SchemaNode | undefined {
    const mark = written.indexOf('#');
    const resource = this.#resources.find(mark < 0 ? written : written.slice(0, mark), place.resource);
    const fragment = mark < 0 ? '' : decoded(written.slice(mark + 1));
    if (resource === undefined || fragment === undefined) return undefined;
    if (fragment === '') return this.read(resource.root, { ...place, resource });
    if (fragment.startsWith('/')) return this.#walk(fragment, resource, place);
    if (keyword === '$dynamicRef' && resource.dynamicAnchors.has(fragment)) edge.anchor = fragment;
    return resource.anchors.get(fragment);
  }

  /** Follows a pointer through the document as it is written; what it leads to may be no schema of a keyword that is known. */
  #walk(pointer: string, from: Resource, place: Place): SchemaNode | undefined {
    let at: unknown = from.root;
    let resource = from;
    for (const token of pointer.slice(1).split('/')) {
      const name = token.replaceAll('~1', '/').replaceAll('~0', '~');
      if (Array.isArray(at) ? !/^(?:0|[1-9][0-9]{0,8})$/.test(name) : !isObject(at)) return undefined;
      const holder = at as JsonObject;
      if (!Object.hasOwn(holder, name)) return undefined;
      at = holder[name];
      if (isObject(at)) resource = this.#known.get(at)?.resource ?? resource;
    }
    return this.read(at, { at: place.at, depth: 1, resource });
  }

  #next(node: SchemaNode): readonly SchemaNode[] {
    return (this.#inPlace.get(node) ?? []).flatMap((edge) => [
      ...(edge.node === undefined ? [] : [edge.node]),
      ...(edge.anchor === undefined ? [] : this.#resources.withDynamicAnchor(edge.anchor)),
    ]);
  }
}

function decoded(fragment: string): string | undefined {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return undefined;
  }
}
