import type { ErrorCode } from '@sallyport/core';
import type { AssertingKeyword, Check, CheckRun, SchemaNode } from './check-run.ts';
import type { Dialect } from './dialect.ts';
import { isObject } from './is-object.ts';
import type { SchemaPattern } from './pattern/pattern-shelf.ts';
import type { Resource } from './schema-resources.ts';
import { ValueSet } from './value-set.ts';

export type SchemaFault = Extract<ErrorCode, 'TOOL_SCHEMA_UNKNOWN' | 'TOOL_SCHEMA_TOO_LARGE'>;

/** Where a schema stands in its document. */
export interface Place {
  /** JSON pointer of keywords and indices; names that the server chose are `*`. */
  readonly at: string;
  readonly depth: number;
  readonly resource: Resource;
}

/** A schema that another one leads to. References are followed once all is read. */
export interface Edge {
  node: SchemaNode | undefined;
  /** Name of a `$dynamicAnchor`, where what is found depends on the way there. */
  anchor?: string;
}

/** What reads the whole document. */
export interface SchemaDocument extends Pick<CheckRun, 'spend' | 'stop'> {
  readonly limits: { readonly maxDepth: number };
  readonly dialect: Dialect;
  read(schema: unknown, place: Place, keyword?: AssertingKeyword): SchemaNode;
  refer(reference: string, keyword: '$ref' | '$dynamicRef', place: Place): Edge;
  pattern(pattern: string, at: string): SchemaPattern | undefined;
  /** Counts something that is kept, by its characters. */
  keep(chars: number): void;
  /** Notes what makes the document one that is not taken; the first is told. */
  refuse(fault: SchemaFault, at: string): void;
}

/**
 * One schema while it is read. What a keyword is given and must not be is noted as a fault of the document, and read as if it were not
 * there: no check is made of a document with a fault.
 */
export class SchemaSite {
  /** Schemas that look at the same value. */
  readonly inPlace: Edge[] = [];
  readonly place: Place;
  readonly document: SchemaDocument;
  readonly #schema: Readonly<Record<string, unknown>>;

  constructor(schema: Readonly<Record<string, unknown>>, place: Place, document: SchemaDocument) {
    this.#schema = schema;
    this.place = place;
    this.document = document;
  }

  /** What a keyword is given; `undefined` where it is not there, or the dialect doesn't know it. */
  given(keyword: string): unknown {
    if (!Object.hasOwn(this.#schema, keyword)) return undefined;
    return this.document.dialect.unknown.has(keyword) ? undefined : this.#schema[keyword];
  }

  /** A whole number from 0. */
  count(keyword: string): number | undefined {
    const given = this.given(keyword);
    if (given === undefined) return undefined;
    if (typeof given === 'bigint' && given > 0n) return Number.MAX_SAFE_INTEGER;
    if (typeof given !== 'number' || !Number.isInteger(given) || given < 0) return this.refuse(keyword);
    return given;
  }

  number(keyword: string): number | bigint | undefined {
    const given = this.given(keyword);
    if (given === undefined || typeof given === 'bigint') return given;
    return typeof given === 'number' && Number.isFinite(given) ? given : this.refuse(keyword);
  }

  text(keyword: string): string | undefined {
    const given = this.given(keyword);
    if (given === undefined) return undefined;
    if (typeof given !== 'string') return this.refuse(keyword);
    this.document.keep(given.length);
    return given;
  }

  list(keyword: string): readonly unknown[] | undefined {
    const given = this.given(keyword);
    return given === undefined || Array.isArray(given) ? given : this.refuse(keyword);
  }

  /** Names of members, each once. */
  names(keyword: string, given: unknown = this.given(keyword)): readonly string[] | undefined {
    if (given === undefined) return undefined;
    if (!Array.isArray(given)) return this.refuse(keyword);
    const names = new Set<string>();
    for (const name of given) {
      if (typeof name !== 'string') return this.refuse(keyword);
      this.document.keep(name.length);
      names.add(name);
    }
    return [...names];
  }

  /** Members by name, the names counted. */
  members(keyword: string): readonly (readonly [string, unknown])[] | undefined {
    const given = this.given(keyword);
    if (given === undefined) return undefined;
    if (!isObject(given)) return this.refuse(keyword);
    const members = Object.entries(given);
    for (const [name] of members) this.document.keep(name.length);
    return members;
  }

  /** Values that are listed, counted. */
  values(listed: readonly unknown[]): ValueSet {
    const values = new ValueSet();
    for (const value of listed) {
      const before = values.chars;
      if (values.add(value, this.document) === undefined) break;
      this.document.keep(values.chars - before);
    }
    return values;
  }

  pattern(pattern: string, keyword: string): SchemaPattern | undefined {
    return this.document.pattern(pattern, `${this.place.at}/${keyword}`);
  }

  /** The schema that a keyword is given, for another value than this one. */
  child(keyword: AssertingKeyword): SchemaNode | undefined {
    const given = this.given(keyword);
    return given === undefined ? undefined : this.read(given, keyword);
  }

  /** The same for this value. */
  inner(keyword: AssertingKeyword | 'if'): SchemaNode | undefined {
    const given = this.given(keyword);
    if (given === undefined) return undefined;
    const node = this.read(given, keyword === 'if' ? 'allOf' : keyword, keyword);
    this.inPlace.push({ node });
    return node;
  }

  /** @param step what leads there from here, without what the server chose */
  read(schema: unknown, keyword: AssertingKeyword, step: string = keyword): SchemaNode {
    const { at, depth, resource } = this.place;
    return this.document.read(schema, { at: `${at}/${step}`, depth: depth + 1, resource }, keyword);
  }

  refuse(keyword: string): undefined {
    this.document.refuse('TOOL_SCHEMA_UNKNOWN', `${this.place.at}/${keyword}`);
  }
}

/** What the keywords of one kind say of a schema. */
export type KeywordReader = (site: SchemaSite) => readonly Check[];
