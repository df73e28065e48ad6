import type { SallyportError } from '@sallyport/core';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ADMIN, approvalDesk } from '../testing/approval-desk.ts';
import { ApprovalWebhook, WEBHOOK_POSTS_MAX, WEBHOOKS_WAITING_MAX, type WebhookPost } from './approval-webhook.ts';
import { webhookKey } from './webhook-signature.ts';

const SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const AGENT = { kind: 'agent', id: 'mailer', tenant: 'default', groups: ['staff'] } as const;

afterEach(() => {
  vi.useRealTimers();
});

/** An office that tells a receiver, which answers with what is in `statuses` and then with the last of it. */
function told(
  options: { statuses?: (number | Error)[]; arguments?: boolean; expiresMs?: number; stuck?: boolean } = {},
) {
  const { statuses = [200], stuck = false, expiresMs = 900_000 } = options;
  const posts: (WebhookPost & { readonly atMs: number })[] = [];
  const reports: string[] = [];
  const desk = approvalDesk({ expiresMs, onAsked: (approval) => webhook.asked(approval) });
  const webhook = new ApprovalWebhook({
    key: webhookKey(SECRET) ?? new Uint8Array(),
    arguments: options.arguments ?? false,
    post: async (message) => {
      posts.push({ ...message, atMs: desk.clock.nowMs() });
      if (stuck) return new Promise(() => undefined);
      const [status = 200] = statuses.length > 1 ? statuses.splice(0, 1) : statuses;
      if (status instanceof Error) throw status;
      return status;
    },
    get: (id) => desk.office.get(id),
    clock: desk.clock,
    report: (error: SallyportError) => reports.push(`${error.code} ${error.detail}`),
  });
  const ask = (tool = 'send_money', principal = 'mailer') => {
    const answer = desk.office.ask({
      exchange: 'x1',
      route: 'all',
      protocol: 'openai-chat',
      principal: { ...AGENT, id: principal },
      tool,
      arguments: '{"to":"ann"}',
      toolGroups: [],
      provenance: [],
      policies: ['big-sums'],
      policySet: 'p1',
      message: 'sums are looked at',
    });
    return 'id' in answer ? answer.id : '';
  };
  return { ...desk, webhook, posts, reports, ask };
}

describe('ApprovalWebhook', () => {
  it('tells of each question once, signed, and without its arguments', async () => {
    const { ask, posts, clock } = told();
    const id = ask();
    expect(ask()).toBe(id);
    await clock.pass(600_000);
    expect(posts).toHaveLength(1);
    const [{ body, headers } = { body: '', headers: {} }] = posts;
    expect(JSON.parse(body)).toEqual({
      type: 'approval.asked',
      timestamp: '2026-01-01T00:00:00.000Z',
      data: {
        approval: id,
        tool: 'send_money',
        principal: { kind: 'agent', id: 'mailer', tenant: 'default' },
        route: 'all',
        protocol: 'openai-chat',
        exchange: 'x1',
        policies: ['big-sums'],
        message: 'sums are looked at',
        askedAt: '2026-01-01T00:00:00.000Z',
        expiresAt: '2026-01-01T00:15:00.000Z',
      },
    });
    expect(headers).toMatchObject({ 'webhook-id': id.replace('apr_', 'msg_') });
    vi.setSystemTime('2026-01-01T00:00:01Z');
    expect(new Webhook(SECRET).verify(body, headers as Record<string, string>)).toMatchObject({
      type: 'approval.asked',
    });
  });

  it('tells the arguments where it was asked to', () => {
    const { ask, posts } = told({ arguments: true });
    ask();
    expect(JSON.parse(posts[0]?.body ?? '').data.arguments).toBe('{"to":"ann"}');
  });

  it('tries again, with the same id and longer pauses, until it is taken', async () => {
    const { ask, posts, clock, reports } = told({ statuses: [new Error('refused'), 500, 302, 429, 204] });
    const id = ask();
    await clock.pass(900_000);
    expect(posts.map(({ atMs }) => atMs)).toEqual([0, 1_000, 3_000, 7_000, 15_000]);
    expect(new Set(posts.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(posts.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(5);
    expect(reports).toEqual([`WEBHOOK_FAILED approval \`${id}\`: no answer, trying again`]);
  });

  it('gives up when the question would be over, or the receiver is gone for good; and says so', async () => {
    const late = told({ statuses: [503], expiresMs: 60_000 });
    const id = late.ask();
    await late.clock.pass(900_000);
    expect(late.posts.map(({ atMs }) => atMs)).toEqual([0, 1_000, 3_000, 7_000, 15_000, 31_000]);
    expect(late.reports.at(-1)).toBe(`WEBHOOK_FAILED approval \`${id}\`: status 503, given up after 6`);
    const gone = told({ statuses: [410] });
    gone.ask();
    await gone.clock.pass(900_000);
    expect(gone.posts).toHaveLength(1);
    expect(gone.reports).toHaveLength(1);
  });

  it('says nothing more of what was decided meanwhile', async () => {
    const { ask, posts, clock, office } = told({ statuses: [500] });
    const id = ask();
    await clock.pass(500);
    await office.decide(id, { granted: false, by: ADMIN, via: 'page', reason: '' });
    await clock.pass(600_000);
    expect(posts).toHaveLength(1);
  });

  it('holds nobody up when the receiver hangs, and keeps no more than so many', async () => {
    const { ask, posts, reports, clock, webhook } = told({ stuck: true });
    const ids = Array.from({ length: WEBHOOKS_WAITING_MAX }, (_, n) => ask('t', `a${n}`));
    await clock.pass(0);
    expect(ids.every((id) => id !== '')).toBe(true);
    expect(posts).toHaveLength(WEBHOOK_POSTS_MAX);
    webhook.asked({ id: 'apr_one_more', exchange: 'x2' });
    expect(reports).toEqual(['WEBHOOK_FAILED approval `apr_one_more`: too many wait to be told']);
  });

  it('ends with the house', async () => {
    const { ask, posts, clock, webhook } = told({ statuses: [500] });
    ask();
    await clock.pass(0);
    webhook.close();
    ask('another');
    await clock.pass(600_000);
    expect(posts).toHaveLength(1);
  });
});
