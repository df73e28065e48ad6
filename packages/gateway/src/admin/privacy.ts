import { isFault, SallyportError, type Subject } from '@sallyport/core';
import {
  type ContentFault,
  type ContentOffice,
  type ContentVerdict,
  parseSubject,
  REASON_MAX_CHARS,
} from '@sallyport/runtime';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { callOf } from './guard-calls.ts';
import { OPERATOR_WORDS } from './operator-words.ts';

/** Whoever reads or destroys content says why. */
const about = { ...OPERATOR_WORDS, reason: z.string().trim().min(1).max(REASON_MAX_CHARS) };
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
  api.post('/api/v1/privacy/erase', { config: { permission: 'privacy.erase' } }, async (request) => {
    const { subject: whose, ...said } = eraseBody.parse(request.body);
    const erased = await office.erase(whose, verdictOf(request, said));
    // There was nothing that could be erased: no leaf of the log says that somebody wanted it.
    if (erased.generations === 0) {
      const { kind, id } = erased.subject;
      await callOf(request).act({ targets: [`${kind}:${id}`], reason: said.reason });
    }
    return erased;
  });
  api.post('/api/v1/privacy/export', { config: { permission: 'privacy.export' } }, async (request) => {
    const { subject: whose, after, ...said } = exportBody.parse(request.body);
    return unless(request, await office.exportPage({ subject: whose, after }, verdictOf(request, said)));
  });
  api.post('/api/v1/privacy/show', { config: { permission: 'privacy.show' } }, async (request) => {
    const { exchange: id, ...said } = showBody.parse(request.body);
    return { exchange: id, payloads: unless(request, await office.show(id, verdictOf(request, said))) };
  });
  api.post('/api/v1/privacy/reveal', { config: { permission: 'privacy.reveal' } }, async (request) => {
    const { exchange: id, placeholder, ...said } = revealBody.parse(request.body);
    return unless(request, await office.reveal({ exchange: id, placeholder }, verdictOf(request, said)));
  });
  api.post('/api/v1/privacy/rotate', { config: { permission: 'privacy.rotate' } }, async (request) => {
    return office.rewrap(verdictOf(request, rotateBody.parse(request.body)));
  });
}

function verdictOf(request: FastifyRequest, { reason, via }: Pick<ContentVerdict, 'reason' | 'via'>): ContentVerdict {
  return { by: callOf(request).operator.principal, via, reason };
}

function unless<T extends object>(request: FastifyRequest, answer: T | ContentFault): T {
  if (!isFault(answer)) return answer;
  if (answer.isRecorded === true) callOf(request).toldElsewhere();
  throw new SallyportError(answer.fault);
}
