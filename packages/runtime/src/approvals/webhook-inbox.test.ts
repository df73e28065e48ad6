import { SallyportError } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { approvalDesk } from '../testing/approval-desk.ts';
import { MESSAGES_REMEMBERED_MAX, WebhookInbox } from './webhook-inbox.ts';
import { signWebhook, WEBHOOK_TOLERANCE_MS, webhookKey } from './webhook-signature.ts';

const key = webhookKey(`whsec_${Buffer.alloc(32, 1).toString('base64')}`) ?? new Uint8Array();

function inbox(options: Parameters<typeof approvalDesk>[0] = {}) {
  const desk = approvalDesk(options);
  const box = new WebhookInbox({ key, office: desk.office, nowMs: desk.clock.dateMs });
  const answer = desk.office.ask({
    exchange: 'x1',
    route: 'all',
    protocol: 'openai-chat',
    principal: { kind: 'agent', id: 'mailer', tenant: 'default', groups: [] },
    tool: 'send_money',
    arguments: '{}',
    toolGroups: [],
    provenance: [],
    policies: ['big-sums'],
    policySet: 'p1',
  });
  const approval = 'id' in answer ? answer.id : '';
  const take = (id: string, body: unknown, atMs = desk.clock.dateMs()) => {
    const bytes = new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body));
    return box.take({ headers: signWebhook(key, { id, atMs, body: bytes }), body: bytes });
  };
  return { ...desk, approval, box, take };
}

describe('WebhookInbox', () => {
  it('brings what a human said elsewhere to the office, in their name', async () => {
    const { take, approval, records } = inbox();
    expect(await take('m1', { approval, granted: true, reason: 'known', by: 'ann@example.com' })).toMatchObject({
      status: 'granted',
      decided: { by: 'ann@example.com', via: 'webhook', reason: 'known' },
    });
    expect(records.at(-1)).toMatchObject({ step: 'granted', by: { id: 'ann@example.com', via: 'webhook' } });
  });

  it('takes a message once', async () => {
    const { take, approval, clock } = inbox();
    const body = { approval: 'apr_none', granted: true, by: 'ann' };
    const atMs = clock.dateMs();
    expect(await take('m1', body, atMs)).toEqual({ fault: 'NOT_FOUND' });
    expect(await take('m1', body, atMs)).toEqual({ fault: 'WEBHOOK_REPLAYED' });
    await clock.pass(WEBHOOK_TOLERANCE_MS);
    expect(await take('m1', { ...body, approval }, atMs)).toEqual({ fault: 'WEBHOOK_REPLAYED' });
    await clock.pass(1);
    expect(await take('m1', { ...body, approval }, atMs)).toEqual({ fault: 'SIGNATURE_INVALID' });
  });

  it('takes it again when it could not be recorded', async () => {
    let broken = false;
    const { take, approval } = inbox({
      recorder: {
        append: async () => {
          if (broken) throw new SallyportError('RECORD_FAILED');
        },
      },
    });
    broken = true;
    const body = { approval, granted: true, by: 'ann' };
    await expect(take('m1', body)).rejects.toThrow('audit log');
    broken = false;
    expect(await take('m1', body)).toMatchObject({ status: 'granted' });
  });

  it('takes nothing that is not signed, before it reads any of it', async () => {
    const { box } = inbox();
    expect(await box.take({ headers: {}, body: new Uint8Array() })).toEqual({ fault: 'SIGNATURE_INVALID' });
  });

  it.each([
    ['no JSON', '{'],
    ['no decision', { approval: 'apr_x', by: 'ann' }],
    ['a decision that is no yes or no', { approval: 'apr_x', granted: 'yes', by: 'ann' }],
    ['nobody who decides', { approval: 'apr_x', granted: true }],
    ['a name of several lines', { approval: 'apr_x', granted: true, by: 'ann\nbob' }],
    ['groups of its own', { approval: 'apr_x', granted: true, by: 'ann', groups: ['admins'] }],
    ['a long reason', { approval: 'apr_x', granted: true, by: 'ann', reason: 'x'.repeat(501) }],
    ['what we send ourselves', { type: 'approval.asked', timestamp: '', data: { approval: 'apr_x' } }],
  ])('takes nothing with %s', async (_what, body) => {
    const { take } = inbox();
    expect(await take('m1', body)).toEqual({ fault: 'BODY_SHAPE' });
  });

  it('remembers no more than so many messages, and forgets those that are too old to come again', async () => {
    const { take, clock } = inbox();
    const body = { approval: 'apr_none', granted: true, by: 'ann' };
    for (let n = 0; n < MESSAGES_REMEMBERED_MAX; n += 1) await take(`m${n}`, body);
    expect(await take('one-more', body)).toEqual({ fault: 'OVERLOADED' });
    await clock.pass(WEBHOOK_TOLERANCE_MS + 1);
    expect(await take('one-more', body)).toEqual({ fault: 'NOT_FOUND' });
  });
});
