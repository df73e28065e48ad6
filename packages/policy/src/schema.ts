import { readFileSync } from 'node:fs';
import { CATEGORIES, PROVIDER_SIGNALS, providerFindingType } from '@sallyport/core';
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
