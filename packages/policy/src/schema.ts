import { readFileSync } from 'node:fs';
import { CATEGORIES, PROVIDER_SIGNALS, providerFindingType } from '@sallyport/core';
import type { ArgumentType, RecordType } from './argument-type.ts';
import type { PolicySetName } from './statement.ts';

// The folder lies beside src and dist.
function asset(name: string): string {
  return readFileSync(new URL(`../schema/${name}.cedarschema`, import.meta.url), 'utf8').replaceAll('\r\n', '\n');
}

function longs(names: Iterable<string>): string {
  return [...names].map((name) => `  ${JSON.stringify(name)}: Long,\n`).join('');
}

/** What a type of finding may be called: it becomes an attribute of the schema. */
export const FINDING_TYPE = /^[a-z0-9][a-z0-9-]{0,63}$/;

/**
 * The Cedar schemas of the two sets. They are two, so that a policy without an action constraint is validated against the
 * actions of its own set alone.
 * @param types types of findings, each matching `FINDING_TYPE`; they become attributes of `context.found`, beside those of
 * the providers' own guardrails
 */
export function buildSchemas(types: ReadonlySet<string>): Readonly<Record<PolicySetName, string>> {
  const entities = asset('entities');
  const all = new Set([...types, ...PROVIDER_SIGNALS.map(providerFindingType)]);
  const folded = `type Risk = {\n${longs(CATEGORIES)}};\n\ntype Found = {\n${longs([...all].sort())}};\n`;
  return {
    access: `${entities}\n${asset('access')}`,
    guard: `${entities}\n${folded}\n${asset('guard')}`,
  };
}

/** What a policy for one tool reads beside the arguments: the fields of `ToolCallContext` in `guard.cedarschema`, which a test compares. */
export const TOOL_CALL_FIELDS = {
  risk: 'Risk',
  found: 'Found',
  score: 'Found',
  request: 'RequestFacts',
  unseen: 'Set<String>',
  unchecked: 'Set<String>',
  call: 'Call',
  flow: 'Flow',
  session: 'Session',
} as const;

/**
 * The guard schema with an action for each of the tools. INVARIANT: of names that servers chose nothing but letters, digits and
 * `_ - . /` stands in the text as it is, all within quotes.
 * @param tools types of their arguments, by action
 */
export function withTools(guard: string, tools: ReadonlyMap<string, RecordType>): string {
  const shared = Object.entries(TOOL_CALL_FIELDS).map(([name, type]) => `  ${name}: ${type},\n`);
  const actions = Array.from(tools, ([action, type]) => {
    const context = `{\n${shared.join('')}  arguments: ${cedarType(type)},\n}`;
    return `action ${quoted(action)} appliesTo {\n  principal: [User, Service, Agent],\n  resource: Tool,\n  context: ${context}\n};\n`;
  });
  return `${guard}\n${actions.sort().join('\n')}`;
}

function cedarType(type: ArgumentType): string {
  if (type.kind === 'Set') return `Set<${cedarType(type.element)}>`;
  if (type.kind !== 'record') return type.kind;
  const members = type.members.map(
    (member) => `${quoted(member.name)}${member.isOptional ? '?' : ''}: ${cedarType(member.type)}`,
  );
  return `{ ${members.join(', ')} }`;
}

function quoted(name: string): string {
  const chars = Array.from(name, (char) =>
    /^[A-Za-z0-9_./-]$/.test(char) ? char : `\\u{${char.codePointAt(0)?.toString(16)}}`,
  );
  return `"${chars.join('')}"`;
}
