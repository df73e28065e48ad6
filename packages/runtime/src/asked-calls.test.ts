import { setImmediate as nextTurn } from 'node:timers/promises';
import { containedEngine, type PolicyEngine } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { HI } from './testing/answer-texts.ts';
import { ADMIN, approvalDesk, type Desk } from './testing/approval-desk.ts';
import { cut, DONE, eventOf, requestBody, textIn } from './testing/chat-wire.ts';
import { ExchangeRig, type RigOptions, type Seen, starterEngine } from './testing/exchange-rig.ts';

const ARGS = '{"to":"ann","sum":12}';
const call = (index: number, name: string, args: string) =>
  eventOf({
    delta: { tool_calls: [{ index, id: `call_${index}`, type: 'function', function: { name, arguments: args } }] },
  });
const END = eventOf({ delta: {}, finish: 'tool_calls' }) + DONE;
const PAYING = call(0, 'send_money', ARGS) + END;
const yes = { granted: true, by: ADMIN, via: 'admin-api', reason: '' } as const;
const no = { ...yes, granted: false } as const;

/** The starter policies, and one that leaves payments to a human. */
function asking(): PolicyEngine {
  const engine = starterEngine();
  return {
    policySet: engine.policySet,
    message: () => 'payments are looked at',
    access: (question) => engine.access(question),
    guard: (question) => {
      const decision = engine.guard(question);
      const asks = question.point === 'tool-call' && question.resource.id.startsWith('send_money');
      return asks && decision.verdict === 'allow'
        ? { ...decision, verdict: 'ask', policies: [...decision.policies, 'payments'] }
        : decision;
    },
  };
}

function rigFor({ office, clock }: Desk, more: RigOptions = {}) {
  return new ExchangeRig({ engine: asking(), approvals: office, nowMs: clock.nowMs, after: clock.after, ...more });
}

const bytes = (wire: string) => cut(Buffer.from(wire), [80]);
const decidedOf = (seen: Seen) => seen.records.filter(({ kind }) => kind === 'decided');

describe('a tool call that policy leaves to a human', () => {
  it('ends the answer at once where the route does not wait, and says what waits', async () => {
    const desk = approvalDesk();
    const seen = await rigFor(desk).exchange({ body: HI, answer: bytes(PAYING) });
    const [pending] = desk.office.list();
    expect(seen.end).toBe('whole');
    expect(seen.text).not.toContain('send_money');
    expect(seen.text).toContain(`Approval required: a person has to allow this first (approval ${pending?.id})`);
    expect(pending).toMatchObject({ tool: 'send_money', arguments: ARGS, exchange: 'x1', policies: ['payments'] });
    expect(seen.cut).toBe(true);
    expect(decidedOf(seen)).toMatchObject([{ effect: 'ask', approval: { status: 'pending', id: pending?.id } }]);
    expect(seen.records.at(-1)).toMatchObject({ kind: 'closed', outcome: 'refused', effect: 'ask' });
  });

  it('goes through once when it was allowed and comes again, in another exchange, streamed or whole', async () => {
    const desk = approvalDesk();
    const rig = rigFor(desk);
    for (const contentType of ['text/event-stream', 'application/json']) {
      const message = {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c', type: 'function', function: { name: 'send_money', arguments: ARGS } }],
      };
      const json = JSON.stringify({ id: 'c', choices: [{ index: 0, message, finish_reason: 'tool_calls' }] });
      const wire = contentType === 'application/json' ? json : PAYING;
      const ask = { body: requestBody('pay ann'), answer: [Buffer.from(wire)], contentType };
      const first = await rig.exchange(ask);
      expect(first.text).toContain('Approval required');
      const id = desk.office.list()[0]?.id ?? '';
      await desk.office.decide(id, yes);
      const second = await rig.exchange(ask);
      expect(second.text).toBe(wire);
      expect(decidedOf(second)).toMatchObject([{ effect: 'allow', approval: { status: 'granted', id } }]);
      expect(JSON.stringify(decidedOf(second))).toContain('"verdict":"ask"');
      expect((await rig.exchange(ask)).text).toContain('Approval required');
      await desk.office.decide(desk.office.list()[0]?.id ?? '', no);
      const last = await rig.exchange(ask);
      expect(last.text).toContain('A person declined this call');
      expect(last.records.at(-1)).toMatchObject({ effect: 'block' });
      await desk.clock.pass(900_000);
    }
  });

  it('waits for the human as long as the route says; what came before it is out, what comes behind it waits', async () => {
    const desk = approvalDesk();
    const rig = rigFor(desk, { approvalHoldMs: 30_000, hold: { heartbeatMs: 10_000 } });
    const before = eventOf({ delta: { content: 'I will pay. ' } });
    const wire = before + PAYING;
    let soFar = '';
    const exchange = rig.exchange({
      body: HI,
      answer: bytes(wire),
      onBytes: (all) => {
        soFar = all.toString();
        return true;
      },
    });
    await desk.clock.pass(25_000);
    expect(soFar).toContain('I will pay.');
    expect(soFar).toContain('\n: ');
    expect(soFar).not.toContain('send_money');
    await desk.office.decide(desk.office.list()[0]?.id ?? '', yes);
    const seen = await exchange;
    expect(seen.text.replaceAll(/^: .*\n\n/gm, '')).toBe(wire);
    expect(seen.records.at(-1)).toMatchObject({ outcome: 'completed' });
  });

  it('stays where it is, whatever the human says, when the tool was isolated while it waited', async () => {
    const desk = approvalDesk();
    let isIsolated = false;
    const containments = {
      version: 0,
      holding: (action: string, { resource }: { readonly resource?: { readonly id: string } | undefined }) =>
        isIsolated && action === 'isolate' && resource?.id === 'send_money' ? 'iso_1' : undefined,
      throttled: () => undefined,
    };
    const engine = containedEngine(asking(), containments);
    const rig = rigFor(desk, { engine, approvalHoldMs: 30_000 });
    const exchange = rig.exchange({ body: HI, answer: bytes(PAYING) });
    await desk.clock.pass(5_000);
    isIsolated = true;
    await desk.office.decide(desk.office.list()[0]?.id ?? '', yes);
    const seen = await exchange;
    expect(seen.text).not.toContain('"sum');
    expect(JSON.stringify(decidedOf(seen))).toContain('isolation:iso_1');
    expect(seen.records.at(-1)).toMatchObject({ kind: 'closed', outcome: 'refused', effect: 'block' });
  });

  it('keeps nothing back that came before it, even in the same piece of the answer', async () => {
    const desk = approvalDesk();
    const rig = rigFor(desk, { approvalHoldMs: 30_000 });
    const wire = eventOf({ delta: { content: 'I will pay. ' } }) + PAYING;
    let soFar = '';
    const exchange = rig.exchange({
      body: HI,
      answer: [Buffer.from(wire)],
      onBytes: (all) => {
        soFar = all.toString();
        return true;
      },
    });
    await nextTurn();
    expect(textIn(soFar)).toBe('I will pay. ');
    expect(soFar).not.toContain('send_money');
    await desk.office.decide(desk.office.list()[0]?.id ?? '', yes);
    expect((await exchange).text).toBe(wire);
  });

  it('is refused when nobody answers in time, and blocked when the human says no', async () => {
    const desk = approvalDesk();
    const rig = rigFor(desk, { approvalHoldMs: 30_000 });
    const late = rig.exchange({ body: HI, answer: bytes(PAYING) });
    await desk.clock.pass(30_000);
    const seen = await late;
    expect(seen.text).toContain('Approval required');
    const denied = rig.exchange({ body: HI, answer: bytes(PAYING) });
    await nextTurn();
    await desk.office.decide(desk.office.list()[0]?.id ?? '', no);
    const refused = await denied;
    expect(refused.text).toContain('A person declined this call');
    expect(refused.text).not.toContain('send_money');
    expect(decidedOf(refused)).toMatchObject([{ effect: 'block', approval: { status: 'denied' } }]);
  });

  it('lets nothing of an answer out in which one of several calls is not allowed', async () => {
    const desk = approvalDesk();
    const rig = rigFor(desk, { approvalHoldMs: 30_000 });
    const wire = call(0, 'send_money', ARGS) + call(1, 'send_money_abroad', ARGS) + END;
    const exchange = rig.exchange({ body: HI, answer: [Buffer.from(wire)] });
    await nextTurn();
    const [one, other] = desk.office.list();
    await desk.office.decide(one?.id ?? '', yes);
    await desk.office.decide(other?.id ?? '', no);
    const seen = await exchange;
    expect(seen.text).not.toContain('send_money_abroad');
    expect(seen.records.at(-1)).toMatchObject({ outcome: 'refused', effect: 'block' });
  });

  it('is asked about as it would be made, with the values that stand behind placeholders', async () => {
    const desk = approvalDesk();
    const wire = call(0, 'send_money', '{"to":"[EMAIL_1]"}') + END;
    await rigFor(desk).exchange({ body: requestBody('pay joe@example.com'), answer: bytes(wire) });
    await rigFor(desk).exchange({ body: requestBody('pay eve@example.com'), answer: bytes(wire) });
    const asked = desk.office.list().map(({ arguments: made }) => made);
    expect(asked).toEqual(['{"to":"joe@example.com"}', '{"to":"eve@example.com"}']);
  });

  it('is blocked when so much waits that nobody can be asked', async () => {
    const rig = rigFor(approvalDesk(), {
      approvals: { ask: () => ({ status: 'crowded' }), wait: async () => ({ status: 'crowded' }) },
    });
    const seen = await rig.exchange({ body: HI, answer: bytes(PAYING) });
    expect(seen.text).toContain('Blocked by policy');
    expect(decidedOf(seen)).toMatchObject([{ effect: 'block', approval: { status: 'crowded' } }]);
    expect(JSON.stringify(seen.records.at(-1))).toContain('posture:approvals-crowded');
  });

  it('is given up when the client goes while a human is asked, and the yes stays for when it comes again', async () => {
    const desk = approvalDesk();
    const rig = rigFor(desk, { approvalHoldMs: 30_000, hold: { heartbeatMs: 10_000 } });
    const exchange = rig.exchange({ body: HI, answer: bytes(PAYING), onBytes: () => false });
    await desk.clock.pass(10_000);
    const seen = await exchange;
    expect(seen.end).toBe('gone');
    expect(seen.records.at(-1)).toMatchObject({ kind: 'closed', outcome: 'client-aborted' });
    expect(seen.errors).toEqual([]);
    await desk.office.decide(desk.office.list()[0]?.id ?? '', yes);
    expect((await rig.exchange({ body: HI, answer: bytes(PAYING) })).text).toBe(PAYING);
  });
});
