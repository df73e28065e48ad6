import {
  type AlertRecord,
  CATEGORIES,
  type ClosedRecord,
  type DecidedRecord,
  type IdentityRecord,
  type OpenedRecord,
  type SignalRecord,
} from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { decodeRecord, encodeRecord } from '../record-codec.ts';
import { ocsfProblems } from '../testing/ocsf-problems.ts';
import { closed, finding, opened } from '../testing/sample-records.ts';
import { ocsfEvents } from './ocsf-events.ts';

const ALL = { activity: true };

const MOVED: SignalRecord = {
  v: 1,
  kind: 'signal',
  step: 'changed',
  exchange: 'sig-1',
  at: '2026-01-01T00:00:00.000Z',
  signal: 'latency',
  scope: 'gateway',
  name: '',
  direction: 'up',
  since: 40,
  from: '2026-01-01T00:00:00.000Z',
  strength: 3,
  exchanges: ['ex-1'],
};

const HARVESTED: SignalRecord = {
  ...MOVED,
  signal: 'cost-harvesting',
  category: 'cost-harvesting',
  scope: 'principal',
};

const ALERT: AlertRecord = {
  v: 1,
  kind: 'alert',
  step: 'raised',
  exchange: 'alerts',
  at: MOVED.at,
  alert: 'alr_00000000000000000001',
  rule: 'copied',
  severity: 'high',
  about: { category: 'extraction', principal: 'user/ann', tenant: 'acme' },
  evidence: { exchanges: ['ex-1'], value: 100, bound: 100 },
};

const SUSPECT: IdentityRecord = {
  v: 1,
  kind: 'identity',
  step: 'changed',
  exchange: 'identity',
  at: MOVED.at,
  provider: 'vendor',
  model: 'model-a',
  state: 'changed',
  before: 'approved',
  since: MOVED.at,
  reasons: [{ signal: 'served-model', from: MOVED.at, name: 'model-b', exchanges: ['ex-1'] }],
  reference: { models: ['model-a-1', 'model-b'], fingerprints: [], backends: [], digests: [] },
};

function judged(verdict: 'allow' | 'ask' | 'block', flags: readonly string[] = []): OpenedRecord {
  const record = opened('ex-1');
  const [first] = record.decisions;
  if (first?.kind !== 'guard') throw new Error('the sample has a guard decision');
  const context = {
    ...first.question.context,
    findings: CATEGORIES.map((category, n) => ({ ...finding(n), category })),
  };
  const decision = { ...first.decision, redact: [], verdict, flags };
  return { ...record, decisions: [{ ...first, question: { ...first.question, context }, decision }] };
}

const served = (): ClosedRecord => ({
  ...closed('ex-2'),
  request: { protocol: 'openai-chat', route: 'r', model: 'm', stream: false, tools: [], messages: 1, bodyBytes: 1 },
  upstream: { provider: 'demo', tries: 1 },
  answer: { model: 'm-1', usage: { inputTokens: 3, outputTokens: 4 } },
  ms: { total: 5.4, held: 0 },
});

const called = (): DecidedRecord => ({
  v: 1,
  kind: 'decided',
  exchange: 'ex-3',
  at: MOVED.at,
  principal: {
    kind: 'agent',
    id: 'mailer',
    tenant: 'acme',
    groups: [],
    onBehalfOf: { id: 'ann', tenant: 'acme', groups: [] },
  },
  tool: 'send_mail',
  decisions: [],
  effect: 'block',
});

describe('ocsfEvents()', () => {
  it.each([
    ['a request in which there is something of every category', judged('allow')],
    ['one that is flagged', judged('allow', ['p'])],
    ['one that is left to a human', judged('ask')],
    ['one that is stopped', judged('block')],
    ['one that is redacted', opened('ex-1')],
    ['one of a drill', { ...judged('block'), drill: 'd-1' }],
    ['an exchange without a principal and a request', closed('ex-2')],
    ['an exchange that was served', served()],
    ['a tool call', called()],
    ['a signal that moved', MOVED],
    ['what somebody does over many exchanges', HARVESTED],
    ['a model that is another one', SUSPECT],
    ['an alert that is raised', ALERT],
    ['an alert about everything', { ...ALERT, about: {} }],
    ['an alert that comes again', { ...ALERT, step: 'repeated' as const, times: 3 }],
    [
      'an alert that somebody settled',
      { ...ALERT, step: 'resolved' as const, by: { id: 'ann', via: 'terminal' as const }, reason: 'r' },
    ],
  ])('makes events by the rules of the schema of %s', (_, record) => {
    const events = ocsfEvents(record, ALL);
    expect(events.length).toBeGreaterThan(0);
    expect(events.flatMap((event) => ocsfProblems(JSON.parse(JSON.stringify(event))))).toEqual([]);
    expect(new Set(events.map(({ metadata }) => (metadata as { uid: string }).uid)).size).toBe(events.length);
  });

  it('makes one finding of each decision and category, of data another class, with the attack that it stands for', () => {
    const events = ocsfEvents(judged('block'), ALL);
    expect(events.map((event) => event.class_uid).filter((uid) => uid === 2006)).toHaveLength(2);
    expect(events).toHaveLength(CATEGORIES.length);
    expect(events[0]).toMatchObject({
      class_uid: 2004,
      type_uid: 200_401,
      severity_id: 4,
      action_id: 2,
      disposition_id: 2,
      is_alert: true,
      confidence_score: 90,
      policy: { name: 'redact-personal-data' },
      resources: [{ type: 'model', name: 'model-a', owner: { uid: 'default/service/billing' } }],
      metadata: { uid: 'ex-1/opened/0/injection', correlation_uid: 'ex-1' },
      finding_info: { attacks: [{ technique: { uid: 'AML.T0051' }, version: '2026.09' }] },
    });
  });

  it('names the attack of what somebody does over many exchanges, and of no mere move', () => {
    expect(ocsfEvents(HARVESTED, ALL)).toMatchObject([
      { severity_id: 3, finding_info: { attacks: [{ technique: { uid: 'AML.T0034' } }], types: ['cost-harvesting'] } },
    ]);
    const loop: SignalRecord = { ...HARVESTED, signal: 'loop', category: 'loop' };
    for (const record of [MOVED, loop]) {
      const [event] = ocsfEvents(record, ALL);
      expect(event?.finding_info).not.toHaveProperty('attacks');
    }
  });

  it('makes all steps of an alert one finding, each an event of its own', () => {
    const steps = (['raised', 'repeated', 'acknowledged', 'resolved'] as const).map((step) => ({ ...ALERT, step }));
    const events = steps.flatMap((record) => ocsfEvents(record, ALL));
    expect(events.map((event) => [event.activity_id, event.status_id, event.severity_id])).toEqual([
      [1, 1, 4],
      [2, 1, 4],
      [2, 2, 4],
      [3, 4, 4],
    ]);
    expect(new Set(events.map((event) => (event.finding_info as { uid: string }).uid))).toEqual(new Set([ALERT.alert]));
    const uids = [...events, ...ocsfEvents({ ...ALERT, at: '2026-01-02T00:00:00.000Z' }, ALL)].map(
      ({ metadata }) => (metadata as { uid: string }).uid,
    );
    expect(new Set(uids).size).toBe(uids.length);
    expect(events[0]).toMatchObject({
      is_alert: true,
      finding_info: { attacks: [{ technique: { uid: 'AML.T0024.002' } }] },
      resources: [{ type: 'principal', name: 'user/ann' }],
    });
  });

  it('tells of a model only when it became suspect', () => {
    expect(ocsfEvents(SUSPECT, ALL)).toMatchObject([{ severity_id: 4, resources: [{ name: 'model-a' }] }]);
    for (const step of ['learned', 'settled', 'approved', 'restated'] as const) {
      expect(ocsfEvents({ ...SUSPECT, step }, ALL)).toEqual([]);
    }
  });

  it('alerts of no drill', () => {
    for (const event of ocsfEvents({ ...judged('block'), drill: 'd-1' }, ALL)) {
      expect(event).toMatchObject({ severity_id: 1, is_alert: false, metadata: { labels: ['drill'] } });
    }
  });

  it('tells exchanges and calls only where that is asked for', () => {
    for (const record of [served(), called()]) expect(ocsfEvents(record, { activity: false })).toEqual([]);
    expect(ocsfEvents(served(), ALL)).toMatchObject([
      {
        class_uid: 6003,
        status_id: 1,
        duration: 5,
        ai_model: { name: 'm-1', ai_provider: 'demo' },
        message_context: { total_tokens: 7 },
      },
    ]);
    expect(ocsfEvents(called(), ALL)).toMatchObject([
      { status_id: 2, actor: { user: { uid: 'acme/agent/mailer for user/ann' } }, resources: [{ name: 'send_mail' }] },
    ]);
  });

  it('gives calls of one exchange ids of their own, and each the same whenever it is read', () => {
    const [first] = judged('block').decisions;
    if (first === undefined) throw new Error('the sample has a decision');
    const one = { ...called(), decisions: [first] };
    const other = { ...one, at: '2026-01-01T00:00:00.001Z' };
    const idsOf = (record: DecidedRecord) =>
      ocsfEvents(record, ALL).map(({ metadata }) => (metadata as { uid: string }).uid);
    const ids = [...idsOf(one), ...idsOf(other)];
    expect(new Set(ids).size).toBe(ids.length);
    const read = decodeRecord(encodeRecord(one)) as DecidedRecord;
    expect(idsOf(read)).toEqual(idsOf(one));
  });

  it('makes nothing of other kinds of records', () => {
    expect(ocsfEvents({ v: 1, kind: 'interrupted', exchange: 'ex-1', at: MOVED.at }, ALL)).toEqual([]);
  });

  it('holds nothing of where a text stood, and no fingerprint of it', () => {
    const text = JSON.stringify(ocsfEvents(judged('block'), ALL));
    expect(text).not.toContain(finding(0).fingerprint);
    expect(text).not.toContain('message/');
  });
});

describe('ocsfProblems()', () => {
  it.each([
    [{ class_uid: 9 }, 'class_uid is unknown'],
    [{ time: undefined }, 'time is missing'],
    [{ type_uid: 1 }, 'type_uid is another'],
    [{ severity_id: 42 }, 'severity_id is not of its enumeration'],
    [{ duration: 1.5 }, 'duration is no integer'],
    [{ actor: {} }, 'actor has none of process, user, session, app_name, app_uid'],
    [{ prompt: 'text' }, 'prompt is not of the class'],
    [{ ai_model: { name: 'm' } }, 'ai_model.ai_provider is missing'],
  ])('notices %j', (change, problem) => {
    const [event] = ocsfEvents(served(), ALL);
    expect(ocsfProblems({ ...event, ...change })).toContain(problem);
  });
});
