import { timingSafeEqual } from 'node:crypto';
import { ERRORS, type ErrorCode, isFault, SallyportError } from '@sallyport/core';
import { type OpenHouse, OVERLAP_MAX_MS, REASON_MAX_CHARS, scopeSchema } from '@sallyport/runtime';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Listener } from '../tls/listener-tls.ts';
import { addAccess } from './access.ts';
import { addApprovalsPage } from './approvals-page.ts';
import { addApprovalsWebhook } from './approvals-webhook.ts';
import { addBudgets } from './budgets.ts';
import { addPrivacy } from './privacy.ts';
import { ADMIN, shownApproval } from './shown-approval.ts';
import { addTools } from './tools.ts';

/** Longest page of exchanges that is answered. */
export const EXCHANGES_PAGE_MAX = 200;

const keyBody = z.strictObject({
  name: z.string().min(1).max(63),
  tenant: z.string().min(1).max(63).default('default'),
  groups: z.array(z.string().min(1).max(63)).max(64).default([]),
  kind: z.enum(['user', 'service', 'agent']).default('service'),
  scope: scopeSchema.exactOptional(),
  expiresAt: z.iso.datetime({ offset: true }).exactOptional(),
  /** SHA-256 of a client certificate, base64url. */
  certificate: z
    .string()
    .regex(/^[A-Za-z0-9_-]{43}$/)
    .exactOptional(),
});
const rotationBody = z.strictObject({
  /** How long the old secret works beside the new one. */
  overlapMs: z.number().int().min(0).max(OVERLAP_MAX_MS),
  expiresAt: z.iso.datetime({ offset: true }).exactOptional(),
});
const verdictBody = z.strictObject({
  granted: z.boolean(),
  /** Kept in the audit log. */
  reason: z.string().max(REASON_MAX_CHARS).default(''),
  via: z.enum(['terminal', 'admin-api']).default('admin-api'),
});
const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(EXCHANGES_PAGE_MAX).default(50),
  before: z.coerce.number().int().min(0).optional(),
});

/** What holds for every answer: it is for whoever asked, and is nothing but what it says that it is. */
const SAFE_HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
};

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answered without the admin token. */
    readonly open?: boolean;
  }
}

/**
 * The listener that operators talk to, apart from the data plane. Every call needs the admin token, but for the files of
 * the approvals page and what is signed instead; and a Host (and an Origin, where there is one) that names this listener, so that no page in a
 * browser can reach it by another name.
 */
export function createAdminApi(house: OpenHouse, listener: Listener): FastifyInstance {
  const api = fastify({
    bodyLimit: 1_048_576,
    logger: false,
    trustProxy: false,
    serverFactory: (handler) => listener.create({}, handler),
  });
  api.setErrorHandler((error, _request, reply) => {
    const code = codeOf(error);
    if (code === 'INTERNAL') house.report(new SallyportError('INTERNAL', { cause: error }), 'admin');
    return reply.status(ERRORS[code].status).send(problem(code));
  });
  api.setNotFoundHandler((_request, reply) => reply.status(404).send(problem('NOT_FOUND')));
  api.addHook('onRequest', async (request, reply) => {
    reply.headers(SAFE_HEADERS);
    if (!addressedHere(request, house.config.admin, listener.scheme))
      return reply.status(403).send(problem('ACCESS_DENIED'));
    if (request.routeOptions.config.open !== true && !authorized(request, house)) {
      return reply.status(401).send(problem('KEY_INVALID'));
    }
    return undefined;
  });

  addApprovalsPage(api);
  addApprovalsWebhook(api, house);
  addTools(api, house.tools);
  addBudgets(api, house.budgets);
  addPrivacy(api, house.content);
  addAccess(api, house);
  api.get('/api/v1/status', () => house.status());
  api.get('/api/v1/policies', () => house.policyReport());
  api.get('/api/v1/keys', () => ({ keys: house.keys.list() }));
  api.post('/api/v1/keys', (request, reply) => {
    const { name, kind, tenant, groups, ...terms } = keyBody.parse(request.body);
    return reply.status(201).send(house.keys.create({ name, kind, tenant, groups, terms }));
  });
  api.post<{ Params: { name: string } }>('/api/v1/keys/:name/rotate', (request) => {
    const rotated = house.keys.rotate(request.params.name, rotationBody.parse(request.body));
    if (rotated === undefined) throw new SallyportError('NOT_FOUND');
    return rotated;
  });
  api.delete<{ Params: { name: string } }>('/api/v1/keys/:name', (request) => {
    if (!house.keys.revoke(request.params.name)) throw new SallyportError('NOT_FOUND');
    return { name: request.params.name, revoked: true };
  });
  api.get('/api/v1/approvals', () => ({ approvals: house.approvals.list().map(shownApproval) }));
  api.get<{ Params: { id: string } }>('/api/v1/approvals/:id', (request) => {
    const approval = house.approvals.get(request.params.id);
    if (approval === undefined) throw new SallyportError('NOT_FOUND');
    return shownApproval(approval);
  });
  api.post<{ Params: { id: string } }>('/api/v1/approvals/:id', async (request) => {
    const verdict = verdictBody.parse(request.body);
    // A browser says with every such request which page it comes from, and only ours gets this far.
    const via = request.headers.origin === undefined ? verdict.via : 'page';
    const decided = await house.approvals.decide(request.params.id, { ...verdict, by: ADMIN, via });
    if (isFault(decided)) throw new SallyportError(decided.fault);
    return shownApproval(decided);
  });
  api.get('/api/v1/exchanges', (request) => house.exchanges(pageQuery.parse(request.query)));
  api.get<{ Params: { id: string } }>('/api/v1/exchanges/:id', (request) => {
    const records = house.exchange(request.params.id);
    if (records.length === 0) throw new SallyportError('NOT_FOUND');
    return { exchange: request.params.id, records };
  });
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

function authorized({ headers }: FastifyRequest, house: OpenHouse): boolean {
  const [scheme = '', token = ''] = (headers.authorization ?? '').split(' ');
  if (scheme.toLowerCase() !== 'bearer' || token === '' || token.length > 512) return false;
  const fixed = house.config.admin.token?.reveal();
  return fixed === undefined ? house.isAdminToken(token) : equal(token, fixed);
}

function equal(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** DNS rebinding and cross-site requests arrive under another name than the listener's own. */
function addressedHere(
  { headers }: FastifyRequest,
  { host, port, names: more }: OpenHouse['config']['admin'],
  scheme: Listener['scheme'],
): boolean {
  const names = new Set([host, 'localhost', '127.0.0.1', '[::1]']);
  const before = `${scheme}://`;
  const usual = scheme === 'https' ? 443 : 80;
  const fits = (authority: string) => {
    const url = URL.canParse(`${before}${authority}`) ? new URL(`${before}${authority}`) : undefined;
    if (url === undefined) return false;
    // Behind a name of its own there may be a port of its own: what stands before the gateway maps it.
    if (more.some((name) => name.toLowerCase() === url.hostname)) return true;
    return names.has(url.hostname) && (port === 0 || Number(url.port || usual) === port);
  };
  if (!fits(headers.host ?? '')) return false;
  const { origin } = headers;
  return origin === undefined || (origin.startsWith(before) && fits(origin.slice(before.length)));
}
