import { type AuditRecord, type ClosedRecord, isFault, SallyportError } from '@sallyport/core';
import { IDENTITY_LEARNING_ANSWERS } from '@sallyport/monitor';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import { IDENTITIES_MAX, IDENTITY_ROUND_MS, IdentityLedger, STEPS_BURST, WARNED_MS } from './identity-ledger.ts';
import { IDENTITY_REASONS_MAX } from './standing-identity.ts';

const RECEIPT = { lines: [], unseen: [], segments: 0, inspectedChars: 0, uninspectedChars: 0 };
const ALIAS = { provider: 'vendor', model: 'alias' };
const VERDICT = { by: 'ann', via: 'terminal', reason: 'release notes' } as const;
const DAY_MS = 86_400_000;

/** Identity records of a log that outlives ledgers. */
type Log = { readonly record: AuditRecord }[];

function rig({
  log = [] as Log,
  clock = new ManualClock(),
  enabled = true,
  keptDays = 0,
  onApproved = (_name: object) => {},
} = {}) {
  let turns: (() => void)[] = [];
  let isFull = false;
  const reported: string[] = [];
  const ledger = new IdentityLedger({
    enabled,
    ...(keptDays > 0 && { keptDays }),
    recorder: {
      append: async (record) => {
        if (isFull) throw new SallyportError('RECORD_FAILED');
        log.push({ record });
      },
    },
    timeline: () => log,
    clock,
    onApproved,
    defer: (run) => turns.push(run),
    report: ({ code }) => reported.push(code),
  });
  const settle = () => {
    while (turns.length > 0) {
      const due = turns;
      turns = [];
      for (const run of due) run();
    }
  };
  let exchanges = 0;
  const closed = (answer: ClosedRecord['answer'] = {}, model = 'alias'): ClosedRecord => {
    exchanges += 1;
    return {
      v: 1,
      kind: 'closed',
      exchange: `ex-${exchanges}`,
      at: new Date(clock.dateMs()).toISOString(),
      request: { protocol: 'p', route: 'r', model, stream: false, tools: [], messages: 1, bodyBytes: 1 },
      outcome: 'completed',
      status: 200,
      upstreamStatus: 200,
      upstream: { provider: 'vendor', tries: 1 },
      decisions: [],
      receipt: RECEIPT,
      effect: 'allow',
      redacted: {},
      restored: 0,
      answer: { model: 'a', fingerprint: 'f', ...answer },
      releasedChars: 10,
      ms: { total: 100, beforeUpstream: 1, upstreamFirstByte: 2, held: 0 },
    };
  };
  const answers = (count: number, answer?: ClosedRecord['answer'], model?: string) => {
    for (let n = 0; n < count; n += 1) ledger.observe(closed(answer, model));
    settle();
  };
  const fill = (full: boolean) => {
    isFull = full;
  };
  const steps = () => log.map(({ record }) => (record.kind === 'identity' ? record.step : record.kind));
  return { ledger, log, clock, reported, closed, answers, settle, steps, fill };
}

/** One whose model is learnt. */
function learnt(options?: Parameters<typeof rig>[0]) {
  const made = rig(options);
  made.answers(IDENTITY_LEARNING_ANSWERS);
  return made;
}

describe('IdentityLedger', () => {
  it('learns a model from its first answers, says so once, and knows nothing of others', () => {
    const { ledger, answers, steps, log } = rig();
    expect(ledger.stateOf('vendor', 'alias')).toBeUndefined();
    answers(IDENTITY_LEARNING_ANSWERS - 1);
    expect([ledger.stateOf('vendor', 'alias'), ledger.list()[0]?.learning]).toEqual(['watching', true]);
    expect(steps()).toEqual([]);
    answers(5);
    expect(ledger.list()).toMatchObject([{ ...ALIAS, state: 'watching', learning: false, answers: 24 }]);
    expect(log).toMatchObject([
      {
        record: {
          step: 'learned',
          exchange: 'identity',
          state: 'watching',
          reference: { models: ['a'], fingerprints: ['f'] },
        },
      },
    ]);
    expect(ledger.stateOf('other', 'alias')).toBeUndefined();
  });

  it('calls a model changed that says it is another one, and lets only an operator call it approved', async () => {
    const { ledger, answers, steps, log, clock } = learnt();
    answers(1, { model: 'b' });
    expect(ledger.stateOf('vendor', 'alias')).toBe('changed');
    expect(log.at(-1)?.record).toMatchObject({
      step: 'changed',
      before: 'watching',
      reasons: [{ signal: 'served-model', name: 'b', exchanges: ['ex-21'] }],
    });
    answers(100);
    await clock.pass(2 * WARNED_MS);
    expect(ledger.stateOf('vendor', 'alias')).toBe('changed');
    expect(await ledger.approve(ALIAS, VERDICT)).toMatchObject({ state: 'approved', approvedBy: 'ann', reasons: [] });
    expect(log.at(-1)?.record).toMatchObject({ by: { id: 'ann', via: 'terminal' }, reason: 'release notes' });
    answers(3, { model: 'b' });
    answers(3, { model: 'a' });
    expect(ledger.stateOf('vendor', 'alias')).toBe('approved');
    answers(1, { model: 'c' });
    expect(ledger.stateOf('vendor', 'alias')).toBe('changed');
    expect(steps()).toEqual(['learned', 'changed', 'approved', 'changed']);
  });

  it('warns of a fingerprint, and is calm again when nothing is added for a day', async () => {
    const { ledger, answers, steps, clock } = learnt();
    await ledger.approve(ALIAS, VERDICT);
    answers(1, { fingerprint: 'g' });
    expect(ledger.stateOf('vendor', 'alias')).toBe('warned');
    await clock.pass(WARNED_MS - IDENTITY_ROUND_MS);
    answers(1, { fingerprint: 'h' });
    await clock.pass(WARNED_MS - IDENTITY_ROUND_MS);
    expect(ledger.stateOf('vendor', 'alias')).toBe('warned');
    await clock.pass(2 * IDENTITY_ROUND_MS);
    expect(ledger.list()).toMatchObject([{ state: 'approved', reasons: [] }]);
    expect(steps()).toEqual(['learned', 'approved', 'warned', 'warned', 'settled']);
  });

  it('does not let a warning make less of a change', () => {
    const { ledger, answers } = learnt();
    answers(1, { model: 'b' });
    answers(1, { fingerprint: 'g' });
    expect(ledger.list()).toMatchObject([{ state: 'changed', reasons: [{ name: 'b' }, { name: 'g' }] }]);
  });

  it('knows after a restart what it knew before, from the log alone', async () => {
    const { log, answers, ledger } = learnt();
    await ledger.approve(ALIAS, VERDICT);
    answers(1, { model: 'b' });
    const again = rig({ log });
    expect(again.ledger.stateOf('vendor', 'alias')).toBe('changed');
    expect(again.ledger.list()).toMatchObject([
      { approvedBy: 'ann', reasons: [{ name: 'b' }], reference: { models: ['a', 'b'] }, learning: false },
    ]);
  });

  it('hears at a start of a name that was recorded and not yet spoken of, and takes the rest for usual', () => {
    const { log } = learnt();
    const { ledger, closed, reported } = rig({ log });
    ledger.learn([{ record: closed() }, { record: closed({ model: 'b' }) }]);
    expect(ledger.stateOf('vendor', 'alias')).toBe('changed');
    ledger.learn([{ record: null as never }]);
    expect(reported).toEqual(['INTERNAL']);
  });

  it('approves nothing that the log did not take, and nothing that it does not know', async () => {
    const { ledger, answers, fill } = learnt();
    answers(1, { model: 'b' });
    fill(true);
    await expect(ledger.approve(ALIAS, VERDICT)).rejects.toMatchObject({ code: 'RECORD_FAILED' });
    expect(ledger.stateOf('vendor', 'alias')).toBe('changed');
    expect(isFault(await ledger.approve({ ...ALIAS, model: 'other' }, VERDICT))).toBe(true);
    expect(isFault(ledger.show({ ...ALIAS, model: 'other' }))).toBe(true);
  });

  it('does not approve what came while an approval was being recorded', async () => {
    const { ledger, answers } = learnt();
    answers(1, { model: 'b' });
    const approving = ledger.approve(ALIAS, VERDICT);
    answers(1, { model: 'c' });
    expect(await approving).toMatchObject({ state: 'changed', reasons: [{ name: 'c' }] });
  });

  it('records at the next round what the log did not take', async () => {
    const { answers, fill, steps, clock, reported } = learnt();
    fill(true);
    answers(1, { model: 'b' });
    await clock.pass(1);
    fill(false);
    expect([steps(), reported]).toEqual([['learned'], ['RECORD_FAILED']]);
    await clock.pass(IDENTITY_ROUND_MS);
    expect(steps()).toEqual(['learned', 'changed']);
  });

  it('records that a model changed, however many steps of others use up the rate', () => {
    const { ledger, answers, steps } = learnt();
    for (let n = 0; n < STEPS_BURST + 5; n += 1) answers(1, { fingerprint: `fp-${n}` });
    answers(1, { model: 'b' });
    expect(steps().at(-1)).toBe('changed');
    expect(steps().filter((step) => step === 'changed')).toHaveLength(1);
    expect(ledger.list()).toMatchObject([{ state: 'changed' }]);
  });

  it('says again what stands before retention lets it go, and shows that to nobody', async () => {
    const { ledger, clock, steps } = learnt({ keptDays: 4 });
    await clock.pass(2 * DAY_MS - IDENTITY_ROUND_MS);
    expect(steps()).toEqual(['learned']);
    await clock.pass(2 * IDENTITY_ROUND_MS);
    expect(steps()).toEqual(['learned', 'restated']);
    expect(ledger.show(ALIAS)).toMatchObject({ timeline: [{ step: 'learned' }] });
    const kept = learnt();
    await kept.clock.pass(100 * DAY_MS);
    expect(kept.steps()).toEqual(['learned']);
  });

  it('records so many steps at once, and keeps so many reasons', () => {
    const { ledger, answers, steps } = learnt();
    for (let n = 0; n < STEPS_BURST + 5; n += 1) answers(1, { model: `m-${n}` });
    expect(steps()).toHaveLength(STEPS_BURST);
    expect(ledger.list()[0]?.reasons).toHaveLength(IDENTITY_REASONS_MAX);
  });

  it('follows so many models: what nobody approved and nothing speaks against makes room, oldest first', async () => {
    const { ledger, answers, clock } = learnt();
    answers(1, { model: 'b' });
    await clock.pass(1);
    for (let n = 1; n < IDENTITIES_MAX; n += 1) answers(1, {}, `m-${n}`);
    expect(ledger.list()).toHaveLength(IDENTITIES_MAX);
    await clock.pass(1);
    answers(1, {}, 'm-new');
    expect(ledger.list()).toHaveLength(IDENTITIES_MAX);
    expect(ledger.stateOf('vendor', 'alias')).toBe('changed');
    expect(ledger.stateOf('vendor', 'm-1')).toBeUndefined();
    expect(ledger.stateOf('vendor', 'm-new')).toBe('watching');
  });

  it('keeps what the files of a model were at first, and calls the model changed when they are others', async () => {
    const { ledger, log, steps } = learnt();
    ledger.digest(ALIAS, 'd1', undefined);
    ledger.digest(ALIAS, 'd1', undefined);
    expect(steps()).toEqual(['learned', 'learned']);
    const again = rig({ log });
    again.ledger.digest(ALIAS, 'd1', undefined);
    expect(again.ledger.stateOf('vendor', 'alias')).toBe('watching');
    again.ledger.digest(ALIAS, 'd2', undefined);
    expect(again.ledger.list()).toMatchObject([{ state: 'changed', reasons: [{ signal: 'digest', name: 'd2' }] }]);
    await again.ledger.approve(ALIAS, VERDICT);
    again.ledger.digest(ALIAS, 'd2', 'd1');
    expect(again.ledger.stateOf('vendor', 'alias')).toBe('approved');
    again.ledger.digest({ ...ALIAS, model: 'own' }, 'd3', 'd4');
    expect(again.ledger.stateOf('vendor', 'own')).toBe('changed');
  });

  it('takes what canaries say for what it is, of a model that answered nobody yet too', async () => {
    const approved: unknown[] = [];
    const { ledger, steps } = rig({ onApproved: (name) => approved.push(name) });
    const sign = { signal: 'canary', fromMs: 0, strength: 1, exchanges: [] } as const;
    ledger.suspect(ALIAS, [{ ...sign, weight: 'weak' }]);
    expect(ledger.stateOf('vendor', 'alias')).toBe('warned');
    ledger.suspect(ALIAS, [{ ...sign, weight: 'strong' }]);
    expect(ledger.stateOf('vendor', 'alias')).toBe('changed');
    await ledger.approve(ALIAS, VERDICT);
    expect([steps(), approved]).toEqual([['warned', 'changed', 'approved'], [ALIAS]]);
    const off = rig({ enabled: false });
    off.ledger.suspect(ALIAS, [{ ...sign, weight: 'strong' }]);
    expect(off.ledger.list()).toEqual([]);
  });

  it('follows nothing where it is switched off, or closed', () => {
    const off = learnt({ enabled: false });
    off.ledger.learn([{ record: off.closed() }]);
    expect(off.ledger.list()).toEqual([]);
    const { ledger, closed, settle, clock } = rig();
    ledger.observe(closed());
    ledger.close();
    settle();
    expect([ledger.list(), clock.pending]).toEqual([[], 0]);
  });

  it('reports a record that it fails on, once, and goes on', () => {
    const { ledger, closed, settle, reported } = rig();
    for (let n = 0; n < 2; n += 1) ledger.observe({ ...closed(), answer: null as never });
    ledger.observe(closed());
    settle();
    expect(reported).toEqual(['INTERNAL']);
    expect(ledger.list()).toHaveLength(1);
  });
});
