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
import type { CallAbout } from './description/call-about.ts';
import * as shown from './description/shown-house.ts';
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

const READ = ['NOT_FOUND', 'CONTENT_ERASED', 'CONTENT_KEY_MISSING'] as const;
const CALLS = {
  erase: {
    id: 'eraseSubject',
    about: 'destroys the data keys of a subject: nothing that was kept of it can be read any more',
    body: eraseBody,
    answers: shown.erased,
    faults: ['CONTENT_KEY_MISSING'],
  },
  export: {
    id: 'exportSubject',
    about: 'a page of what is kept of a subject',
    body: exportBody,
    answers: shown.exported,
    faults: READ,
  },
  show: {
    id: 'showContent',
    about: 'what was captured of an exchange',
    body: showBody,
    answers: shown.shownContent,
    faults: READ,
  },
  reveal: {
    id: 'revealValue',
    about: 'a value that was redacted, by its placeholder',
    body: revealBody,
    answers: shown.revealed,
    faults: READ,
  },
  rotate: {
    id: 'rotateContentKeys',
    about: 'puts all data keys under the newest key-encryption key',
    body: rotateBody,
    answers: shown.rewrapped,
    faults: ['CONTENT_KEY_MISSING'],
  },
} as const satisfies Readonly<Record<string, CallAbout>>;

/** What operators may do with content under lock. */
export function addPrivacy(api: FastifyInstance, office: ContentOffice): void {
  api.post('/api/v1/privacy/erase', { config: { permission: 'privacy.erase', call: CALLS.erase } }, async (request) => {
    const { subject: whose, ...said } = eraseBody.parse(request.body);
    const erased = await office.erase(whose, verdictOf(request, said));
    // There was nothing that could be erased: no leaf of the log says that somebody wanted it.
    if (erased.generations === 0) {
      const { kind, id } = erased.subject;
      await callOf(request).act({ targets: [`${kind}:${id}`], reason: said.reason });
    }
    return erased;
  });
  api.post(
    '/api/v1/privacy/export',
    { config: { permission: 'privacy.export', call: CALLS.export } },
    async (request) => {
      const { subject: whose, after, ...said } = exportBody.parse(request.body);
      return unless(request, await office.exportPage({ subject: whose, after }, verdictOf(request, said)));
    },
  );
  api.post('/api/v1/privacy/show', { config: { permission: 'privacy.show', call: CALLS.show } }, async (request) => {
    const { exchange: id, ...said } = showBody.parse(request.body);
    return { exchange: id, payloads: unless(request, await office.show(id, verdictOf(request, said))) };
  });
  api.post(
    '/api/v1/privacy/reveal',
    { config: { permission: 'privacy.reveal', call: CALLS.reveal } },
    async (request) => {
      const { exchange: id, placeholder, ...said } = revealBody.parse(request.body);
      return unless(request, await office.reveal({ exchange: id, placeholder }, verdictOf(request, said)));
    },
  );
  api.post(
    '/api/v1/privacy/rotate',
    { config: { permission: 'privacy.rotate', call: CALLS.rotate } },
    async (request) => {
      return office.rewrap(verdictOf(request, rotateBody.parse(request.body)));
    },
  );
}

function verdictOf(request: FastifyRequest, { reason, via }: Pick<ContentVerdict, 'reason' | 'via'>): ContentVerdict {
  return { by: callOf(request).operator.principal, via, reason };
}

function unless<T extends object>(request: FastifyRequest, answer: T | ContentFault): T {
  if (!isFault(answer)) return answer;
  if (answer.isRecorded === true) callOf(request).toldElsewhere();
  throw new SallyportError(answer.fault);
}
