import type { DecidedRecord, RecordedDecision } from '@sallyport/core';
import { loadPolicySets } from '@sallyport/policy';
import { describe, expect, it } from 'vitest';
import { explainExchange } from './explain-exchange.ts';

const ACTION = 'mcp/bank/send_money';

function engine() {
  const text = `@id("limit") @effect("block") @description("Large ones wait.")
    forbid (principal, action == Action::"${ACTION}", resource)
    when { context.request.messages == 1 && context.arguments.amount > 1000 };`;
  const loaded = loadPolicySets(
    { access: [], guard: [{ name: 'g.cedar', text }] },
    {
      toolSchemas: {
        [ACTION]: '{"type":"object","properties":{"amount":{"type":"integer"}},"required":["amount"]}',
      },
    },
  );
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.engine;
}

describe('explainExchange()', () => {
  it('names the tool whose arguments were judged and the policy that held, and nothing that it read', () => {
    const tool = { kind: 'tool', id: 'send_money', groups: [] } as const;
    const decision = { flags: [], redact: [], monitored: [], errors: [] };
    const asked = (more: object, said: object): RecordedDecision => ({
      kind: 'guard',
      question: { point: 'tool-call', context: { findings: [], unseen: [], unchecked: [] }, ...more },
      findingsTotal: 0,
      decision: { ...decision, verdict: 'allow', policies: [], ...said },
    });
    const record = {
      v: 1,
      kind: 'decided',
      exchange: 'x',
      at: '2026-01-02T03:04:05.678Z',
      principal: { kind: 'agent', id: 'a', tenant: 't', groups: [] },
      resource: tool,
      request: { protocol: 'mcp', route: 'mcp/bank', model: '', stream: false, tools: [], messages: 1, bodyBytes: 1 },
      tool: 'send_money',
      effect: 'block',
      decisions: [asked({}, {}), asked({ typedAction: ACTION }, { verdict: 'block', policies: ['limit'] })],
    } as unknown as DecidedRecord;
    expect(explainExchange([record], engine()).decisions).toMatchObject([
      { point: 'tool-call', effect: 'allow', policies: [] },
      {
        point: ACTION,
        effect: 'block',
        policies: [
          {
            id: 'limit',
            part: 'held',
            policy: { at: 'guard/g.cedar:2', effect: 'block', mode: 'enforce', description: 'Large ones wait.' },
          },
        ],
      },
    ]);
    const [, typed] = explainExchange([record], engine()).decisions;
    expect(typed?.policies[0]).not.toHaveProperty('facts');
  });
});
