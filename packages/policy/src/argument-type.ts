/** What Cedar calls an argument of a tool, read from the tool's JSON Schema. Plain data, bounded. */
export type ArgumentType =
  | { readonly kind: ScalarKind }
  | { readonly kind: 'Set'; readonly element: ArgumentType }
  | RecordType;

export const SCALAR_KINDS = ['String', 'Long', 'Bool', 'decimal'] as const;
export type ScalarKind = (typeof SCALAR_KINDS)[number];

export interface RecordType {
  readonly kind: 'record';
  /** By name, in the order of the names. */
  readonly members: readonly ArgumentMember[];
}

export interface ArgumentMember {
  readonly name: string;
  readonly type: ArgumentType;
  /** Not required, or `null` is as good as nothing. */
  readonly isOptional: boolean;
}

/** UTF-16 units of the schema of one tool, as JSON. */
export const MAX_TOOL_SCHEMA_CHARS = 1_048_576;
/** Members of one tool's arguments that have a type, those of objects within them included; what comes behind has none. */
export const MAX_ARGUMENT_MEMBERS = 512;
/** Schemas within each other, references included; what lies deeper has no type. */
export const MAX_ARGUMENT_DEPTH = 16;
/** UTF-16 units of a name; a member with a longer one has no type. */
export const MAX_ARGUMENT_NAME_CHARS = 128;
/** Schemas of one tool that are looked at. */
const MAX_STEPS = 4_096;
/** Alternatives of one `anyOf` or `oneOf`. */
const MAX_ALTERNATIVES = 16;

/** In Cedar's JSON a record with such a member is no record. */
const ESCAPES = new Set(['__entity', '__extn', '__expr']);

const SCALARS: Readonly<Record<string, ScalarKind>> = {
  string: 'String',
  integer: 'Long',
  boolean: 'Bool',
  number: 'decimal',
};

/**
 * The types of a tool's arguments. The schema is a hostile server's: what is not understood, lies too deep or is too much has no type, and
 * a policy that names it is refused. Nothing of it is compiled or fetched; references are followed within the document.
 * @param schema `inputSchema` of the tool, JSON
 * @returns `undefined` where it is no schema of an object, or beyond `MAX_TOOL_SCHEMA_CHARS`
 * Cost: O(length); at most 4,096 schemas are looked at.
 */
export function readArgumentTypes(schema: string): RecordType | undefined {
  const root = schema.length > MAX_TOOL_SCHEMA_CHARS ? undefined : parsed(schema);
  if (!isObject(root) || own(root, 'type') !== 'object') return undefined;
  return new TypeReader(root).record(root, 0) ?? { kind: 'record', members: [] };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

type JsonObject = Readonly<Record<string, unknown>>;

/** A type, and whether `null` may stand in its place. */
interface Read {
  readonly type: ArgumentType;
  readonly isNullable: boolean;
}

class TypeReader {
  readonly #root: JsonObject;
  /** Schemas that are being read: one that leads back to itself has no end, and no type. */
  readonly #open = new Set<JsonObject>();
  #stepsLeft = MAX_STEPS;
  #membersLeft = MAX_ARGUMENT_MEMBERS;

  constructor(root: JsonObject) {
    this.#root = root;
  }

  record(schema: JsonObject, depth: number): RecordType | undefined {
    const properties = own(schema, 'properties');
    if (!isObject(properties)) return undefined;
    const required = new Set(listOf(schema, 'required'));
    const members: ArgumentMember[] = [];
    for (const name of Object.keys(properties)) {
      if (this.#membersLeft === 0 || this.#stepsLeft === 0) break;
      if (!isName(name)) continue;
      // Before those within it, so that the bound holds for all.
      this.#membersLeft -= 1;
      const read = this.#read(properties[name], depth + 1);
      if (read === undefined) this.#membersLeft += 1;
      else members.push({ name, type: read.type, isOptional: read.isNullable || !required.has(name) });
    }
    members.sort((a, b) => (a.name < b.name ? -1 : 1));
    return members.length === 0 ? undefined : { kind: 'record', members };
  }

  #read(schema: unknown, depth: number): Read | undefined {
    if (!isObject(schema) || depth > MAX_ARGUMENT_DEPTH || this.#stepsLeft === 0 || this.#open.has(schema)) {
      return undefined;
    }
    this.#stepsLeft -= 1;
    this.#open.add(schema);
    const read = this.#typed(schema, depth);
    this.#open.delete(schema);
    return read;
  }

  #typed(schema: JsonObject, depth: number): Read | undefined {
    if (Object.hasOwn(schema, 'type')) return this.#declared(schema, depth);
    const reference = own(schema, '$ref');
    if (typeof reference === 'string') return this.#read(this.#target(reference), depth + 1);
    if (Object.hasOwn(schema, 'enum')) return typeOfValues(listOf(schema, 'enum'));
    if (Object.hasOwn(schema, 'const')) return typeOfValues([schema.const]);
    return this.#combined(schema, depth);
  }

  #declared(schema: JsonObject, depth: number): Read | undefined {
    const said = own(schema, 'type');
    const names = new Set(Array.isArray(said) ? said : [said]);
    const isNullable = names.delete('null');
    if (names.has('number')) names.delete('integer');
    const [name, another] = names;
    if (typeof name !== 'string' || another !== undefined) return undefined;
    const type = this.#named(name, schema, depth);
    return type === undefined ? undefined : { type, isNullable };
  }

  #named(name: string, schema: JsonObject, depth: number): ArgumentType | undefined {
    if (name === 'object') return this.record(schema, depth);
    if (name === 'array') return this.#set(schema, depth);
    return Object.hasOwn(SCALARS, name) ? { kind: SCALARS[name] as ScalarKind } : undefined;
  }

  #set(schema: JsonObject, depth: number): ArgumentType | undefined {
    if (Object.hasOwn(schema, 'prefixItems')) return undefined;
    const read = this.#read(own(schema, 'items'), depth + 1);
    return read === undefined || read.isNullable ? undefined : { kind: 'Set', element: read.type };
  }

  /** One schema with or without `null`, as generators write what may be absent, or several of one kind. */
  #combined(schema: JsonObject, depth: number): Read | undefined {
    const keywords = ['anyOf', 'oneOf', 'allOf'].filter((keyword) => Object.hasOwn(schema, keyword));
    const [keyword] = keywords;
    if (keyword === undefined || keywords.length > 1) return undefined;
    const all = listOf(schema, keyword);
    const some = all.filter((one) => !isNull(one));
    if (some.length === 0 || some.length > MAX_ALTERNATIVES || (keyword === 'allOf' && all.length > 1))
      return undefined;
    const reads = some.map((one) => this.#read(one, depth + 1));
    const [first] = reads;
    if (first === undefined) return undefined;
    const isOne = reads.every((read) => read?.type.kind === first.type.kind && isScalar(read.type));
    if (reads.length > 1 && !isOne) return undefined;
    const isNullable = some.length < all.length || reads.some((read) => read?.isNullable === true);
    return { type: first.type, isNullable };
  }

  /** What a JSON pointer of this document leads to. */
  #target(reference: string): unknown {
    if (!reference.startsWith('#/') || reference.length > 1_024) return undefined;
    let at: unknown = this.#root;
    for (const token of reference.slice(2).split('/')) {
      const name = token.replaceAll('~1', '/').replaceAll('~0', '~');
      if (Array.isArray(at)) at = /^[0-9]{1,6}$/.test(name) ? at[Number(name)] : undefined;
      else at = isObject(at) ? own(at, name) : undefined;
    }
    return at;
  }
}

function typeOfValues(values: readonly unknown[]): Read | undefined {
  const kinds = new Set(values.map(kindOf));
  const isNullable = kinds.delete('null');
  if (kinds.has('decimal')) kinds.delete('Long');
  const [kind, another] = kinds;
  if (kind === undefined || kind === 'null' || another !== undefined) return undefined;
  return { type: { kind }, isNullable };
}

function kindOf(value: unknown): ScalarKind | 'null' | undefined {
  switch (typeof value) {
    case 'string':
      return 'String';
    case 'boolean':
      return 'Bool';
    case 'number':
      return Number.isInteger(value) ? 'Long' : 'decimal';
    default:
      return value === null ? 'null' : undefined;
  }
}

function isName(name: string): boolean {
  return name.length <= MAX_ARGUMENT_NAME_CHARS && name.isWellFormed() && !ESCAPES.has(name);
}

function isNull(schema: unknown): boolean {
  return isObject(schema) && own(schema, 'type') === 'null';
}

function isScalar({ kind }: ArgumentType): boolean {
  return (SCALAR_KINDS as readonly string[]).includes(kind);
}

/** Objects alone have members by name; what a schema inherits is not its own. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function own(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function listOf(object: JsonObject, name: string): readonly unknown[] {
  const list = own(object, name);
  return Array.isArray(list) ? list : [];
}
