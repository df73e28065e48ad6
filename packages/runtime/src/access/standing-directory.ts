import {
  type AccessDirectory,
  type AccessQuestion,
  ADDRESS,
  fitsAny,
  fitsPattern,
  type Grant,
  type IdentityState,
  isFault,
  type Principal,
  type Resource,
  ROUTE_SOURCE,
  type SourceRef,
  type UnreadRequest,
} from '@sallyport/core';
import { type JsonNode, parseJson } from '@sallyport/wire';
import type { DataSourceEntity } from '../config/access-schema.ts';
import type { DeepReadonly } from '../config/config.ts';
import type { EntityIndex } from './entity-index.ts';
import { folded, readingsOf, referenceKeys, registeredKey, valueKeys } from './source-keys.ts';

/** Containers within containers in a call's arguments that are looked into. */
const GIVEN_DEPTH = 64;
const WORD = /[a-z0-9_]/;

export interface DirectoryParts {
  readonly index: EntityIndex;
  /** Grants that are not revoked, whatever their time. */
  readonly grants: () => readonly Grant[];
  /** Milliseconds since 1970. */
  readonly dateMs: () => number;
  /** Whether a provider's model is still the one that was approved; without it nobody follows that. */
  readonly identityOf?: IdentityOf | undefined;
}

/** Nothing where no answer of it was seen yet. */
export type IdentityOf = (provider: string, model: string) => IdentityState | undefined;

/** The directory of a house that stands: what is in force can be replaced as a whole between two questions. */
export class StandingDirectory implements AccessDirectory {
  readonly #grants: DirectoryParts['grants'];
  readonly #dateMs: () => number;
  readonly #identityOf: IdentityOf | undefined;
  #index: EntityIndex;

  constructor({ index, grants, dateMs, identityOf }: DirectoryParts) {
    this.#identityOf = identityOf;
    this.#index = index;
    this.#grants = grants;
    this.#dateMs = dateMs;
  }

  use(index: EntityIndex): void {
    this.#index = index;
  }

  get index(): EntityIndex {
    return this.#index;
  }

  get hasTools(): boolean {
    return this.#index.sources.some(({ entity }) => entity.tools.length > 0);
  }

  member(principal: Principal): Principal {
    return this.#index.member(principal);
  }

  model(id: string, provider: string | undefined): Resource {
    const identity = provider === undefined ? undefined : this.#identityOf?.(provider, id);
    return this.#index.model(id, provider, identity);
  }

  toolGroups(tool: string): readonly string[] {
    return this.#index.toolGroups(tool);
  }

  sources(refs: readonly SourceRef[]): readonly Resource[] {
    const all = new Map<string, Resource>();
    for (const { kind, id } of refs) {
      const known = this.#index.withKeys(referenceKeys(id));
      for (const { resource } of known) all.set(`known ${resource.id}`, resource);
      if (known.length > 0 || kind === ADDRESS) continue;
      const shown = shownId(id);
      const registered = kind === ROUTE_SOURCE;
      all.set(`${registered ? 'known' : kind} ${shown}`, { kind: 'data-source', id: shown, registered, groups: [] });
    }
    return [...all.values()];
  }

  sourcesOfCall(tool: string, given: string | undefined): readonly Resource[] {
    return this.#index.sources.flatMap(({ resource, entity }) =>
      entity.tools.some((way) => fitsPattern(folded(way.tool), folded(tool)) && leadsHere(way, given)) ? resource : [],
    );
  }

  sourcesIn({ path, body }: UnreadRequest): readonly Resource[] {
    const { keys } = this.#index;
    if (keys.size === 0) return [];
    const found = new Set(this.#index.withKeys(referenceKeys(path)));
    if (body !== undefined && body.length > 0) {
      const readings = readingsOf(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
      for (const [key, sources] of keys) {
        if (readings.some((text) => names(text, key))) for (const source of sources) found.add(source);
      }
    }
    return Array.from(found, ({ resource }) => resource);
  }

  factsFor(question: AccessQuestion): { readonly grant?: string; readonly reader?: boolean } | undefined {
    const grant = this.#grantFor(question);
    const reader = question.action === 'read-data' ? this.#isReader(question) : undefined;
    if (grant === undefined && reader === undefined) return undefined;
    return { ...(grant !== undefined && { grant }), ...(reader !== undefined && { reader }) };
  }

  #grantFor({ principal, action, resource }: AccessQuestion): string | undefined {
    const grants = this.#grants();
    if (grants.length === 0) return undefined;
    const nowMs = this.#dateMs();
    return grants.find(
      ({ who, tenant, actions, resource: on, from, until }) =>
        actions.some((each) => each === action) &&
        isWho(principal, who, tenant) &&
        on.kind === resource.kind &&
        (on.id === undefined || fitsPattern(on.id, resource.id)) &&
        (on.group === undefined || resource.groups.includes(on.group)) &&
        Date.parse(from) <= nowMs &&
        nowMs < Date.parse(until),
    )?.id;
  }

  #isReader({ principal, resource }: AccessQuestion): boolean {
    if (resource.registered !== true) return false;
    const source = this.#index.sources.find((each) => each.resource.id === resource.id);
    return source?.entity.readers.some((who) => isWho(principal, who, source.entity.tenant)) ?? false;
  }
}

function isWho({ kind, id, tenant, groups }: Principal, who: string, of: string): boolean {
  if (of !== '*' && of !== tenant) return false;
  return who.startsWith('group/') ? groups.includes(who.slice('group/'.length)) : who === `${kind}/${id}`;
}

/** What a record may say of a place that is not registered: of an address its host alone, since the rest may hold a secret. */
function shownId(id: string): string {
  return id.includes('://') ? registeredKey(id) : id;
}

/** Whether a key stands in a text on its own, and not as a part of a longer word. Cost: O(n). */
function names(text: string, key: string): boolean {
  for (let at = text.indexOf(key); at >= 0; at = text.indexOf(key, at + 1)) {
    if (!WORD.test(text[at - 1] ?? ' ') && !WORD.test(text[at + key.length] ?? ' ')) return true;
  }
  return false;
}

/** Whether a call leads to a source. What cannot be read, or leaves out what says so, does. */
function leadsHere(
  { argument, values }: DeepReadonly<DataSourceEntity['tools'][number]>,
  given: string | undefined,
): boolean {
  if (argument === undefined || given === undefined) return true;
  const root = parseJson(given, { maxDepth: GIVEN_DEPTH, strict: true });
  if (isFault(root)) return true;
  const texts = valuesAt(root, argument)
    .flatMap(textsIn)
    .filter((text) => text !== '');
  if (texts.length === 0) return true;
  // What stands for any name stands for this one.
  if (texts.some((text) => readingsOf(text).some((reading) => reading.includes('*')))) return true;
  const patterns = values.map(folded);
  return texts.some((text) => [...valueKeys(text)].some((key) => fitsAny(patterns, key)));
}

/** Of members whose names differ in case alone each may be the one that the tool reads. */
function valuesAt(root: JsonNode, pointer: string): readonly JsonNode[] {
  let nodes: readonly JsonNode[] = [root];
  for (const token of pointer.slice(1).split('/')) {
    const name = folded(token.replaceAll('~1', '/').replaceAll('~0', '~'));
    nodes = nodes.flatMap((node) => {
      if (node.kind === 'array') return node.items[Number(name)] ?? [];
      if (node.kind !== 'object') return [];
      return node.members.flatMap(({ key, value }) => (folded(key.value) === name ? [value] : []));
    });
  }
  return nodes;
}

/** Every text and number of a value, however deep. */
function textsIn(node: JsonNode): readonly string[] {
  if (node.kind === 'string') return [node.value];
  if (node.kind === 'number') return [String(node.value)];
  if (node.kind === 'array') return node.items.flatMap(textsIn);
  return node.kind === 'object' ? node.members.flatMap(({ value }) => textsIn(value)) : [];
}
