import { type RecordType, readArgumentTypes } from './argument-type.ts';
import { appliesTo } from './compile.ts';
import { neverTrueTest } from './lint.ts';
import type { LoadedPolicy } from './policy-info.ts';
import type { PolicyProblem } from './problem.ts';

/** What begins so is a tool of a server, whether anybody knows it or not. */
const TOOL_ACTION = 'mcp/';

/** The actions of tools that a policy names. One that names no action at all is asked about every call, but not about arguments. */
export function toolActionsOf({ info, policy }: LoadedPolicy): readonly string[] {
  if (info.set !== 'guard') return [];
  return appliesTo(policy.action)?.filter((action) => action.startsWith(TOOL_ACTION)) ?? [];
}

export function namesTool(policy: LoadedPolicy): boolean {
  return toolActionsOf(policy).length > 0;
}

/**
 * The types of the tools that guard policies name; one that nobody knows is a problem of who names it.
 * @param schemas by action, JSON: what the tool says of its arguments
 */
export function readNamedTools(
  policies: readonly LoadedPolicy[],
  schemas: Readonly<Record<string, string>>,
  problems: PolicyProblem[],
): ReadonlyMap<string, RecordType> {
  const tools = new Map<string, RecordType>();
  for (const policy of policies) {
    for (const action of toolActionsOf(policy)) {
      const schema = Object.hasOwn(schemas, action) ? schemas[action] : undefined;
      const types = tools.get(action) ?? (schema === undefined ? undefined : readArgumentTypes(schema));
      if (types !== undefined) tools.set(action, types);
      else problems.push({ ...policy.info.at, code: 'unknown-tool', message: unknown(action, schema !== undefined) });
    }
  }
  for (const loaded of policies) {
    const named = toolActionsOf(loaded).flatMap((action) => tools.get(action) ?? []);
    const test = named.length === 0 ? undefined : neverTrueTest(loaded.policy, named);
    if (test === undefined) continue;
    const message = `\`${test}\` is never true: no tool that the policy names has such an argument, or none with a type`;
    problems.push({ ...loaded.info.at, code: 'never-true', message });
  }
  return tools;
}

function unknown(action: string, isThere: boolean): string {
  return isThere
    ? `what the tool of \`${action}\` says of its arguments is no schema of an object, or too long`
    : `no file that \`mcp.servers.<name>.tools\` names has the tool of \`${action}\``;
}
