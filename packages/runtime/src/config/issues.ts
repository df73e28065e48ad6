import { z } from 'zod';
import { byPlace, type ConfigProblem, formatPath } from './problem.ts';
import { PROVIDER_KINDS } from './providers-schema.ts';
import { configFileSchema } from './schema.ts';
import type { ConfigSource } from './source.ts';
import { suggest } from './suggest.ts';

/** What is wrong with a parsed file, each with its place. */
export function problemsOf(error: z.ZodError, source: ConfigSource, file: string): readonly ConfigProblem[] {
  const problems = error.issues.flatMap((issue): ConfigProblem[] => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        file,
        ...source.locate([...issue.path, key], 'key'),
        path: formatPath([...issue.path, key]),
        message: unknownKeyMessage(key, issue.path),
      }));
    }
    const target = issue.code === 'invalid_key' ? 'key' : 'value';
    return [
      {
        file,
        ...source.locate(issue.path, target),
        path: formatPath(issue.path),
        message: issueMessage(issue, source),
      },
    ];
  });
  return problems.sort(byPlace);
}

function unknownKeyMessage(key: string, parent: readonly PropertyKey[]): string {
  const known = knownKeys(parent);
  const near = suggest(key, known);
  if (near !== undefined) return `unknown option; did you mean \`${near}\`?`;
  return known.length === 0
    ? 'unknown option'
    : `unknown option; known here: ${known.map((word) => `\`${word}\``).join(', ')}`;
}

/** The message of one issue. It never repeats the value: a secret may stand in the wrong place. */
function issueMessage(issue: z.core.$ZodIssue, source: ConfigSource): string {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.message.startsWith('a secret')) return issue.message;
      return valueAt(source.value, issue.path) === undefined ? 'is required' : `must be ${article(issue.expected)}`;
    case 'invalid_value':
      return `must be ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map((value) => `\`${String(value)}\``).join(', ')}`;
    case 'too_small':
      return `must be at least ${amount(issue.minimum, issue.origin)}`;
    case 'too_big':
      return `must be at most ${amount(issue.maximum, issue.origin)}`;
    case 'invalid_union':
      return unknownKindMessage(valueAt(source.value, issue.path));
    case 'invalid_key':
      return issue.issues[0]?.message ?? 'is not a valid name';
    case 'invalid_format':
    case 'custom':
      return issue.message;
    case 'not_multiple_of':
    case 'unrecognized_keys':
    case 'invalid_element':
      return 'is not valid';
  }
}

function unknownKindMessage(kind: unknown): string {
  const near = typeof kind === 'string' ? suggest(kind, PROVIDER_KINDS) : undefined;
  return near === undefined
    ? `must be one of ${PROVIDER_KINDS.map((known) => `\`${known}\``).join(', ')}`
    : `unknown kind; did you mean \`${near}\`?`;
}

function amount(bound: number | bigint, origin: string): string {
  if (origin === 'string') return `${bound} characters long`;
  return origin === 'array' ? `${bound} ${bound === 1 ? 'entry' : 'entries'}` : String(bound);
}

const ARTICLES: Readonly<Record<string, string>> = {
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  string: 'a text (quote it if it looks like a number)',
  int: 'a whole number',
  number: 'a number',
  boolean: '`true` or `false`',
};

function article(expected: string): string {
  return ARTICLES[expected] ?? expected;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let current = value;
  for (const step of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = Object.hasOwn(current, step) ? (current as Record<PropertyKey, unknown>)[step] : undefined;
  }
  return current;
}

/** One node of the JSON Schema that zod derives: only what is walked here. */
export interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly oneOf?: readonly SchemaNode[];
  readonly anyOf?: readonly SchemaNode[];
  readonly description?: string;
  readonly unit?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly required?: readonly string[];
}

let jsonSchema: SchemaNode | undefined;

/** The file's schema as JSON Schema; derived once. */
export function configJsonSchema(): SchemaNode {
  jsonSchema ??= z.toJSONSchema(configFileSchema, { io: 'input', reused: 'inline' }) as SchemaNode;
  return jsonSchema;
}

function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  let nodes: readonly SchemaNode[] = [configJsonSchema()];
  for (const step of path) {
    nodes = nodes.flatMap(alternatives).flatMap((node) => {
      const below =
        typeof step === 'number' ? node.items : (node.properties?.[String(step)] ?? node.additionalProperties);
      return typeof below === 'object' ? [below] : [];
    });
  }
  return [...new Set(nodes.flatMap(alternatives).flatMap((node) => Object.keys(node.properties ?? {})))];
}

export function alternatives(node: SchemaNode): readonly SchemaNode[] {
  return node.oneOf ?? node.anyOf ?? [node];
}
