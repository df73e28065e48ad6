import { createHash } from 'node:crypto';
import {
  LINK_FINDING_TYPES,
  MEMORY_FINDING_TYPE,
  type PolicyChange,
  type PolicyId,
  TOOL_INTEGRITY_TYPES,
} from '@sallyport/core';
import { parsePolicy, validatePolicies } from './cedar.ts';
import { CedarPolicyEngine } from './engine.ts';
import { alwaysTrueTest } from './lint.ts';
import { namesTool, readNamedTools } from './named-tools.ts';
import { type LoadedPolicy, type PolicyInfo, readPolicyInfo } from './policy-info.ts';
import type { PolicyProblem } from './problem.ts';
import { buildSchemas, FINDING_TYPE, withTools } from './schema.ts';
import {
  POLICY_SETS,
  type PolicySetName,
  type PolicySource,
  type Statement,
  splitStatements,
  utf16Offset,
} from './statement.ts';
import type { PolicyBundle } from './vouched-bundle.ts';

/** UTF-16 code units of one source, default and only value: a policy file beyond it is a mistake, not a policy. */
export const MAX_SOURCE_CHARS = 262_144;
/** Policies in both sets together. */
export const MAX_POLICIES = 2_000;

export interface PolicySources {
  readonly access: readonly PolicySource[];
  readonly guard: readonly PolicySource[];
}

export interface LoadOptions {
  /**
   * Every type of finding that the detectors and the configuration can yield, kebab-case, whether switched on or not:
   * `context.found` and `@redact("type:...")` know these and no others. Default none.
   */
  readonly findingTypes?: readonly string[];
  /**
   * What tools say of their arguments, by action (`mcp/bank/send_money`): the `inputSchema` of each, JSON. Guard policies may name these
   * actions and no others; those of tools that none names are not read. Default none.
   */
  readonly toolSchemas?: Readonly<Record<string, string>>;
  /** `cedar` evaluates all policies by Cedar itself, about a hundred times slower. Default `compiled`. */
  readonly evaluator?: 'compiled' | 'cedar';
}

/** An engine, or all that keeps the sets from being one. */
export type LoadResult =
  | {
      readonly ok: true;
      readonly engine: CedarPolicyEngine;
      readonly warnings: readonly PolicyProblem[];
      /** Who vouches for the set, where somebody must. */
      readonly bundle?: PolicyBundle;
      /** What its author says of it. */
      readonly change?: PolicyChange;
    }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

/**
 * Parses, checks, validates and compiles both sets. Never throws on bad policies.
 * Cost: about 0.2 s for 20 policies in a fresh process (most of it the warm-up of Cedar's WASM), 50 to 100 ms later.
 */
export function loadPolicySets(sources: PolicySources, options: LoadOptions = {}): LoadResult {
  const types = new Set<string>([
    ...LINK_FINDING_TYPES,
    MEMORY_FINDING_TYPE,
    ...TOOL_INTEGRITY_TYPES,
    ...(options.findingTypes ?? []),
  ]);
  const problems: PolicyProblem[] = [...badTypes(types), ...badSources(sources)];
  if (problems.length > 0) return { ok: false, problems };

  const policies: (LoadedPolicy & { readonly statement: Statement })[] = [];
  for (const set of POLICY_SETS) {
    for (const source of inOrder(sources[set])) readSource(set, source, { types, policies, problems });
  }
  problems.push(...duplicateIds(policies));
  if (policies.length > MAX_POLICIES) {
    problems.push({ ...noPlace('access'), code: 'too-large', message: `more than ${MAX_POLICIES} policies` });
  }
  const tools = readNamedTools(policies, options.toolSchemas ?? {}, problems);
  if (problems.length > 0) return { ok: false, problems };

  const plain = buildSchemas(types);
  // Apart, so that what a server wrote is looked at only for policies that name it, and breaks no others.
  const schemas = { ...plain, ...(tools.size > 0 && { tools: withTools(plain.guard, tools) }) };
  const warnings: PolicyProblem[] = [];
  for (const set of POLICY_SETS) {
    if (policies.every(({ info }) => info.set !== set)) warnings.push(emptySet(set));
  }
  for (const [schema, text] of Object.entries(schemas)) {
    const members = policies.filter((policy) => (namesTool(policy) ? 'tools' : policy.info.set) === schema);
    if (members.length > 0) validate(text, members, { problems, warnings });
  }
  if (problems.length > 0) return { ok: false, problems };
  const engine = new CedarPolicyEngine({
    policies,
    types,
    tools,
    policySet: hashOf(sources, schemas),
    evaluator: options.evaluator ?? 'compiled',
  });
  return { ok: true, engine, warnings };
}

function inOrder(sources: readonly PolicySource[]): readonly PolicySource[] {
  return [...sources].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function noPlace(file: string): { file: string; line: number; column: number } {
  return { file, line: 1, column: 1 };
}

function badTypes(types: ReadonlySet<string>): readonly PolicyProblem[] {
  return [...types]
    .filter((type) => !FINDING_TYPE.test(type))
    .map((type) => ({
      ...noPlace('schema'),
      code: 'finding-type' as const,
      message: `\`${type}\` is no type of finding: 1 to 64 of \`a-z 0-9 -\`, a letter or digit first`,
    }));
}

function badSources(sources: PolicySources): readonly PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  for (const set of POLICY_SETS) {
    const seen = new Set<string>();
    for (const { name, text } of sources[set]) {
      const place = noPlace(`${set}/${name}`);
      if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/.test(name)) {
        problems.push({ ...place, code: 'file-name', message: 'a file name has 1 to 80 of `A-Z a-z 0-9 . _ -`' });
      }
      if (seen.has(name)) problems.push({ ...place, code: 'file-name', message: 'a file of this name is there twice' });
      seen.add(name);
      if (text.length > MAX_SOURCE_CHARS) {
        problems.push({ ...place, code: 'too-large', message: `longer than ${MAX_SOURCE_CHARS} characters` });
      }
    }
  }
  return problems;
}

interface Collected {
  readonly types: ReadonlySet<string>;
  readonly policies: (LoadedPolicy & { readonly statement: Statement })[];
  readonly problems: PolicyProblem[];
}

function readSource(set: PolicySetName, source: PolicySource, { types, policies, problems }: Collected): void {
  for (const [index, statement] of splitStatements(set, source).entries()) {
    const parsed = parsePolicy(statement.text);
    if ('complaint' in parsed) {
      const { message, start } = parsed.complaint;
      problems.push({ ...statement.at(utf16Offset(statement.text, start)), code: 'syntax', message });
      continue;
    }
    const { policy } = parsed;
    const defaultId = `${set}/${source.name.replace(/\.cedar$/, '')}#${index + 1}`;
    const read = readPolicyInfo({ statement, policy, defaultId, types });
    problems.push(...read.problems);
    const alwaysTrue = set === 'guard' ? alwaysTrueTest(policy) : undefined;
    if (alwaysTrue !== undefined) {
      const message = `\`${alwaysTrue}\` is always true, what was not found is 0: compare with \`> 0\``;
      problems.push({ ...read.info.at, code: 'always-true', message });
    }
    policies.push({ info: read.info, text: statement.text, policy, statement });
  }
}

function duplicateIds(policies: readonly LoadedPolicy[]): readonly PolicyProblem[] {
  const first = new Map<PolicyId, PolicyInfo>();
  const problems: PolicyProblem[] = [];
  for (const { info } of policies) {
    const other = first.get(info.id);
    if (other === undefined) first.set(info.id, info);
    else {
      const message = `the id \`${info.id}\` is taken by ${other.at.file}:${other.at.line}`;
      problems.push({ ...info.at, code: 'policy-id', message });
    }
  }
  return problems;
}

function emptySet(set: PolicySetName): PolicyProblem {
  const message =
    set === 'access' ? 'no access policies: everything is refused' : 'no guard policies: whatever is found passes';
  return { ...noPlace(set), code: 'empty-set', message };
}

function validate(
  schema: string,
  members: readonly (LoadedPolicy & { readonly statement: Statement })[],
  { problems, warnings }: { problems: PolicyProblem[]; warnings: PolicyProblem[] },
): void {
  const byId = new Map(members.map((member) => [member.info.id, member]));
  const found = validatePolicies(schema, Object.fromEntries(members.map(({ info, text }) => [info.id, text])));
  for (const [list, complaints] of [
    [problems, found.errors],
    [warnings, found.warnings],
  ] as const) {
    for (const { id, message, start } of complaints) {
      const member = byId.get(id);
      const place = member?.statement.at(utf16Offset(member.text, start)) ?? noPlace(members[0]?.info.set ?? 'schema');
      list.push({ ...place, code: 'validation', message });
    }
  }
}

/** SHA-256 over the sources in order of name, line ends as LF, each behind its name and length, then the schemas. */
function hashOf(sources: PolicySources, schemas: Readonly<Record<PolicySetName, string>>): string {
  const hash = createHash('sha256');
  const add = (name: string, text: string): void => {
    const canonical = text.replaceAll('\r\n', '\n');
    hash.update(`${name}\n${Buffer.byteLength(canonical)}\n${canonical}`);
  };
  for (const set of POLICY_SETS) {
    for (const { name, text } of inOrder(sources[set])) add(`${set}/${name}`, text);
  }
  for (const [name, text] of Object.entries(schemas)) add(`schema/${name}`, text);
  return hash.digest('hex');
}
