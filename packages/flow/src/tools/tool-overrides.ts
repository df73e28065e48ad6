import {
  type Integrity,
  MEMORY_SCOPES,
  MEMORY_USES,
  type MemoryScope,
  type MemoryUse,
  type Readers,
  SINK_ROLES,
  type SinkRole,
} from '@sallyport/core';

/** What an operator knows about tools, by name. A name may end in `*`. The first entry that fits counts. */
export type ToolOverrides = Readonly<Record<string, ToolOverride>>;

export interface ToolOverride {
  /** `read`: it changes nothing and reaches nobody. */
  readonly effect?: 'read' | 'write';
  /** Whether it carries something out of the house. */
  readonly outward?: boolean;
  /** Of what the tool returns, unless a field below says otherwise. */
  readonly integrity?: Extract<Integrity, 'trusted' | 'third-party' | 'untrusted'>;
  readonly readers?: Readers;
  /** By the last name of a field's path: what may stand in it. */
  readonly fields?: Readonly<Record<string, FieldOverride>>;
  /** By an argument's name. */
  readonly roles?: Readonly<Record<string, SinkRole>>;
  /** By an argument's name: values that it may always have, such as the house's own addresses. */
  readonly allow?: Readonly<Record<string, readonly string[]>>;
  /** What it does with a memory. */
  readonly memory?: MemoryUse;
  /** Which memory: tools of one name share it. Default: one that all tools share of which nothing else is said. */
  readonly memoryName?: string;
  /** Whose that is; default `tenant`. */
  readonly memoryScope?: MemoryScope;
}

export interface FieldOverride {
  readonly integrity?: Extract<Integrity, 'trusted' | 'third-party' | 'untrusted'>;
  readonly shape?: 'atom' | 'free';
  readonly readers?: Readers;
}

export interface OverrideProblem {
  /** Where in the document, such as `send_money.roles.recipient`. */
  readonly path: string;
  readonly message: string;
}

const CHOICES: Readonly<Record<string, readonly unknown[]>> = {
  effect: ['read', 'write'],
  outward: [true, false],
  integrity: ['trusted', 'third-party', 'untrusted'],
  readers: ['public', 'session'],
  shape: ['atom', 'free'],
  memory: MEMORY_USES,
  memoryScope: MEMORY_SCOPES,
};
const FIELD_MEMBERS = ['integrity', 'shape', 'readers'];
const TOOL_MEMBERS = ['effect', 'outward', 'integrity', 'readers', 'memory', 'memoryScope'];
const MEMORY_NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;
const MAX_PROBLEMS = 100;

/** Reads a document of overrides. Every problem is named, up to 100. An unknown member is one: a misspelt rule would do nothing. */
export function readOverrides(
  document: unknown,
): { overrides: ToolOverrides } | { problems: readonly OverrideProblem[] } {
  const problems: OverrideProblem[] = [];
  const complain = (path: string, message: string): void => {
    if (problems.length < MAX_PROBLEMS) problems.push({ path, message });
  };
  for (const [tool, override] of membersOf(document, '', complain)) {
    for (const [member, value] of membersOf(override, tool, complain)) {
      checkMember({ tool, member, value }, complain);
    }
  }
  return problems.length === 0 ? { overrides: document as ToolOverrides } : { problems };
}

type Complain = (path: string, message: string) => void;

function checkMember(
  { tool, member, value }: { readonly tool: string; readonly member: string; readonly value: unknown },
  complain: Complain,
): void {
  const path = `${tool}.${member}`;
  if (TOOL_MEMBERS.includes(member)) {
    checkChoice({ path, member, value }, complain);
  } else if (member === 'roles') {
    for (const [name, role] of membersOf(value, path, complain)) {
      if (!SINK_ROLES.includes(role as SinkRole))
        complain(`${path}.${name}`, `must be one of ${SINK_ROLES.join(', ')}`);
    }
  } else if (member === 'fields') {
    for (const [name, field] of membersOf(value, path, complain)) {
      for (const [inner, choice] of membersOf(field, `${path}.${name}`, complain)) {
        if (FIELD_MEMBERS.includes(inner))
          checkChoice({ path: `${path}.${name}.${inner}`, member: inner, value: choice }, complain);
        else complain(`${path}.${name}.${inner}`, 'is not known');
      }
    }
  } else if (member === 'allow') {
    for (const [name, values] of membersOf(value, path, complain)) {
      const strings = Array.isArray(values) && values.every((entry) => typeof entry === 'string' && entry !== '');
      if (!strings) complain(`${path}.${name}`, 'must be a list of strings that are not empty');
    }
  } else if (member === 'memoryName') {
    const isName = typeof value === 'string' && MEMORY_NAME.test(value);
    if (!isName) complain(path, 'must be a name of 1 to 63 letters, digits, `.`, `_`, `-`, in lower case');
  } else complain(path, 'is not known');
}

function checkChoice(
  { path, member, value }: { readonly path: string; readonly member: string; readonly value: unknown },
  complain: Complain,
): void {
  const choices = CHOICES[member] ?? [];
  if (!choices.includes(value)) complain(path, `must be one of ${choices.join(', ')}`);
}

function membersOf(value: unknown, path: string, complain: Complain): readonly (readonly [string, unknown])[] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.entries(value);
  complain(path, 'must be an object');
  return [];
}

/** The entry for a tool, by its whole name first. */
export function overrideFor(overrides: ToolOverrides, tool: string): ToolOverride | undefined {
  if (Object.hasOwn(overrides, tool)) return overrides[tool];
  for (const [name, override] of Object.entries(overrides)) {
    if (name.endsWith('*') && tool.startsWith(name.slice(0, -1))) return override;
  }
  return undefined;
}
