import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadPolicies } from '../load-policies.ts';
import { readPolicyCases } from './policy-cases.ts';
import { runPolicyCases } from './run-policy-cases.ts';

const POLICIES = `@id("finance-by-agents")
permit (principal is Agent, action == Action::"use-model", resource)
when { principal has onBehalfOf && principal.onBehalfOf in Group::"finance" };
@id("approvers") permit (principal in Group::"approvers", action == Action::"approve", resource);
@id("own") @message("not your own") forbid (principal, action == Action::"approve", resource) when { context.ownCall };
@id("for-bo") @message("not for Bo") forbid (principal, action == Action::"approve", resource)
when { context has requesterOnBehalfOf && context.requesterOnBehalfOf == "user/bo" };
@id("emails") permit (principal, action == Action::"reveal", resource == DataSource::"content")
when { context.what == "value" && context.type == "email" };`;
const GUARD = `@id("no-guests") @effect("block") @message("not for guests") forbid (principal, action == Action::"input", resource)
when { principal has onBehalfOf && principal.onBehalfOf in Group::"guests" };`;

const folder = mkdtempSync(join(tmpdir(), 'sallyport-cases-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
for (const [set, text] of [['access', POLICIES] as const, ['guard', GUARD] as const]) {
  mkdirSync(join(folder, set));
  writeFileSync(join(folder, set, 'own.cedar'), text);
}

const TYPED = `@id("limit") @effect("ask") forbid (principal, action == Action::"mcp/bank/send", resource)
when { context.arguments.amount > 1000 };`;
writeFileSync(join(folder, 'guard', 'bank.cedar'), TYPED);
const toolSchemas = {
  'mcp/bank/send': '{"type":"object","properties":{"amount":{"type":"integer"}},"required":["amount"]}',
};

function resultsOf(text: string) {
  const loaded = loadPolicies({ starter: false, folder, toolSchemas }, ['email']);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const read = readPolicyCases(text, 'cases.yaml');
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  return runPolicyCases(loaded.engine, read.cases).map(({ case: { name }, misses }) => [name, misses]);
}

const problemsOf = (text: string) => {
  const read = readPolicyCases(`cases: [{ name: a, ${text}, expect: { effect: allow } }]`, 'cases.yaml');
  return 'problems' in read ? read.problems.map(({ path }) => path) : [];
};

describe('readPolicyCases()', () => {
  it('takes the user whom an agent acts for, in either set', () => {
    const agent = (user: string) => `principal: { kind: agent, id: planner, onBehalfOf: ${user} }`;
    const text = `cases:
      - { name: for finance, action: use-model, ${agent('{ id: ann, groups: [finance] }')}, expect: { effect: allow, policies: [finance-by-agents] } }
      - { name: for others, action: use-model, ${agent('{ id: bo }')}, expect: { effect: block, policies: [] } }
      - { name: for itself, action: use-model, principal: { kind: agent }, expect: { effect: block, policies: [] } }
      - { name: for a guest, point: input, ${agent('{ id: joe, tenant: other, groups: [guests] }')}, expect: { effect: block, policies: [no-guests] } }`;
    expect(resultsOf(text)).toEqual([
      ['for finance', []],
      ['for others', []],
      ['for itself', []],
      ['for a guest', []],
    ]);
  });

  it('takes the user whom the maker of a call acted for', () => {
    const by = 'action: approve, principal: { kind: user, id: ann, groups: [approvers] }';
    const call = (more: string) => `${by}, approval: { requester: agent/planner, via: page${more} }`;
    const text = `cases:
      - { name: for itself, ${call('')}, expect: { effect: allow, policies: [approvers] } }
      - { name: her own, ${call(', onBehalfOf: user/ann')}, expect: { effect: block, policies: [own] } }
      - { name: for Bo, ${call(', onBehalfOf: user/bo')}, expect: { effect: block, policies: [for-bo] } }`;
    expect(resultsOf(text)).toEqual([
      ['for itself', []],
      ['her own', []],
      ['for Bo', []],
    ]);
  });

  it('takes what an operator wants to read under lock', () => {
    const reveal = (what: string, effect: string) =>
      `action: reveal, reveal: { ${what}, via: terminal }, expect: { effect: ${effect} }`;
    const text = `cases:
      - { name: an address, ${reveal('what: value, type: email', 'allow')} }
      - { name: a number, ${reveal('what: value, type: phone', 'block')} }
      - { name: all of it, ${reveal('what: export, owner: user/ann, subject: tenant', 'block')} }`;
    expect(resultsOf(text)).toEqual([
      ['an address', []],
      ['a number', []],
      ['all of it', []],
    ]);
  });

  it('takes what a tool of a server is called with', () => {
    const call = (action: string, amount: string) =>
      `point: tool-call, call: { action: ${action}, arguments: { amount: ${amount} } }`;
    const text = `cases:
      - { name: much, ${call('mcp/bank/send', '1001')}, expect: { effect: ask, policies: [limit] } }
      - { name: little, ${call('mcp/bank/send', '1000')}, expect: { effect: allow, policies: [] } }
      - { name: as text, ${call('mcp/bank/send', '"1"')}, expect: { effect: block } }
      - { name: another tool, ${call('mcp/bank/sent', '1001')}, expect: { effect: allow } }
      - { name: any call, point: tool-call, expect: { effect: allow, policies: [] } }`;
    expect(resultsOf(text)).toEqual([
      ['much', []],
      ['little', []],
      ['as text', [{ part: 'errors', expected: 'none', actual: 'limit' }]],
      ['another tool', [{ part: 'policies', expected: 'one that names mcp/bank/sent', actual: 'none' }]],
      ['any call', []],
    ]);
  });

  it('names the place of somebody that no policy could mean', () => {
    const approval = (said: string) => problemsOf(`action: approve, approval: { via: page, ${said} }`);
    expect(approval('requester: planner')).toEqual(['cases[0].approval.requester']);
    expect(approval('requester: agent/planner, onBehalfOf: ann')).toEqual(['cases[0].approval.onBehalfOf']);
    expect(approval('requester: agent/planner, onBehalfOf: agent/ann')).toEqual(['cases[0].approval.onBehalfOf']);
    expect(problemsOf('point: input, principal: { onBehalfOf: { groups: [a] } }')).toEqual([
      'cases[0].principal.onBehalfOf.id',
    ]);
    expect(approval('requester: agent/planner, onBehalfOf: user/ann')).toEqual([]);
  });
});
