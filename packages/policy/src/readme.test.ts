import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  MAX_ARGUMENT_DEPTH,
  MAX_ARGUMENT_MEMBERS,
  MAX_ARGUMENT_NAME_CHARS,
  MAX_TOOL_SCHEMA_CHARS,
} from './argument-type.ts';
import { loadPolicySets, MAX_POLICIES, MAX_SOURCE_CHARS } from './load.ts';
import { MAX_FILES_PER_SET } from './policy-folder.ts';
import { POLICY_SETS } from './statement.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

function examplesOf(set: string) {
  const blocks = readme.split(`\`\`\`cedar ${set}\n`).slice(1);
  return blocks.map((block, index) => ({ name: `${index}.cedar`, text: block.slice(0, block.indexOf('```')) }));
}

describe('the README', () => {
  it('shows policies that load', () => {
    const [access, guard] = POLICY_SETS.map(examplesOf);
    const result = loadPolicySets(
      { access: access ?? [], guard: guard ?? [] },
      { findingTypes: ['aws-access-key-id'] },
    );
    expect(result.ok ? result.warnings : result.problems).toEqual([]);
    expect(result.ok && result.engine.policies.length).toBe(4);
  });

  it('states the limits that the code has', () => {
    for (const limit of [
      MAX_SOURCE_CHARS,
      MAX_FILES_PER_SET,
      MAX_POLICIES,
      MAX_TOOL_SCHEMA_CHARS,
      MAX_ARGUMENT_MEMBERS,
      MAX_ARGUMENT_DEPTH,
      MAX_ARGUMENT_NAME_CHARS,
    ]) {
      expect(readme).toContain(limit.toLocaleString('en-US'));
    }
  });
});
