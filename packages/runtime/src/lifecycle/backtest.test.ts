import {
  type AuditRecord,
  CATEGORIES,
  type Decision,
  type Effect,
  foldFindings,
  type OpenedRecord,
  type PolicyEngine,
  type RecordedDecision,
} from '@sallyport/core';
import { loadPolicySets } from '@sallyport/policy';
import { describe, expect, test } from 'vitest';
import { BACKTEST_EXAMPLES_MAX, BACKTEST_ROWS_MAX, Backtest, changeBetween } from './backtest.ts';
import { questionOf } from './recorded-questions.ts';

type Told = Omit<Decision, 'policySet'>;

function told(effect: Effect, more: Partial<Told> = {}): Told {
  return {
    verdict: effect === 'ask' || effect === 'block' ? effect : 'allow',
    flags: effect === 'flag' ? ['f'] : [],
    redact: effect === 'redact' ? [0] : [],
    policies: [],
    monitored: [],
    errors: [],
    ...more,
  };
}

const candidate = (effect: Effect, more: Partial<Told> = {}): Decision => ({ ...told(effect, more), policySet: 's' });

describe('changeBetween()', () => {
  test.each([
    ['allow', 'allow', undefined],
    ['allow', 'block', 'blocked'],
    ['redact', 'ask', 'asked'],
    ['flag', 'redact', 'redacted'],
    ['allow', 'flag', 'flagged'],
    ['block', 'ask', 'let-through'],
    ['redact', 'flag', 'let-through'],
    ['block', 'block', undefined],
  ] as const)('%s, then %s: %s', (before, after, change) => {
    expect(changeBetween(told(before), candidate(after))).toBe(change);
  });

  test('two that redact are compared by what they redact', () => {
    expect(changeBetween(told('redact'), candidate('redact'))).toBeUndefined();
    expect(changeBetween(told('redact'), candidate('redact', { redact: [0, 1] }))).toBe('redacted-otherwise');
  });

  test('what a detector that broke stopped stays stopped under any policies', () => {
    const broken = told('block', { policies: ['posture:secrets'] });
    expect(changeBetween(broken, candidate('allow'))).toBeUndefined();
  });

  test('what a human refused counts as what the policies asked', () => {
    const denied = told('block', { policies: ['posture:approval-denied'] });
    expect(changeBetween(denied, candidate('ask'))).toBeUndefined();
    expect(changeBetween(denied, candidate('allow'))).toBe('let-through');
    expect(changeBetween(denied, candidate('block'))).toBe('blocked');
  });

  test('signed content that would be redacted is stopped, and passes where nothing is to be redacted', () => {
    const fixed = told('block', { policies: ['posture:fixed-content'] });
    expect(changeBetween(fixed, candidate('redact'))).toBeUndefined();
    expect(changeBetween(fixed, candidate('allow'))).toBe('let-through');
  });
});

const finding = (type: string) => ({
  detector: 'd',
  category: 'personal-data' as const,
  type,
  score: 0.9,
  span: { start: 0, end: 1 },
  via: [],
  fingerprint: '0'.repeat(32),
  where: 'message/0/content',
});

function opened(decisions: readonly RecordedDecision[], more: Partial<OpenedRecord> = {}): OpenedRecord {
  return {
    v: 1,
    kind: 'opened',
    exchange: 'x',
    at: '2026-01-02T03:04:05.678Z',
    principal: { kind: 'agent', id: 'a', tenant: 't', groups: ['g'] },
    resource: { kind: 'model', id: 'm', groups: [] },
    request: { protocol: 'p', route: 'r', model: 'm', stream: false, tools: [], messages: 1, bodyBytes: 1 },
    decisions,
    receipt: { lines: [], unseen: [], segments: 0, inspectedChars: 0, uninspectedChars: 0 },
    effect: 'allow',
    redacted: {},
    detectors: 'd',
    ...more,
  };
}

function guarded(
  findings: readonly ReturnType<typeof finding>[],
  total = findings.length,
  more = {},
): RecordedDecision {
  return {
    kind: 'guard',
    question: { point: 'input', context: { findings, unseen: [], unchecked: [], ...more } },
    findingsTotal: total,
    decision: told('allow'),
  };
}

function engine(condition: string): PolicyEngine {
  const text = `@id("p") @effect("block") forbid (principal in Group::"g", action, resource) when { ${condition} };`;
  const loaded = loadPolicySets(
    { access: [], guard: [{ name: 'g.cedar', text }] },
    { findingTypes: ['email', 'phone'] },
  );
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.engine;
}

function backtested(policies: PolicyEngine, ...records: readonly AuditRecord[]) {
  const backtest = new Backtest(policies);
  for (const record of records) backtest.add(record);
  return backtest.report();
}

describe('questionOf()', () => {
  test('puts groups, request, findings and facts of a decision together again', () => {
    const record = opened([guarded([finding('email')], 1, { unseen: ['image'] })]);
    const [recorded] = record.decisions;
    expect(recorded && questionOf(record, recorded)).toMatchObject({
      kind: 'guard',
      question: {
        principal: record.principal,
        resource: record.resource,
        point: 'input',
        context: { request: record.request, findings: [{ type: 'email' }], unseen: ['image'] },
      },
    });
  });

  test('counts findings that are not listed once, by their sum', () => {
    const all = [finding('email'), finding('email'), finding('phone')];
    const record = opened([guarded(all.slice(0, 1), 3, { folded: foldFindings(all) })]);
    expect(backtested(engine('context.found.email == 2 && context.found.phone == 1'), record).changes.blocked).toBe(1);
    expect(backtested(engine('context.found.email > 2'), record).changes.blocked).toBe(0);
    expect(Object.keys(foldFindings(all).risk).sort()).toEqual([...CATEGORIES].sort());
  });

  test('cannot put what a call was given again, and says so of calls that nobody asked about it then', () => {
    const tool = { kind: 'tool', id: 'send', groups: [] } as const;
    const request = {
      protocol: 'mcp',
      route: 'mcp/bank',
      model: '',
      stream: false,
      tools: [],
      messages: 1,
      bodyBytes: 1,
    };
    const call = (more: object): RecordedDecision => ({
      kind: 'guard',
      question: { point: 'tool-call', resource: tool, context: { findings: [], unseen: [], unchecked: [] }, ...more },
      findingsTotal: 0,
      decision: told('allow'),
    });
    const typed = call({ typedAction: 'mcp/bank/send' });
    const naming = loadPolicySets(
      {
        access: [],
        guard: [
          {
            name: 'g.cedar',
            text: '@effect("block") forbid (principal, action == Action::"mcp/bank/send", resource) when { context.arguments has to };',
          },
        ],
      },
      { toolSchemas: { 'mcp/bank/send': '{"type":"object","properties":{"to":{"type":"string"}}}' } },
    );
    if (!naming.ok) throw new Error(JSON.stringify(naming.problems));
    for (const [policies, decisions, expected] of [
      [naming.engine, [call({}), typed], 1],
      [engine('true'), [call({}), typed], 1],
      [naming.engine, [call({})], 1],
      [engine('true'), [call({})], 0],
    ] as const) {
      const report = backtested(policies, opened(decisions, { request, resource: tool }));
      expect([report.decisions, report.incomplete['no-arguments'], report.notReplayed]).toEqual([
        1,
        expected,
        expected,
      ]);
    }
  });

  test.each([
    ['no-scene', opened([guarded([])], { principal: undefined } as never)],
    ['no-scene', opened([guarded([])], { request: undefined } as never)],
    ['shortened', opened([guarded([])], { shortened: { entries: 1, chars: 0 } })],
    ['findings-cut', opened([guarded([finding('email')], 2)])],
    ['no-name', opened([guarded([])], { resource: { kind: 'model', id: '(no name)', groups: [] } })],
  ] as const)('says why it cannot: %s', (why, record) => {
    const report = backtested(engine('true'), record);
    expect([report.decisions, report.notReplayed, report.incomplete[why]]).toEqual([0, 1, 1]);
  });
});

describe('Backtest', () => {
  test('bounds the rows and the examples that it keeps', () => {
    const records = Array.from({ length: BACKTEST_ROWS_MAX + 20 }, (_, n) =>
      opened([guarded([finding('email')])], {
        exchange: `x${n}`,
        principal: { kind: 'agent', id: `a${n}`, tenant: 't', groups: ['g'] },
      }),
    );
    const report = backtested(engine('context.found.email > 0'), ...records);
    expect(report.changes.blocked).toBe(BACKTEST_ROWS_MAX + 20);
    expect(report.rows).toHaveLength(BACKTEST_ROWS_MAX + 1);
    expect(report.rows[0]).toMatchObject({ principal: '(others)', decisions: 20, changes: { blocked: 20 } });
    expect(report.examples.blocked).toHaveLength(BACKTEST_EXAMPLES_MAX);
  });

  test('counts what drills asked for only when it is told to', () => {
    const records = [
      opened([guarded([finding('email')])]),
      opened([guarded([finding('email')])], { drill: 'drill-1' }),
    ];
    const policies = engine('context.found.email > 0');
    const counted = (drills: boolean) => {
      const backtest = new Backtest(policies, { drills });
      for (const record of records) backtest.add(record);
      const { records: read, decisions, changes } = backtest.report();
      return [read, decisions, changes.blocked];
    };
    expect(counted(false)).toEqual([2, 1, 1]);
    expect(counted(true)).toEqual([2, 2, 2]);
    expect(backtested(policies, ...records)).toMatchObject({ decisions: 1 });
  });

  test('passes over records that hold no decisions', () => {
    const report = backtested(engine('true'), {
      v: 1,
      kind: 'interrupted',
      exchange: 'x',
      at: '2026-01-01T00:00:00.000Z',
    });
    expect(report).toMatchObject({
      records: 1,
      decisions: 0,
      notReplayed: 0,
      rows: [],
      from: '2026-01-01T00:00:00.000Z',
    });
  });

  test('compares two sets by what each would do, under what had broken at the time', () => {
    const broken = {
      ...guarded([finding('email')]),
      decision: told('block', { policies: ['posture:secrets'] }),
    } as RecordedDecision;
    const backtest = new Backtest(engine('context.found.email > 0'), {
      baseline: engine('context.found.email > 5'),
    });
    backtest.add(opened([guarded([finding('email')]), broken]));
    expect(backtest.report().changes.blocked).toBe(1);
  });
});
