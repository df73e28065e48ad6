import { isFault, SallyportError } from '@sallyport/core';
import { type OpenHouse, WEBHOOK_DECISION } from '@sallyport/runtime';
import type { FastifyInstance } from 'fastify';
import type { CallAbout } from './description/call-about.ts';
import { takenApproval } from './description/shown-house.ts';

/** A decision and its reason; nothing else comes here. */
const BODY_MAX_BYTES = 16_384;

const TAKE: CallAbout = {
  id: 'takeDecision',
  about: 'what a human decided elsewhere, signed after Standard Webhooks',
  body: WEBHOOK_DECISION,
  answers: takenApproval,
  faults: ['NOT_FOUND', 'APPROVAL_DECIDED', 'SIGNATURE_INVALID', 'WEBHOOK_REPLAYED', 'OVERLOADED', 'RECORD_FAILED'],
};

/** Where another system brings what a human decided. Its signature stands for the operator, and is of the bytes as they come. */
export function addApprovalsWebhook(api: FastifyInstance, { approvalInbox }: Pick<OpenHouse, 'approvalInbox'>): void {
  if (approvalInbox === undefined) return;
  void api.register((signed, _options, registered) => {
    signed.removeAllContentTypeParsers();
    signed.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    const options = {
      config: { open: true, permission: 'approvals.decide' as const, call: TAKE },
      bodyLimit: BODY_MAX_BYTES,
    };
    signed.post('/api/v1/approvals/webhook', options, async ({ headers, body }) => {
      const taken = await approvalInbox.take({ headers, body: Buffer.isBuffer(body) ? body : Buffer.alloc(0) });
      if (isFault(taken)) throw new SallyportError(taken.fault);
      return { approval: taken.id, status: taken.status };
    });
    registered();
  });
}
