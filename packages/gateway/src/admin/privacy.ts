import { type Fault, isFault, SallyportError, type Subject } from '@sallyport/core';
import { type ContentOffice, type ContentVerdict, parseSubject, REASON_MAX_CHARS } from '@sallyport/runtime';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { ADMIN } from './shown-approval.ts';

const about = {
  /** Kept in the audit log. */
  reason: z.string().trim().min(1).max(REASON_MAX_CHARS),
  via: z.enum(['terminal', 'admin-api']).default('admin-api'),
};
const exchange = z.string().min(1).max(200);
const subject = z.string().transform((text, context): Subject => {
  const parsed = parseSubject(text);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: 'custom', message: 'no subject' });
  return z.NEVER;
});
const eraseBody = z.strictObject({ subject, ...about });
const exportBody = z.strictObject({ subject, after: z.int().min(0).default(0), ...about });
const showBody = z.strictObject({ exchange, ...about });
const revealBody = z.strictObject({ exchange, placeholder: z.string().max(80), ...about });
const rotateBody = z.strictObject({ ...about });

/** What operators may do with content under lock. */
export function addPrivacy(api: FastifyInstance, office: ContentOffice): void {
  api.post('/api/v1/privacy/erase', async (request) => {
    const { subject: whose, ...said } = eraseBody.parse(request.body);
    return office.erase(whose, verdictOf(said));
  });
  api.post('/api/v1/privacy/export', async (request) => {
    const { subject: whose, after, ...said } = exportBody.parse(request.body);
    return unless(await office.exportPage({ subject: whose, after }, verdictOf(said)));
  });
  api.post('/api/v1/privacy/show', async (request) => {
    const { exchange: id, ...said } = showBody.parse(request.body);
    return { exchange: id, payloads: unless(await office.show(id, verdictOf(said))) };
  });
  api.post('/api/v1/privacy/reveal', async (request) => {
    const { exchange: id, placeholder, ...said } = revealBody.parse(request.body);
    return unless(await office.reveal({ exchange: id, placeholder }, verdictOf(said)));
  });
  api.post('/api/v1/privacy/rotate', async (request) => office.rewrap(verdictOf(rotateBody.parse(request.body))));
}

function verdictOf({ reason, via }: Pick<ContentVerdict, 'reason' | 'via'>): ContentVerdict {
  return { by: ADMIN, via, reason };
}

function unless<T extends object>(answer: T | Fault): T {
  if (isFault(answer)) throw new SallyportError(answer.fault);
  return answer;
}
