import type { Fault, StoredApproval } from '@sallyport/core';
import { z } from 'zod';
import { type ApprovalOffice, REASON_MAX_CHARS } from './approval-office.ts';
import { type SignedBody, verifyWebhook, WEBHOOK_TOLERANCE_MS } from './webhook-signature.ts';

/** Messages that are remembered so that none counts twice; only who has the secret can fill it. */
export const MESSAGES_REMEMBERED_MAX = 10_000;
/** Whoever answers through the webhook is one of them. */
const APPROVERS = 'approvers';

/** What a signed message says. */
export const WEBHOOK_DECISION = z.strictObject({
  approval: z.string().max(64),
  granted: z.boolean(),
  reason: z.string().max(REASON_MAX_CHARS).default(''),
  /** Who said so, by the name that the other system knows them by. */
  by: z.string().regex(/^[\w.@+-]{1,128}$/),
});

export interface WebhookInboxParts {
  readonly key: Uint8Array;
  readonly office: Pick<ApprovalOffice, 'decide'>;
  readonly nowMs: () => number;
}

/** Takes answers of humans from another system: what is signed, new and heard the first time goes to the office. */
export class WebhookInbox {
  readonly #parts: WebhookInboxParts;
  /** Ids of messages by when they are too old to be taken anyway. */
  readonly #heard = new Map<string, number>();

  constructor(parts: WebhookInboxParts) {
    this.#parts = parts;
  }

  /**
   * @returns the approval, or `SIGNATURE_INVALID`, `WEBHOOK_REPLAYED`, `OVERLOADED`, `BODY_SHAPE`, and what the office says
   * @throws {SallyportError} `RECORD_FAILED`: the same message may come again
   */
  async take(signed: Omit<SignedBody, 'nowMs'>): Promise<StoredApproval | Fault> {
    const nowMs = this.#parts.nowMs();
    const message = verifyWebhook(this.#parts.key, { ...signed, nowMs });
    if (message === undefined) return { fault: 'SIGNATURE_INVALID' };
    const { id, atMs } = message;
    this.#forget(nowMs);
    if (this.#heard.has(id)) return { fault: 'WEBHOOK_REPLAYED' };
    if (this.#heard.size >= MESSAGES_REMEMBERED_MAX) return { fault: 'OVERLOADED' };
    const said = WEBHOOK_DECISION.safeParse(parsed(signed.body));
    this.#heard.set(id, atMs + WEBHOOK_TOLERANCE_MS);
    if (!said.success) return { fault: 'BODY_SHAPE' };
    const { approval, granted, reason, by } = said.data;
    const principal = { kind: 'user', id: by, tenant: 'default', groups: [APPROVERS] } as const;
    try {
      return await this.#parts.office.decide(approval, { granted, reason, by: principal, via: 'webhook' });
    } catch (error) {
      // It did not count: its sender tries again with the same id.
      this.#heard.delete(id);
      throw error;
    }
  }

  #forget(nowMs: number): void {
    for (const [id, untilMs] of this.#heard) if (untilMs < nowMs) this.#heard.delete(id);
  }
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}
