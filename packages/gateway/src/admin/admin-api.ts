import { ERRORS, type ErrorCode, SallyportError } from '@sallyport/core';
import type { OpenHouse } from '@sallyport/runtime';
import fastify, { type FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Listener } from '../tls/listener-tls.ts';
import { addAccess } from './access.ts';
import { addAlerts } from './alerts.ts';
import { addApprovals } from './approvals.ts';
import { addApprovalsPage } from './approvals-page.ts';
import { addApprovalsWebhook } from './approvals-webhook.ts';
import { addAuthorizations } from './authorizations.ts';
import { addBudgets } from './budgets.ts';
import { addContainments } from './containments.ts';
import { AdminDescription } from './description/admin-description.ts';
import { addDescription } from './description/serve-description.ts';
import { addExchanges } from './exchanges.ts';
import { addFeedback } from './feedback.ts';
import { CallGuard } from './guard-calls.ts';
import { addHouse } from './house.ts';
import { addIdentities } from './identities.ts';
import { addKeys } from './keys.ts';
import { addLive } from './live.ts';
import { addOperators } from './operators.ts';
import { addPrivacy } from './privacy.ts';
import { addReports } from './reports.ts';
import { addTools } from './tools.ts';

/** What holds for every answer: it is for whoever asked, and is nothing but what it says that it is. */
const SAFE_HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
};

/**
 * The listener that operators talk to, apart from the data plane. Every call takes a permission, but for the files of
 * the approvals page and what is signed instead; and a Host (and an Origin, where there is one) that names this listener, so that no page in a
 * browser can reach it by another name.
 */
export function createAdminApi(house: OpenHouse, listener: Listener): FastifyInstance {
  const { maxHeaderBytes, headersTimeoutMs, bodyTimeoutMs } = house.config.limits;
  const api = fastify({
    bodyLimit: 1_048_576,
    logger: false,
    trustProxy: false,
    serverFactory: (handler) =>
      listener.create(
        {
          maxHeaderSize: maxHeaderBytes,
          headersTimeout: headersTimeoutMs,
          requestTimeout: headersTimeoutMs + bodyTimeoutMs,
          connectionsCheckingInterval: 1_000,
        },
        handler,
      ),
  });
  const guard = new CallGuard(house, listener);
  api.setErrorHandler(async (error, request, reply) => {
    const code = codeOf(error);
    if (code === 'INTERNAL') house.report(new SallyportError('INTERNAL', { cause: error }), 'admin');
    await guard.ended(request, code);
    return reply.status(ERRORS[code].status).send(problem(code));
  });
  api.setNotFoundHandler((_request, reply) => reply.status(404).send(problem('NOT_FOUND')));
  api.addHook('onRequest', async (_request, reply) => {
    reply.headers(SAFE_HEADERS);
  });
  guard.watch(api);
  const description = new AdminDescription();
  api.addHook('onRoute', ({ method, url, config }) => description.add(method, url, config));

  addApprovalsPage(api);
  addApprovalsWebhook(api, house);
  addApprovals(api, house);
  addTools(api, house.tools);
  addAuthorizations(api, house);
  addBudgets(api, house.budgets);
  addPrivacy(api, house.content);
  addAccess(api, house);
  addKeys(api, house);
  addOperators(api, house);
  addExchanges(api, house);
  addFeedback(api, house);
  addAlerts(api, house);
  addContainments(api, house);
  addLive(api, house);
  addIdentities(api, house);
  addReports(api, house);
  addHouse(api, house);
  addDescription(api, description);
  return api;
}

function codeOf(error: unknown): ErrorCode {
  // What somebody asks for here and cannot have, such as a key that expired yesterday, is no mistake in our configuration.
  if (error instanceof SallyportError) return error.code === 'CONFIG_INVALID' ? 'BODY_SHAPE' : error.code;
  if (error instanceof z.ZodError) return 'BODY_SHAPE';
  // What the server itself turns away, such as a body that is no JSON, is the caller's mistake and not ours.
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? 'BODY_SHAPE' : 'INTERNAL';
}

function problem(code: ErrorCode) {
  return { error: { code, message: ERRORS[code].message } };
}
