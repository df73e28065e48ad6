import { SallyportError } from '@sallyport/core';
import type { Config } from '../config/index.ts';
import { ApprovalOffice, type ApprovalOfficeParts } from './approval-office.ts';
import { ApprovalWebhook } from './approval-webhook.ts';
import { createWebhookClient } from './webhook-client.ts';
import { WebhookInbox } from './webhook-inbox.ts';
import { webhookKey } from './webhook-signature.ts';

/** The office with its doors to another system, where configuration names one. */
export interface ApprovalRoom {
  readonly office: ApprovalOffice;
  readonly inbox: WebhookInbox | undefined;
  close(): Promise<void>;
}

/** @throws {SallyportError} `CONFIG_INVALID` when the webhook's secret holds no key */
export function openApprovalRoom(
  { expiresMs, webhook }: Config['approvals'],
  parts: Omit<ApprovalOfficeParts, 'expiresMs' | 'onAsked'>,
): ApprovalRoom {
  if (webhook === undefined) {
    const office = new ApprovalOffice({ ...parts, expiresMs });
    return { office, inbox: undefined, close: async () => office.close() };
  }
  const client = createWebhookClient(webhook.url);
  const { arguments: withArguments } = webhook;
  const key = webhookKey(webhook.secret.reveal());
  if (key === undefined) throw new SallyportError('CONFIG_INVALID', { detail: 'approvals.webhook.secret' });
  const office = new ApprovalOffice({ ...parts, expiresMs, onAsked: (approval) => outbox.asked(approval) });
  const outbox = new ApprovalWebhook({
    key,
    arguments: withArguments,
    post: (message) => client.post(message),
    get: (id) => office.get(id),
    clock: parts.clock,
    report: parts.report,
  });
  // Whether these were told before the last stop is not known: the receiver knows a message again by its id.
  for (const approval of office.list()) outbox.asked(approval);
  const close = async () => {
    office.close();
    outbox.close();
    await client.close();
  };
  return { office, inbox: new WebhookInbox({ key, office, nowMs: parts.clock.dateMs }), close };
}
