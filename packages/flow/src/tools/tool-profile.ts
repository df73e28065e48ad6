import type { SinkRole, ToolDefinition } from '@sallyport/core';
import { type MemoryOfTool, memoryOf } from './memory-tools.ts';
import { roleOfName, wordsOfName } from './sink-role.ts';
import { overrideFor, type ToolOverride, type ToolOverrides } from './tool-overrides.ts';
import table from './tool-words.json' with { type: 'json' };

/** What can be said about a tool from its definition, or from its name alone. */
export interface ToolProfile {
  readonly name: string;
  /** Whether the request defined it. A call of a tool that nobody defined is judged by its name. */
  readonly defined: boolean;
  /** What isn't known to be reading counts as writing. */
  readonly effect: 'read' | 'write';
  /** It may carry something to somebody: its arguments name a destination. */
  readonly outward: boolean;
  /** It takes away or overwrites. */
  readonly destructive: boolean;
  /** What it does, as words that a person would use to ask for it; empty when its name says nothing. */
  readonly saidAs: ReadonlySet<string>;
  /** It returns a document that somebody else wrote, as it is: whatever stands in it may be written by anybody. */
  readonly document: boolean;
  /** What it does with which memory; absent for a tool that has none. */
  readonly memory?: MemoryOfTool;
  readonly override: ToolOverride | undefined;
  roleOf(argument: ArgumentPlace): SinkRole;
  /** Whether the schema leaves no room for words: an enumeration, a number, a truth value, a date. */
  constrained(argument: ArgumentPlace): boolean;
}

export interface ArgumentPlace {
  /** The name of the top-level argument that it stands in. */
  readonly top: string;
  /** The nearest name above it: `file_id` in `attachments[0].file_id`. */
  readonly name: string;
}

interface Action {
  readonly effect?: string;
  readonly tool: readonly string[];
  readonly said: readonly string[];
}

const ACTIONS: readonly Action[] = Object.values(table.actions);
const READING = new Set(table.read);
const NOUNS = new Set(table.nouns);
const actionsByWord = new Map<string, Action[]>();
for (const action of ACTIONS) {
  for (const word of action.tool) actionsByWord.set(word, [...(actionsByWord.get(word) ?? []), action]);
}
const DESTRUCTIVE = new Set([...table.actions.delete.tool, 'overwrite', 'replace', 'reset']);
/** Words by which it is known that a text is in a language whose words for actions are in the table. */
export const FUNCTION_WORDS: readonly string[] = table.functionWords;

/** Arguments by which a tool is told what to fetch as it is, in whoever's words it is written. */
const DOCUMENT_ARGUMENTS = new Set(['url', 'uri', 'urls', 'link', 'href', 'path', 'filepath', 'website', 'site']);

/** What is known of tools beside what they say of themselves. */
export interface ToolKnowledge {
  readonly overrides: ToolOverrides;
  /** All of them belong to a memory. */
  readonly isMemory: boolean;
}

/** What a tool is. Cost: a few microseconds; keep the answer. */
export function profileOf(
  definition: ToolDefinition,
  { overrides, isMemory }: ToolKnowledge,
): Omit<ToolProfile, 'defined'> {
  const { name } = definition;
  const override = overrideFor(overrides, name);
  const words = wordsOfName(lastPart(name));
  const properties = propertiesOf(definition.parameters);
  const actions = [...actionsOf(words)];
  const effect = override?.effect ?? effectOf(words, definition);
  const roles = rolesOf({ properties, required: requiredOf(definition.parameters), effect, override });
  const roleOf = (place: ArgumentPlace): SinkRole => roleOfPlace(place, roles, override);
  const named = [...properties.keys()];
  const document =
    effect === 'read' && named.some((argument) => wordsOfName(argument).some((word) => DOCUMENT_ARGUMENTS.has(word)));
  if (document) actions.push(table.actions.fetch);
  const memory = memoryOf(definition, { effect, override, names: named, isMemory });
  const outward = override?.outward ?? named.some((argument) => roles.get(argument) === 'destination');
  return {
    name,
    effect,
    outward,
    destructive: words.some((word) => DESTRUCTIVE.has(word)) || definition.annotations?.destructiveHint === true,
    saidAs: new Set(actions.flatMap(({ said }) => said).flatMap(inflections)),
    document,
    ...(memory !== undefined && { memory }),
    override,
    roleOf,
    constrained: ({ top, name: nearest }) => isConstrained(properties.get(nearest) ?? properties.get(top)),
  };
}

/** Servers put their own name in front: `files__delete`, `github.create_issue`. */
function lastPart(name: string): string {
  return name.split(/__|[./:]/).at(-1) || name;
}

/**
 * The first word that says what is done decides: `calendar_list_events` lists. What may be a noun counts only where it comes
 * first. Hints can make a reading tool a writing one, and nothing the other way.
 */
function effectOf(words: readonly string[], definition: ToolDefinition): 'read' | 'write' {
  const hints = definition.annotations;
  if (hints?.destructiveHint === true || hints?.readOnlyHint === false) return 'write';
  for (const [at, word] of words.entries()) {
    if (at > 0 && NOUNS.has(word)) continue;
    if (READING.has(word)) return 'read';
    if (actionsByWord.has(word)) return 'write';
  }
  return 'write';
}

function actionsOf(words: readonly string[]): readonly Action[] {
  return [...new Set(words.flatMap((word) => actionsByWord.get(word) ?? []))];
}

/** An English verb as it is said. */
function inflections(verb: string): readonly string[] {
  const stem = verb.endsWith('e') ? verb.slice(0, -1) : verb;
  const doubled = /[^aeiou][aeiou][bdgmnprt]$/.test(verb) ? verb + verb.at(-1) : stem;
  return [verb, `${verb}s`, `${verb}es`, `${stem}ed`, `${stem}ing`, `${doubled}ed`, `${doubled}ing`];
}

type Schema = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function propertiesOf(parameters: unknown): ReadonlyMap<string, Schema> {
  const properties = isObject(parameters) && isObject(parameters.properties) ? parameters.properties : {};
  return new Map(Object.entries(properties).map(([name, schema]) => [name, resolved(schema, parameters)]));
}

/** A schema in place of a reference to it within the same document: `#/$defs/Permission`. */
function resolved(schema: unknown, document: unknown): Schema {
  if (!isObject(schema)) return {};
  const path = typeof schema.$ref === 'string' ? /^#\/(\$defs|definitions)\/([^/]{1,128})$/.exec(schema.$ref) : null;
  const group = path !== null && isObject(document) ? document[path[1] as string] : undefined;
  const target = isObject(group) ? group[path?.[2] as string] : undefined;
  return isObject(target) ? { ...target, ...schema } : schema;
}

function requiredOf(parameters: unknown): readonly unknown[] {
  return isObject(parameters) && Array.isArray(parameters.required) ? parameters.required : [];
}

function rolesOf(tool: {
  readonly properties: ReadonlyMap<string, Schema>;
  readonly required: readonly unknown[];
  readonly effect: 'read' | 'write';
  readonly override: ToolOverride | undefined;
}): ReadonlyMap<string, SinkRole> {
  const roles = new Map<string, SinkRole>();
  for (const [name, schema] of tool.properties)
    roles.set(name, tool.override?.roles?.[name] ?? roleOfSchema(name, schema));
  const decisive = [...roles.values()].some((role) => role !== 'param' && role !== 'content');
  if (decisive || tool.effect === 'read') return roles;
  // A tool that writes does so to something: where no name says what it is, the first thing that it must be told is.
  for (const [name, schema] of tool.properties) {
    if (roles.get(name) !== 'param' || !tool.required.includes(name) || isConstrained(schema)) continue;
    if (roleOfName(name) === undefined) {
      roles.set(name, 'object');
      break;
    }
  }
  return roles;
}

function roleOfSchema(name: string, schema: Schema): SinkRole {
  if (schema.format === 'email' || schema.format === 'uri' || schema.format === 'hostname') return 'destination';
  return roleOfName(name) ?? 'param';
}

function roleOfPlace(
  { top, name }: ArgumentPlace,
  roles: ReadonlyMap<string, SinkRole>,
  override: ToolOverride | undefined,
): SinkRole {
  const chosen = override?.roles?.[name] ?? override?.roles?.[top];
  if (chosen !== undefined) return chosen;
  if (name === top) return roles.get(top) ?? roleOfName(top) ?? 'param';
  const own = roleOfName(name);
  const whole = roles.get(top) ?? roleOfName(top) ?? 'param';
  return own === undefined || own === 'param' ? whole : own;
}

const CLOSED_TYPES = new Set(['number', 'integer', 'boolean', 'null']);
const CLOSED_FORMATS = new Set(['date', 'date-time', 'time', 'duration']);

function isConstrained(schema: Schema | undefined): boolean {
  if (schema === undefined) return false;
  if (Array.isArray(schema.enum) || schema.const !== undefined) return true;
  if (typeof schema.format === 'string' && CLOSED_FORMATS.has(schema.format)) return true;
  const types: readonly unknown[] = Array.isArray(schema.type) ? schema.type : [schema.type];
  if (types.length > 0 && types.every((type) => typeof type === 'string' && CLOSED_TYPES.has(type))) return true;
  const branches = [schema.anyOf, schema.oneOf].find((list) => Array.isArray(list));
  return (
    Array.isArray(branches) &&
    branches.length > 0 &&
    branches.every((branch) => isObject(branch) && isConstrained(branch))
  );
}
