import { CATEGORIES, FEEDBACK_VERDICTS, isFault, SallyportError, type StoredFeedback } from '@sallyport/core';
import type { OpenHouse } from '@sallyport/runtime';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { type CallAbout, pageSchema } from './description/call-about.ts';
import { shownFeedback } from './description/shown-traffic.ts';
import { callOf } from './guard-calls.ts';
import { REASON } from './operator-words.ts';
import { PAGE_QUERY, pageOf } from './paging.ts';

const exchange = z.string().min(1).max(200);
const giveBody = z.strictObject({
  exchange,
  verdict: z.enum(FEEDBACK_VERDICTS),
  category: z.enum(CATEGORIES).exactOptional(),
  reason: REASON,
});
const undoBody = z.strictObject({ exchange, reason: REASON });

const CALLS = {
  list: {
    id: 'listFeedback',
    about: 'exchanges that were judged wrongly, as operators said, the newest first',
    query: PAGE_QUERY,
    answers: pageSchema('feedback', shownFeedback),
    faults: ['NOT_FOUND'],
  },
  give: {
    id: 'giveFeedback',
    about: 'says that an exchange was judged wrongly',
    body: giveBody,
    answers: shownFeedback,
    faults: ['NOT_FOUND'],
  },
  undo: {
    id: 'undoFeedback',
    about: 'takes back what was said of an exchange',
    body: undoBody,
    answers: shownFeedback,
    faults: ['NOT_FOUND'],
  },
} as const satisfies Readonly<Record<string, CallAbout>>;

/** Which exchanges operators say were judged wrongly. No content comes in or goes out. */
export function addFeedback(api: FastifyInstance, { feedback }: Pick<OpenHouse, 'feedback'>): void {
  api.get('/api/v1/feedback', { config: { permission: 'feedback.read', call: CALLS.list } }, (request) => {
    const { items, ...more } = pageOf(feedback.list(), ({ exchange: id }) => id, PAGE_QUERY.parse(request.query));
    return { feedback: items, ...more };
  });
  api.post(
    '/api/v1/feedback',
    { config: { permission: 'feedback.give', call: CALLS.give } },
    async (request): Promise<StoredFeedback> => {
      const { reason, ...said } = giveBody.parse(request.body);
      const call = callOf(request);
      const by = call.operator.principal.id;
      const given = await feedback.give({ ...said, by }, (targets) => call.act({ targets, reason }));
      if (isFault(given)) throw new SallyportError(given.fault);
      return given;
    },
  );
  api.post(
    '/api/v1/feedback/undo',
    { config: { permission: 'feedback.undo', call: CALLS.undo } },
    async (request): Promise<StoredFeedback> => {
      const { exchange: about, reason } = undoBody.parse(request.body);
      const undone = await feedback.undo(about, (targets) => callOf(request).act({ targets, reason }));
      if (isFault(undone)) throw new SallyportError(undone.fault);
      return undone;
    },
  );
}
