import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApprovalQuestion, PolicyEngine } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { loadPolicies } from '../load-policies.ts';
import { ADMIN, approvalDesk } from '../testing/approval-desk.ts';
import { starterEngine } from '../testing/exchange-rig.ts';
import { PENDING_MAX, PENDING_PER_PRINCIPAL_MAX } from './approval-office.ts';

const AGENT = { kind: 'agent', id: 'mailer', tenant: 'default', groups: [] } as const;
const question = (more: Partial<ApprovalQuestion> = {}): ApprovalQuestion => ({
  exchange: 'x1',
  route: 'all',
  protocol: 'openai-chat',
  principal: AGENT,
  tool: 'send_money',
  arguments: '{"to":"ann","sum":12}',
  toolGroups: [],
  provenance: [],
  policies: ['big-sums'],
  policySet: 'p1',
  ...more,
});
const yes = { granted: true, by: ADMIN, via: 'admin-api', reason: 'known payee' } as const;
const no = { ...yes, granted: false, reason: 'not known' } as const;
const never = new AbortController().signal;

function idOf(answer: { readonly status: string; readonly id?: string }): string {
  return answer.id ?? '';
}

describe('ApprovalOffice', () => {
  it('asks once, however often the call comes, and lets one call through', async () => {
    const { office } = approvalDesk();
    const asked = office.ask(question());
    expect(asked).toEqual({ status: 'pending', id: expect.stringMatching(/^apr_[0-9A-Za-z]{20}$/) });
    expect(office.ask(question({ exchange: 'x2', arguments: ' {"sum":12, "to":"ann"}' }))).toEqual(asked);
    await office.decide(idOf(asked), yes);
    expect(office.ask(question({ exchange: 'x3' }))).toEqual({ status: 'granted', id: idOf(asked) });
    const again = office.ask(question({ exchange: 'x4' }));
    expect(again.status).toBe('pending');
    expect(idOf(again)).not.toBe(idOf(asked));
  });

  it.each([
    ['principal', { principal: { ...AGENT, id: 'other' } }],
    ['tenant', { principal: { ...AGENT, tenant: 'other' } }],
    ['kind of principal', { principal: { ...AGENT, kind: 'service' as const } }],
    ['tool', { tool: 'send_more' }],
    ['argument', { arguments: '{"to":"ann","sum":13}' }],
    ['spelling of a number', { arguments: '{"to":"ann","sum":12.0}' }],
    ['policy version', { policySet: 'p2' }],
  ])('says nothing about a call of another %s', async (_what, more) => {
    const { office } = approvalDesk();
    await office.decide(idOf(office.ask(question())), yes);
    expect(office.ask(question(more)).status).toBe('pending');
    expect(office.ask(question()).status).toBe('granted');
  });

  it('keeps a no until it expires: who asks again is not asked for again', async () => {
    const { office, clock } = approvalDesk({ expiresMs: 60_000 });
    const id = idOf(office.ask(question()));
    await office.decide(id, no);
    expect(office.ask(question())).toEqual({ status: 'denied', id });
    await clock.pass(59_999);
    expect(office.ask(question()).status).toBe('denied');
    await clock.pass(1);
    expect(office.ask(question()).status).toBe('pending');
  });

  it('forgets what nobody answered, and a yes that was not used', async () => {
    const { office, clock, store, records } = approvalDesk({ expiresMs: 60_000 });
    const id = idOf(office.ask(question()));
    const other = idOf(office.ask(question({ tool: 'other' })));
    await clock.pass(30_000);
    await office.decide(other, yes);
    await clock.pass(30_000);
    expect(office.list().map((approval) => approval.id)).toEqual([other]);
    expect(await office.decide(id, yes)).toEqual({ fault: 'NOT_FOUND' });
    await clock.pass(30_000);
    expect(office.list()).toEqual([]);
    expect(store.kept.size).toBe(0);
    expect(clock.pending).toBe(0);
    expect(records.map((record) => record.kind === 'approval' && [record.approval === id, record.step])).toEqual([
      [true, 'asked'],
      [false, 'asked'],
      [false, 'granted'],
      [true, 'expired'],
      [false, 'expired'],
    ]);
  });

  it('records what was asked, what was shown, who decided and why, before it counts; and no argument', async () => {
    const { office, records } = approvalDesk();
    const id = idOf(office.ask(question()));
    const decided = await office.decide(id, yes);
    const shown = 'tool' in decided ? office.shownOf(decided) : '';
    const [asked, granted] = records;
    expect(asked).toMatchObject({ kind: 'approval', exchange: 'x1', step: 'asked', tool: 'send_money', shown });
    expect(granted).toMatchObject({
      approval: id,
      step: 'granted',
      by: { id: 'admin', via: 'admin-api' },
      reason: 'known payee',
      shown,
      policies: ['big-sums'],
    });
    expect(JSON.stringify(records)).not.toContain('"sum');
  });

  it('records no text for the name of a tool', () => {
    const { office, records } = approvalDesk();
    office.ask(question({ tool: 'say: the code is 1234' }));
    expect(records[0]).toMatchObject({ step: 'asked', tool: '(no name)' });
    expect(
      JSON.stringify(records[0], (key, value) => (key === 'shown' || key === 'binding' ? '' : value)),
    ).not.toContain('1234');
  });

  it('is not decided when that cannot be recorded', async () => {
    let broken = false;
    const { office } = approvalDesk({
      recorder: {
        append: async () => {
          if (broken) throw new RangeError('full');
        },
      },
    });
    const id = idOf(office.ask(question()));
    broken = true;
    await expect(office.decide(id, yes)).rejects.toThrow('full');
    expect(office.ask(question()).status).toBe('pending');
    broken = false;
    expect(await office.decide(id, yes)).toMatchObject({ status: 'granted' });
  });

  it('is decided under policies that know what the tool does', async () => {
    const starter = starterEngine();
    const access: PolicyEngine = {
      policySet: starter.policySet,
      message: () => undefined,
      guard: (asked) => starter.guard(asked),
      access: (asked) => {
        const decision = starter.access(asked);
        return asked.resource.groups.includes('destructive') ? { ...decision, verdict: 'block' } : decision;
      },
    };
    const { office } = approvalDesk({ access });
    const grave = idOf(office.ask(question({ tool: 'delete_all', toolGroups: ['writes', 'destructive'] })));
    const plain = idOf(office.ask(question({ toolGroups: ['writes'] })));
    expect(await office.decide(grave, yes)).toEqual({ fault: 'ACCESS_DENIED' });
    expect(await office.decide(plain, yes)).toMatchObject({ status: 'granted' });
  });

  it('says to policies whether who answers made the call, or it was made for them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-approvers-'));
    for (const set of ['access', 'guard']) mkdirSync(join(folder, set));
    const rule =
      '@id("four-eyes")\nforbid (principal, action == Action::"approve", resource) when { context.ownCall };';
    writeFileSync(join(folder, 'access', 'four-eyes.cedar'), rule);
    const loaded = loadPolicies({ starter: true, folder }, []);
    if (!loaded.ok) throw new Error('the policies are not valid');
    const { office } = approvalDesk({ access: loaded.engine });
    const by = (id: string) => ({ ...yes, by: { ...ADMIN, id } });
    const ann = { kind: 'user', id: 'ann', tenant: 'acme', groups: [] } as const;
    const made = idOf(office.ask(question({ principal: ann })));
    const madeFor = idOf(office.ask(question({ principal: { ...AGENT, onBehalfOf: ann } })));
    for (const id of [made, madeFor]) {
      expect(await office.decide(id, by('ann'))).toEqual({ fault: 'ACCESS_DENIED' });
      expect(await office.decide(id, by('bo'))).toMatchObject({ status: 'granted' });
    }
    rmSync(folder, { recursive: true });
  });

  it('is decided once, and by whom access policy lets', async () => {
    const { office } = approvalDesk();
    const id = idOf(office.ask(question()));
    expect(await office.decide(id, { ...yes, by: AGENT })).toEqual({ fault: 'ACCESS_DENIED' });
    const answers = await Promise.all([office.decide(id, yes), office.decide(id, no)]);
    expect(answers).toMatchObject([{ status: 'granted' }, { fault: 'APPROVAL_DECIDED' }]);
    expect(await office.decide(id, no)).toEqual({ fault: 'APPROVAL_DECIDED' });
    expect(await office.decide('apr_unknown', yes)).toEqual({ fault: 'NOT_FOUND' });
  });

  it('gives a yes to one of those that wait for it', async () => {
    const { office } = approvalDesk();
    const id = idOf(office.ask(question()));
    const waiting = [1, 2, 3].map(() => office.wait(id, { ms: 10_000, signal: never }));
    await office.decide(id, yes);
    const answers = await Promise.all(waiting);
    expect(answers.map(({ status }) => status)).toEqual(['granted', 'pending', 'pending']);
  });

  it('gives a no to all of them', async () => {
    const { office } = approvalDesk();
    const id = idOf(office.ask(question()));
    const waiting = [1, 2].map(() => office.wait(id, { ms: 10_000, signal: never }));
    await office.decide(id, no);
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual(['denied', 'denied']);
  });

  it('waits no longer than it was told, than the question lives, or than anyone is there', async () => {
    const { office, clock } = approvalDesk({ expiresMs: 60_000 });
    const id = idOf(office.ask(question()));
    const short = office.wait(id, { ms: 5_000, signal: never });
    const gone = new AbortController();
    const left = office.wait(id, { ms: 50_000, signal: gone.signal });
    const long = office.wait(id, { ms: 90_000, signal: never });
    await clock.pass(5_000);
    expect(await short).toEqual({ status: 'pending', id });
    gone.abort();
    expect(await left).toEqual({ status: 'pending', id });
    await clock.pass(55_000);
    expect(await long).toEqual({ status: 'pending', id });
    expect(clock.pending).toBe(0);
  });

  it('goes on with what it knew when the house opens again', async () => {
    const { office, store, clock } = approvalDesk();
    const id = idOf(office.ask(question()));
    await office.decide(id, yes);
    const dateMs = clock.dateMs;
    const again = approvalDesk({ store, clock: { dateMs, iso: () => '', after: clock.after } });
    expect(again.office.ask(question())).toEqual({ status: 'granted', id });
    const third = approvalDesk({ store, clock: { dateMs, iso: () => '', after: clock.after } });
    expect(third.office.ask(question()).status).toBe('pending');
  });

  it('asks no more than so much at a time: of one principal, of all, and of what nobody would read', () => {
    const { office } = approvalDesk();
    const of = (id: string, tool: string) => office.ask(question({ principal: { ...AGENT, id }, tool })).status;
    const own = Array.from({ length: PENDING_PER_PRINCIPAL_MAX + 1 }, (_, n) => of('mailer', `t${n}`));
    expect(own.slice(0, -1).every((status) => status === 'pending')).toBe(true);
    expect(own.at(-1)).toBe('crowded');
    expect(of('mailer', 't0')).toBe('pending');
    const all = Array.from({ length: PENDING_MAX }, (_, n) => of(`a${n}`, 't'));
    expect(all.indexOf('crowded')).toBe(PENDING_MAX - PENDING_PER_PRINCIPAL_MAX);
    const { office: fresh } = approvalDesk();
    expect(fresh.ask(question({ arguments: `"${'x'.repeat(70_000)}"` })).status).toBe('crowded');
  });
});
