import type {
  AdminRecord,
  AlertRecord,
  ApprovalRecord,
  AuditRecord,
  ContainmentRecord,
  FlowFacts,
  RecordedDecision,
  RecordedGuardQuestion,
} from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { ANN, asked, closed, decided, decision, found, opened, START_MS } from '../../testing/traffic.ts';
import { WAITING_APPROVALS_MAX } from './approval-counts.ts';
import { ATTACKS_REMEMBERED_MAX } from './attack-counts.ts';
import { COVERAGE_NAMES_MAX } from './coverage-counts.ts';
import { EXPOSURE_TYPES_MAX } from './exposure-counts.ts';
import { FEEDBACK_REMEMBERED_MAX } from './feedback-counts.ts';
import { ImpactFigures, type ImpactReport } from './impact-figures.ts';
import { impactHtml } from './impact-html.ts';
import { ATTACKED_SESSIONS_MAX, WAITING_ALERTS_MAX } from './response-times.ts';

type RecordedGuard = RecordedDecision & { readonly kind: 'guard' };

const period = { from: '2026-01-01T00:00:00.000Z', to: '2026-01-02T00:00:00.000Z' };
const SECOND_MS = 1_000;

function reportOf(records: Iterable<AuditRecord>): ImpactReport {
  const figures = new ImpactFigures(period);
  for (const record of records) figures.take(record);
  return figures.report({
    log: { origin: 'sallyport/test', size: 9, archived: 0 },
    period,
    madeAt: '2026-01-02T00:00:00.000Z',
  });
}

const BLOCK = decision('block');
const blocked = (category: Parameters<typeof found>[0], point: 'input' | 'tool-call' | 'output' = 'input') =>
  found(category, `of-${category}`, { point, decision: BLOCK });

const FLOW: FlowFacts = {
  tool: { name: 'pay', defined: true, effect: 'write', outward: true, destructive: false },
  action: { source: 'none' },
  flow: {},
  session: {
    tainted: true,
    ruleOfTwo: { untrusted: true, private: false, outward: true, count: 2 },
    calls: { total: 0, writes: 0, sameTool: 0, sameToolWithin10: 0, formerly: [] },
  },
};

/** A decision on a call of a tool that no finding stands in. */
function ruled(
  verdict: 'block' | 'ask',
  policies: readonly string[],
  context: Partial<RecordedGuardQuestion['context']> = {},
): RecordedGuard {
  const facts = { findings: [], unseen: [], unchecked: [], flow: FLOW, ...context };
  return {
    kind: 'guard',
    question: { point: 'tool-call', context: facts },
    findingsTotal: 0,
    decision: { ...decision(verdict), policies },
  };
}

const at = (ms: number) => new Date(START_MS + ms).toISOString();

function alert(ms: number, step: AlertRecord['step'], more: Partial<AlertRecord> = {}): AlertRecord {
  return {
    v: 1,
    kind: 'alert',
    exchange: 'alerts',
    at: at(ms),
    alert: 'alr_1',
    rule: 'attacks',
    severity: 'high',
    about: {},
    step,
    ...more,
  };
}

const BY = { id: 'ann', via: 'terminal' } as const;

function held(ms: number, more: Partial<ContainmentRecord> = {}): ContainmentRecord {
  const of = { kind: 'tool', name: 'pay' } as const;
  const containment = { id: 'iso_1', action: 'isolate', of, from: '', until: '', reason: '', alert: 'alr_1' } as const;
  return { v: 1, kind: 'containment', exchange: 'containments', at: at(ms), step: 'begun', containment, ...more };
}

/** @param words the action, and what it is about */
function said(ms: number, words: string, more: Partial<AdminRecord> = {}): AdminRecord {
  const [action = '', ...targets] = words.split(' ');
  return { v: 1, kind: 'admin', exchange: `a-${ms}`, at: at(ms), action, targets, outcome: 'done', ...more };
}

describe('ImpactFigures: attacks', () => {
  it('counts decisions by what was found and where, and an exchange and a session once', () => {
    const { attacks, trend } = reportOf([
      opened(START_MS, { exchange: 'a', decisions: [blocked('injection'), blocked('injection')] }),
      decided(START_MS + 1, 'pay', { exchange: 'a', decisions: [blocked('exfiltration', 'tool-call')] }),
      opened(START_MS + 2, { exchange: 'b', decisions: [blocked('injection')] }),
      opened(START_MS + 3, { exchange: 'c', decisions: [found('injection', 'x')] }),
    ]);
    expect(attacks).toEqual({
      exchanges: 2,
      sessions: 1,
      found: { injection: { block: 3, passed: 1 }, exfiltration: { block: 1 } },
      blocked: { injection: { input: 3 }, exfiltration: { 'tool-call': 1 } },
    });
    expect(trend.attacks.reduce((a, b) => a + b)).toBe(2);
  });

  it('counts sessions again that it had to forget, beyond its bound, and no session twice within half of it', () => {
    const attack = (number: number, again: string) =>
      opened(START_MS, {
        exchange: `x${number}${again}`,
        session: { id: `ses_${number}`, by: 'new' },
        decisions: [blocked('injection')],
      });
    const all = Array.from({ length: ATTACKS_REMEMBERED_MAX + 1 }, (_, number) => attack(number, ''));
    const { attacks } = reportOf([...all, attack(0, 'again'), attack(ATTACKS_REMEMBERED_MAX, 'again')]);
    expect(attacks.sessions).toBe(ATTACKS_REMEMBERED_MAX + 2);
    expect(attacks.exchanges).toBe(ATTACKS_REMEMBERED_MAX + 3);
  });

  it('takes no exposure for an attack, and tells apart what policies stop without a finding', () => {
    const { attacks } = reportOf([
      opened(START_MS, { exchange: 'a', decisions: [blocked('secrets')] }),
      decided(START_MS + 1, 'pay', { exchange: 'b', decisions: [ruled('block', ['no-untrusted-destination'])] }),
      decided(START_MS + 2, 'pay', { exchange: 'c', decisions: [ruled('block', ['isolation:iso_1'])] }),
      decided(START_MS + 3, 'pay', { exchange: 'd', decisions: [ruled('ask', ['step-up:iso_1'])] }),
      decided(START_MS + 4, 'pay', { exchange: 'e', decisions: [ruled('block', ['scope:tools'])] }),
    ]);
    expect(attacks.exchanges).toBe(1);
    expect(attacks.found).toEqual({
      secrets: { block: 1 },
      'policy-alone': { block: 1 },
      containment: { block: 1, ask: 1 },
      scope: { block: 1 },
    });
  });

  it('takes nothing for an attack that only what was not looked at, a rule or a broken policy stopped', () => {
    const rule = ruled('block', ['limit']);
    const typed = { ...rule, question: { ...rule.question, typedAction: 'mcp/bank/pay' } };
    const broken = { ...rule, decision: { ...rule.decision, errors: ['limit'] } };
    const { flow, ...unread } = rule.question.context;
    const cut = { ...rule, findingsTotal: 3 };
    const input = { ...rule, question: { ...rule.question, point: 'input' } } as const;
    const { attacks } = reportOf(
      [
        ruled('block', ['no-blind'], { unseen: ['image'] }),
        ruled('block', ['no-blind'], { unchecked: ['judge'] }),
        ...[typed, broken, cut, input, { ...rule, question: { ...rule.question, context: unread } }],
      ].map((made, n) => decided(START_MS + n, 'pay', { exchange: `x${n}`, decisions: [made] })),
    );
    expect(attacks).toMatchObject({ exchanges: 0, sessions: 0 });
    expect(attacks.found).toEqual({ 'blind-spot': { block: 2 }, policy: { block: 5 } });
  });

  it('takes what was held back or out of reach for that, whatever was found besides', () => {
    const only = (policies: readonly string[]) => {
      const made = blocked('injection');
      return { ...made, decision: { ...made.decision, policies } };
    };
    const { attacks } = reportOf(
      [['isolation:iso_1'], ['scope:checkpoints'], ['isolation:iso_1', 'scope:tools'], ['isolation:iso_1', 'own']].map(
        (policies, n) => opened(START_MS + n, { exchange: `x${n}`, decisions: [only(policies)] }),
      ),
    );
    expect(attacks.exchanges).toBe(1);
    expect(attacks.found).toEqual({ containment: { block: 2 }, scope: { block: 1 }, injection: { block: 1 } });
  });

  it('counts access that was denied, by what was asked', () => {
    const question = { action: 'use-model', context: { route: 'default', protocol: 'openai-chat' } } as const;
    const denied = { kind: 'access', question, decision: BLOCK } as const;
    expect(reportOf([opened(START_MS, { decisions: [denied] })]).denied).toEqual({ 'use-model': 1 });
  });
});

describe('ImpactFigures: exposures', () => {
  it('counts what was replaced by type and direction, and nothing of a request again with its answer', () => {
    const decisions = [found('personal-data', 'email'), found('secrets', 'aws-access-key-id')];
    const { exposures, trend } = reportOf([
      opened(START_MS, { exchange: 'a', decisions, redacted: { email: 2 } }),
      closed(START_MS + 1, { exchange: 'a', redacted: { email: 5, 'aws-access-key-id': 1 } }),
    ]);
    expect(exposures).toEqual([
      {
        category: 'personal-data',
        type: 'email',
        redacted: { request: 2, answer: 3 },
        blocked: { request: 0, answer: 0 },
      },
      {
        category: 'secrets',
        type: 'aws-access-key-id',
        redacted: { request: 0, answer: 1 },
        blocked: { request: 0, answer: 0 },
      },
    ]);
    expect(trend.exposures.reduce((a, b) => a + b)).toBe(6);
  });

  it('counts texts that were stopped, a call of an answer with the answer and one at a tool with the request', () => {
    const decisions = [blocked('secrets', 'tool-call')];
    const { exposures } = reportOf([
      decided(START_MS, 'pay', { exchange: 'a', decisions }),
      decided(START_MS + 1, 'pay', { exchange: 'b', decisions, resource: { kind: 'tool', id: 'pay', groups: [] } }),
      opened(START_MS + 2, { exchange: 'c', decisions: [blocked('injection')] }),
    ]);
    expect(exposures).toEqual([
      {
        category: 'secrets',
        type: 'of-secrets',
        redacted: { request: 0, answer: 0 },
        blocked: { request: 1, answer: 1 },
      },
    ]);
  });

  it('counts types by names that every object knows', () => {
    const { exposures } = reportOf([
      opened(START_MS, { exchange: 'a' }),
      closed(START_MS + 1, { exchange: 'a', redacted: { constructor: 2 } as never }),
    ]);
    expect(exposures).toMatchObject([{ type: 'constructor', redacted: { request: 0, answer: 2 } }]);
  });

  it('guesses no direction where the beginning is not known, and says of how many', () => {
    const { exposures, exchanges } = reportOf([closed(START_MS, { redacted: { email: 5 } })]);
    expect([exposures, exchanges.unjoined]).toEqual([[], 1]);
  });

  it('tells so many types apart, and counts one beyond with `other`', () => {
    const redacted = Object.fromEntries(Array.from({ length: EXPOSURE_TYPES_MAX + 1 }, (_, type) => [`t${type}`, 1]));
    const { exposures } = reportOf([opened(START_MS, { redacted })]);
    expect(exposures).toHaveLength(EXPOSURE_TYPES_MAX + 1);
    expect(exposures.filter(({ type }) => type === 'other')).toHaveLength(1);
  });
});

describe('ImpactFigures: detection and response', () => {
  const evidence = { exchanges: ['late'] } as const;
  const attacked = [
    // The session began before the period, in another exchange than the one that the alert names.
    opened(START_MS - 20 * SECOND_MS, { exchange: 'early', decisions: [found('injection', 'x')] }),
    opened(START_MS, { exchange: 'late', decisions: [blocked('injection')] }),
  ];

  it('measures from the first finding of the session to the alert, and from there to the first step of a person', () => {
    const { response } = reportOf([
      ...attacked,
      alert(10 * SECOND_MS, 'raised', { evidence }),
      alert(20 * SECOND_MS, 'repeated', { evidence }),
      alert(70 * SECOND_MS, 'acknowledged', { by: BY }),
      alert(90 * SECOND_MS, 'resolved', { by: BY }),
    ]);
    expect(response.detect).toMatchObject({ count: 1, mean: 30 * SECOND_MS });
    expect(response.byPeople).toMatchObject({ count: 1, mean: 60 * SECOND_MS });
    expect(response).toMatchObject({ raised: 1, bySeverity: { high: 1 }, detectUndefined: 0, unanswered: 0 });
    expect(response.byRule).toEqual({ count: 0 });
  });

  it('tells what a rule held back from what a person did, and takes an alert that made room for unanswered', () => {
    const both = reportOf([
      ...attacked,
      alert(0, 'raised', { evidence }),
      held(SECOND_MS),
      held(5 * SECOND_MS, { by: BY }),
    ]);
    expect(both.response.byRule).toMatchObject({ count: 1, mean: SECOND_MS });
    expect(both.response.byPeople).toMatchObject({ count: 1, mean: 5 * SECOND_MS });
    expect(both.response.unanswered).toBe(0);
    const none = reportOf([...attacked, alert(0, 'raised', { evidence }), alert(SECOND_MS, 'resolved')]);
    expect(none.response).toMatchObject({ byPeople: { count: 0 }, unanswered: 1 });
  });

  it('is not defined where no attack was found in what the alert names', () => {
    const personal = opened(START_MS, { exchange: 'late', decisions: [found('personal-data', 'email')] });
    const { response } = reportOf([personal, alert(1, 'raised', { evidence }), alert(2, 'raised', { alert: 'alr_2' })]);
    expect(response).toMatchObject({ raised: 2, detect: { count: 0 }, detectUndefined: 2 });
  });

  it('remembers at least half of its bound of attacked sessions, and knows nothing of one beyond it', () => {
    const attacks = Array.from({ length: ATTACKED_SESSIONS_MAX + 1 }, (_, number) =>
      opened(START_MS, {
        exchange: `x${number}`,
        session: { id: `ses_${number}`, by: 'new' },
        decisions: [found('injection', 'x')],
      }),
    );
    const named = (number: number) =>
      alert(number, 'raised', { alert: `alr_${number}`, evidence: { exchanges: [`x${number}`] } });
    const { response } = reportOf([...attacks, named(0), named(ATTACKED_SESSIONS_MAX)]);
    expect([response.detect.count, response.detectUndefined]).toEqual([1, 1]);
  });

  it('keeps so many alerts that wait, and forgets the oldest for one beyond', () => {
    const answerTo = (first: number) =>
      reportOf([
        ...Array.from({ length: WAITING_ALERTS_MAX + first }, (_, number) =>
          alert(0, 'raised', { alert: `alr_${number}` }),
        ),
        alert(SECOND_MS, 'acknowledged', { alert: 'alr_0', by: BY }),
      ]).response.byPeople.count;
    expect([answerTo(0), answerTo(1)]).toEqual([1, 0]);
  });
});

describe('ImpactFigures: people', () => {
  const step = (ms: number, name: ApprovalRecord['step'], more: Partial<ApprovalRecord> = {}): ApprovalRecord => ({
    ...asked(START_MS + ms),
    step: name,
    ...more,
  });

  it('counts questions, answers and how long they waited, also of one that was asked before the period', () => {
    const { approvals } = reportOf([
      step(-SECOND_MS, 'asked', { approval: 'apr_1' }),
      step(0, 'asked', { approval: 'apr_2' }),
      step(SECOND_MS, 'granted', { approval: 'apr_1', by: BY }),
      step(4 * SECOND_MS, 'denied', { approval: 'apr_2', by: { id: 'ann', via: 'page' } }),
      step(5 * SECOND_MS, 'expired', { approval: 'apr_3' }),
      decided(START_MS, 'pay', { effect: 'block', approval: { status: 'crowded' } }),
    ]);
    expect(approvals).toMatchObject({ asked: 1, granted: 1, denied: 1, expired: 1, crowded: 1 });
    expect(approvals.byDoor).toEqual({ terminal: 1, page: 1 });
    expect(approvals.waited).toMatchObject({ count: 2, mean: 3 * SECOND_MS });
  });

  it('knows of so many how long they waited, and of one that was forgotten nothing', () => {
    const many = Array.from({ length: WAITING_APPROVALS_MAX + 1 }, (_, number) =>
      step(0, 'asked', { approval: `apr_${number}` }),
    );
    const { approvals } = reportOf([...many, step(SECOND_MS, 'granted', { approval: 'apr_0', by: BY })]);
    expect(approvals).toMatchObject({ asked: WAITING_APPROVALS_MAX + 1, granted: 1, waited: { count: 0 } });
  });

  it('counts which calls went on alone, at each door', () => {
    const tool = { kind: 'tool', id: 'pay', groups: [] } as const;
    const { autonomy } = reportOf([
      decided(START_MS, 'a'),
      decided(START_MS + 1, 'b', { effect: 'redact' }),
      decided(START_MS + 2, 'c', { approval: { status: 'granted', id: 'apr_1' } }),
      decided(START_MS + 3, 'd', { effect: 'ask', approval: { status: 'pending', id: 'apr_2' } }),
      decided(START_MS + 4, 'e', { effect: 'block', approval: { status: 'denied', id: 'apr_3' } }),
      decided(START_MS + 5, 'f', { effect: 'block' }),
      decided(START_MS + 6, 'g', { resource: tool, effect: 'ask' }),
    ]);
    expect(autonomy).toEqual({
      model: { alone: 2, withPerson: 1, unanswered: 2, blocked: 1, autonomy: expect.closeTo(2 / 3, 5) },
      tool: { alone: 0, withPerson: 0, unanswered: 1, blocked: 0 },
    });
  });

  it('takes what operators said of an exchange last, and not what they took back or could not say', () => {
    const { feedback } = reportOf([
      said(0, 'feedback.give a false-positive'),
      said(1, 'feedback.give a missed injection'),
      said(2, 'feedback.give b false-positive'),
      said(3, 'feedback.undo b'),
      said(4, 'feedback.give c false-positive'),
      said(5, 'feedback.give d false-positive', { outcome: 'refused' }),
      said(6, 'keys.create e false-positive'),
      said(-1, 'feedback.give f false-positive'),
    ]);
    expect(feedback).toEqual({ 'false-positive': 1, missed: 1, undone: 1 });
  });
});

describe('FeedbackCounts', () => {
  it('takes back what it remembers, and lets stand what was said of an exchange that it forgot', () => {
    const given = Array.from({ length: FEEDBACK_REMEMBERED_MAX + 1 }, (_, number) =>
      said(number, `feedback.give x${number} false-positive`),
    );
    const undone = [0, FEEDBACK_REMEMBERED_MAX].map((number) =>
      said(FEEDBACK_REMEMBERED_MAX + 1, `feedback.undo x${number}`),
    );
    expect(reportOf([...given, ...undone]).feedback).toEqual({
      'false-positive': FEEDBACK_REMEMBERED_MAX,
      missed: 0,
      undone: 1,
    });
  });
});

describe('ImpactFigures: coverage and overhead', () => {
  const receipt = { lines: [], unseen: [], segments: 1, inspectedChars: 75, uninspectedChars: 0 };

  it('adds up what was inspected and what was not, and why', () => {
    const line = { detector: 'personal-data', version: '1', segments: 2 };
    const { coverage } = reportOf([
      opened(START_MS, { exchange: 'a', receipt }),
      closed(START_MS + 1, {
        exchange: 'a',
        receipt: {
          ...receipt,
          inspectedChars: 0,
          uninspectedChars: 25,
          unseen: [{ kind: 'image', count: 2, bytes: 300 }],
          lines: [
            { ...line, status: 'skipped', reason: 'length' },
            { ...line, status: 'timed-out' },
            { ...line, status: 'abstained', reason: 'no-request' },
            { ...line, status: 'inspected' },
          ],
        },
      }),
    ]);
    expect(coverage).toEqual({
      inspectedChars: 75,
      uninspectedChars: 25,
      share: 0.75,
      unseen: { image: { parts: 2, bytes: 300 } },
      receipts: 2,
      whole: 1,
      gaps: { 'personal-data skipped length': 2, 'personal-data timed-out': 2 },
    });
  });

  it('tells so many reasons apart, and counts one beyond with `other`', () => {
    const lines = Array.from({ length: COVERAGE_NAMES_MAX + 1 }, (_, number) => ({
      detector: `d${number}`,
      version: '1',
      status: 'failed' as const,
      segments: 2,
    }));
    const gaps = Object.keys(reportOf([opened(START_MS, { receipt: { ...receipt, lines } })]).coverage.gaps);
    expect(gaps).toHaveLength(COVERAGE_NAMES_MAX + 1);
    expect(gaps).toContain('other');
  });

  it('measures what the gateway took of exchanges that went on', () => {
    const { overhead } = reportOf([
      closed(START_MS, { ms: { total: 100, beforeUpstream: 10, held: 0 } }),
      closed(START_MS + 1, { ms: { total: 100, beforeUpstream: 20, held: 10 } }),
      closed(START_MS + 2, { ms: { total: 900, held: 0 } }),
    ]);
    expect(overhead.before).toMatchObject({ count: 2, mean: 15 });
    expect(overhead.held).toMatchObject({ count: 1, mean: 10 });
    expect(overhead.share).toBeCloseTo(0.2, 5);
  });
});

describe('ImpactFigures', () => {
  it('counts exchanges with those that a record only counts, and leaves out drills and what lies outside the period', () => {
    const { exchanges } = reportOf([
      closed(START_MS, { effect: 'redact' }),
      closed(START_MS + 1, { outcome: 'rejected', effect: 'block', suppressed: 9 }),
      closed(START_MS + 2, { drill: 'drl_1' }),
      opened(START_MS + 3, { drill: 'drl_1', decisions: [blocked('injection')] }),
      closed(START_MS - 1),
      closed(Date.parse(period.to)),
      closed(START_MS + 4, { shortened: { entries: 1, chars: 0 } }),
    ]);
    expect(exchanges).toEqual({
      counted: 12,
      byOutcome: { completed: 2, rejected: 10 },
      actedOn: 1,
      drills: 1,
      unjoined: 2,
      shortened: 1,
      cut: 0,
    });
  });

  it('counts decisions of which not all findings are listed, and says so', () => {
    const report = reportOf([
      opened(START_MS, {
        exchange: 'a',
        decisions: [{ ...found('injection', 'x'), findingsTotal: 2 } as RecordedDecision],
      }),
      opened(START_MS + 1, { exchange: 'b', decisions: [found('injection', 'x')] }),
    ]);
    expect(report.exchanges.cut).toBe(1);
    expect(impactHtml(report)).toContain('1 decisions had more findings than a record lists');
  });
});

describe('impactHtml()', () => {
  it('says that nothing is known where nothing is, and draws nothing', () => {
    const html = impactHtml(reportOf([]));
    expect(html).toContain('not known');
    expect(html).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('shows hostile names, and never obeys them', () => {
    const name = '<svg onload=alert(1)>';
    const html = impactHtml(
      reportOf([
        opened(START_MS, {
          exchange: 'a',
          redacted: { [name]: 1 },
          receipt: {
            lines: [{ detector: name, version: '1', status: 'failed', reason: name, segments: 1 }],
            unseen: [{ kind: name, count: 1, bytes: 1 }],
            segments: 1,
            inspectedChars: 0,
            uninspectedChars: 1,
          },
          principal: ANN,
        }),
      ]),
    );
    expect(html).not.toContain('<svg onload');
    expect(html.match(/&lt;svg onload=alert\(1\)&gt;/g)?.length).toBeGreaterThan(2);
  });
});
