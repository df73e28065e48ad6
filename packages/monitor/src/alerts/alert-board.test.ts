import type { AuditRecord, Category, Checkpoint, ClosedRecord, DecidedRecord, SignalRecord } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { AlertBoard } from './alert-board.ts';
import type { AlertCondition, AlertRule } from './alert-rule.ts';
import { GROUPS_MAX, KNOWN_NAMES_MAX, NAMES_WARM_UP } from './rule-watch.ts';

const START_MS = Date.parse('2026-11-29T00:00:00Z');
const MINUTE_MS = 60_000;
const rule = (when: AlertCondition, over: Partial<AlertRule> = {}): AlertRule => ({
  name: 'r',
  severity: 'high',
  when,
  by: [],
  dedupeMs: 0,
  ...over,
});

interface Shown {
  readonly id?: string;
  readonly kind?: 'user' | 'agent';
  readonly model?: string;
  readonly atMs?: number;
  readonly effect?: ClosedRecord['effect'];
  readonly outcome?: ClosedRecord['outcome'];
  readonly categories?: readonly Category[];
  readonly drill?: string;
}

let number = 0;
function closed({ id = 'ann', kind = 'user', atMs = 0, ...over }: Shown = {}): AuditRecord {
  const { model = 'm', effect = 'allow', outcome = 'completed', categories = [], drill } = over;
  number += 1;
  const findings = categories.map((category) => ({ category, type: 't', score: 1 }));
  const record = {
    v: 1,
    kind: 'closed',
    exchange: `ex-${number}`,
    at: new Date(START_MS + atMs).toISOString(),
    principal: { kind, id, tenant: 'acme', groups: [] },
    request: { route: 'main', model },
    resource: { kind: 'model', id: model, groups: [] },
    upstream: { provider: 'p', tries: 1 },
    session: { id: 'ses_1', by: 'new' },
    decisions: [{ kind: 'guard', question: { point: 'output', context: { findings } }, decision: { policies: [] } }],
    effect,
    outcome,
    redacted: {},
    answer: {},
    ms: { total: 1, held: 0 },
    releasedChars: 1,
    ...(drill !== undefined && { drill }),
  };
  return record as unknown as AuditRecord;
}
const signal = (over: Partial<SignalRecord> = {}): SignalRecord => ({
  v: 1,
  kind: 'signal',
  exchange: 'sig-1',
  at: new Date(START_MS).toISOString(),
  step: 'changed',
  signal: 'latency',
  scope: 'model',
  name: 'm',
  direction: 'up',
  since: 40,
  from: new Date(START_MS).toISOString(),
  strength: 2,
  exchanges: ['ex-new', 'ex-old'],
  ...over,
});
const finding = (over: Partial<Extract<AlertCondition, { kind: 'finding' }>> = {}): AlertCondition => ({
  kind: 'finding',
  categories: [],
  points: [],
  effects: [],
  ...over,
});
const many = (count: number, make: (at: number) => AuditRecord) => Array.from({ length: count }, (_, at) => make(at));

const conduct = (over: Partial<SignalRecord> = {}) =>
  signal({
    signal: 'probing',
    category: 'probing',
    scope: 'principal',
    name: 'acme/user/ann',
    tenant: 'acme',
    moved: [{ kind: 'variations', before: 8, after: 8 }],
    ...over,
  });

describe('AlertBoard with a rule about findings over many exchanges', () => {
  const by = ['category', 'principal'] as const;

  it('raises one of the categories that it names, by the principal who did it, with the exchanges', () => {
    const board = new AlertBoard([rule(finding({ categories: ['probing'] }), { by })]);
    expect(board.take(conduct())).toMatchObject([
      { about: { category: 'probing', principal: 'user/ann', tenant: 'acme' }, exchanges: ['ex-old', 'ex-new'] },
    ]);
    expect(board.take(conduct({ signal: 'loop', category: 'loop' }))).toEqual([]);
  });

  it('raises none where it asks how something was decided: nothing was', () => {
    const board = new AlertBoard([rule(finding({ categories: ['probing'], effects: ['block'] }), { by })]);
    expect(board.take(conduct())).toEqual([]);
  });

  it('counts them as findings, and takes them for no mere move unless they are named', () => {
    const moved = { kind: 'moved', minStrength: 1 } as const;
    const board = new AlertBoard([
      rule({ kind: 'count', of: 'finding', atLeast: 1, withinMs: 1_000 }, { name: 'count' }),
      rule({ ...moved, signals: [] }, { name: 'any' }),
      rule({ ...moved, signals: ['probing'] }, { name: 'named' }),
    ]);
    expect(board.take(conduct()).map((cause) => cause.rule.name)).toEqual(['count', 'named']);
  });
});

describe('AlertBoard with a rule about findings', () => {
  it('raises what was found at the checkpoints that it names, and nothing that was found elsewhere', () => {
    const found = closed({ categories: ['injection', 'secrets'] });
    const at = (points: readonly Checkpoint[]) => new AlertBoard([rule(finding({ points }), { by: ['category'] })]);
    expect(
      at(['output'])
        .take(found)
        .map(({ about }) => about.category),
    ).toEqual(['injection', 'secrets']);
    expect(at(['input', 'tool-result']).take(found)).toEqual([]);
    expect(at(['output']).take(conduct())).toEqual([]);
  });

  it('knows of a category though the list of findings was cut before it', () => {
    const board = new AlertBoard([rule({ kind: 'finding', categories: ['injection'], points: [], effects: [] })]);
    const record = closed({ categories: ['personal-data'] });
    expect(board.take(record)).toEqual([]);
    const folded = { risk: { injection: 900, 'personal-data': 400, secrets: 0 } };
    const padded = JSON.parse(
      JSON.stringify(record).replace('"findings":[', `"folded":${JSON.stringify(folded)},"findings":[`),
    );
    expect(board.take(padded)).toHaveLength(1);
  });

  it('tells each category that it is about, and of whom', () => {
    const by = ['category', 'principal'] as const;
    const board = new AlertBoard([rule(finding({ categories: ['injection', 'secrets'] }), { by })]);
    const causes = board.take(closed({ categories: ['injection', 'injection', 'secrets', 'personal-data'] }));
    const whose = { tenant: 'acme', principal: 'user/ann' };
    expect(causes.map(({ about }) => about)).toEqual([
      { ...whose, category: 'injection' },
      { ...whose, category: 'secrets' },
    ]);
    expect(causes[0]).toMatchObject({ rule: { name: 'r' }, exchanges: [`ex-${number}`], more: 0 });
    expect(board.take(closed({ categories: ['personal-data'] }))).toEqual([]);
  });

  it('tells only what was decided so, and nothing of drills', () => {
    const board = new AlertBoard([rule(finding({ effects: ['block'] }))]);
    const categories = ['injection'] as const;
    expect(board.take(closed({ categories, effect: 'flag' }))).toEqual([]);
    expect(board.take(closed({ categories, effect: 'block', drill: 'd1' }))).toEqual([]);
    expect(board.take(closed({ categories, effect: 'block' }))).toHaveLength(1);
  });
});

describe('AlertBoard with a rule about counts', () => {
  const when = { kind: 'count', of: 'block', atLeast: 3, withinMs: 12 * MINUTE_MS } as const;

  it('tells once so many came within the time, each principal by itself, and then counts anew', () => {
    const board = new AlertBoard([rule(when, { by: ['principal'] })]);
    const block = (id: string) => board.take(closed({ id, effect: 'block' }));
    expect([block('ann'), block('bo'), block('ann'), block('bo')].flat()).toEqual([]);
    const [cause] = block('ann');
    expect(cause).toMatchObject({ about: { tenant: 'acme', principal: 'user/ann' }, value: 3, bound: 3, more: 0 });
    expect(cause?.exchanges).toHaveLength(3);
    expect([block('ann'), block('ann')].flat()).toEqual([]);
    expect(block('ann')).toHaveLength(1);
  });

  it('forgets what came before the time', () => {
    const board = new AlertBoard([rule(when)]);
    const block = (minutes: number) => board.take(closed({ effect: 'block', atMs: minutes * MINUTE_MS }));
    expect([block(0), block(1), block(12)].flat()).toEqual([]);
    expect(block(12)).toHaveLength(1);
  });

  it('names so many exchanges, and counts the others', () => {
    const board = new AlertBoard([rule({ ...when, atLeast: 20 })]);
    const causes = many(20, () => closed({ effect: 'block' })).flatMap((record) => board.take(record));
    expect(causes).toMatchObject([{ value: 20, more: 4 }]);
    expect(causes[0]?.exchanges).toHaveLength(16);
  });

  it('counts exchanges, findings, calls and questions to humans', () => {
    const of = (what: 'exchange' | 'finding' | 'call' | 'approval') =>
      new AlertBoard([rule({ ...when, of: what, atLeast: 2 })]);
    expect(of('finding').take(closed({ categories: ['secrets', 'secrets'] }))).toHaveLength(1);
    const twice = (board: AlertBoard, record: AuditRecord) => [board.take(record), board.take(record)].flat();
    expect(twice(of('exchange'), closed())).toHaveLength(1);
    const decided = { ...closed(), kind: 'decided', tool: 'mail' } as unknown as DecidedRecord;
    expect(twice(of('call'), decided)).toHaveLength(1);
    const principal = { kind: 'user', id: 'ann', tenant: 'acme', groups: [] };
    const asked = {
      v: 1,
      kind: 'approval',
      step: 'asked',
      exchange: 'x',
      at: '2026-11-29T00:00:00Z',
      principal,
      tool: 't',
    };
    expect(twice(of('approval'), asked as unknown as AuditRecord)).toHaveLength(1);
    expect(twice(of('approval'), { ...asked, step: 'granted' } as unknown as AuditRecord)).toEqual([]);
  });

  it('keeps so many groups at most', () => {
    const board = new AlertBoard([rule({ ...when, atLeast: 2 }, { by: ['principal'] })]);
    const block = (id: string) => board.take(closed({ id, effect: 'block' }));
    for (let at = 0; at < GROUPS_MAX; at += 1) block(`u${at}`);
    expect(block('u0')).toHaveLength(1);
    block('u0');
    block('one-more');
    expect(block('u1')).toEqual([]);
    expect(block('u0')).toHaveLength(1);
  });
});

describe('AlertBoard with a rule about shares', () => {
  it('tells a share above the bound, not on it, and says nothing of few', () => {
    const when = { kind: 'share', of: 'error', above: 0.5, minimum: 4, withinMs: MINUTE_MS } as const;
    const board = new AlertBoard([rule(when, { by: ['provider'] })]);
    const failed = () => board.take(closed({ outcome: 'upstream-failed' }));
    const fine = () => board.take(closed());
    expect([failed(), failed(), failed()].flat()).toEqual([]);
    expect(failed()).toMatchObject([{ about: { provider: 'p' }, value: 1, bound: 0.5 }]);
    expect([fine(), failed(), fine(), failed()].flat()).toEqual([]);
    expect(failed()).toMatchObject([{ value: 0.6 }]);
  });
});

describe('AlertBoard with a rule about signals', () => {
  const moved = { kind: 'moved', signals: ['latency'], minStrength: 2 } as const;

  it('tells a move of a signal from a strength on, with its exchanges', () => {
    const board = new AlertBoard([rule(moved, { by: ['signal', 'name', 'model'] })]);
    expect(board.take(signal())).toMatchObject([
      { about: { signal: 'latency', name: 'm', model: 'm' }, exchanges: ['ex-old', 'ex-new'], value: 2, bound: 2 },
    ]);
    expect(board.take(signal({ strength: 1.9 }))).toEqual([]);
    expect(board.take(signal({ signal: 'error' }))).toEqual([]);
  });

  it('knows whose series it is', () => {
    const board = new AlertBoard([rule({ ...moved, signals: [] }, { by: ['principal'] })]);
    const series = { scope: 'principal', name: 'acme/user/a%2Fnn', tenant: 'acme' };
    expect(board.take(signal(series))[0]?.about).toEqual({ tenant: 'acme', principal: 'user/a/nn' });
  });
});

describe('AlertBoard with a rule about what is new', () => {
  const tool = { signal: 'new-tool', scope: 'agent', name: 'acme/agent/bot', strength: 1 };
  const moved = [{ kind: 'send_mail', before: 0, after: 1 }];

  it('tells what monitoring calls new, and no other move', () => {
    const board = new AlertBoard([rule({ kind: 'new', of: ['tool'] }, { by: ['principal', 'tool', 'name'] })]);
    expect(board.take(signal({ ...tool, moved }))[0]?.about).toEqual({
      principal: 'agent/bot',
      tool: 'send_mail',
      name: 'send_mail',
    });
    expect(board.take(signal({ ...tool, signal: 'new-destination', moved }))).toEqual([]);
    expect(board.take(signal())).toEqual([]);
  });

  it('tells a model or an agent that was never seen, once, after so many exchanges', () => {
    const board = new AlertBoard([rule({ kind: 'new', of: ['model', 'agent'] }, { by: ['signal', 'name'] })]);
    const early = many(NAMES_WARM_UP, (at) => closed({ model: `early-${at}` }));
    expect(early.flatMap((record) => board.take(record))).toEqual([]);
    expect(board.take(closed({ model: 'early-1' }))).toEqual([]);
    expect(board.take(closed({ model: 'late', kind: 'agent', id: 'bot' })).map(({ about }) => about)).toEqual([
      { signal: 'new-model', name: 'late' },
      { signal: 'new-agent', name: 'agent/bot' },
    ]);
    expect(board.take(closed({ model: 'late', kind: 'agent', id: 'bot' }))).toEqual([]);
  });

  it('takes no name from what was turned away, and knows so many at most', () => {
    const board = new AlertBoard([rule({ kind: 'new', of: ['model'] }, { by: ['name'] })]);
    for (const record of many(KNOWN_NAMES_MAX - 1, (at) => closed({ model: `m${at}` }))) board.take(record);
    expect(board.take(closed({ model: 'asked', outcome: 'rejected' }))).toEqual([]);
    expect(board.take(closed({ model: 'the-last' }))).toHaveLength(1);
    expect(board.take(closed({ model: 'beyond' }))).toEqual([]);
  });
});
