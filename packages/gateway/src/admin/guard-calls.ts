import type { IncomingHttpHeaders } from 'node:http';
import { type ErrorCode, isFault, knownError, SallyportError } from '@sallyport/core';
import { type AdminCall, type KnownOperator, type OpenHouse, type Permission, permits } from '@sallyport/runtime';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Listener } from '../tls/listener-tls.ts';
import { peerCertificate } from '../tls/peer-certificate.ts';
import { isAddressedHere } from './addressed-here.ts';
import type { CallAbout } from './description/call-about.ts';

interface Comer {
  /** Who asks, once it is known. */
  readonly operator?: KnownOperator;
  /** What they ask, once they may. */
  readonly call?: AdminCall;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the call takes; every route names it. */
    readonly permission?: Permission;
    /** What it is, takes and answers; of every route that takes a permission. */
    readonly call?: CallAbout;
    /** Answered to whoever asks: a page without content, or what is signed. */
    readonly open?: boolean;
  }
  interface FastifyRequest {
    /** Nobody yet, or nobody known. */
    comer: Comer | null;
  }
}

/**
 * Lets in whom the admin API knows and who may make the call, asks that twice (when the head of a request has come, and again before anything is
 * done: a body can take its time), and has the log told of whoever was turned away.
 */
export class CallGuard {
  readonly #house: OpenHouse;
  readonly #listener: Listener;

  constructor(house: OpenHouse, listener: Listener) {
    this.#house = house;
    this.#listener = listener;
  }

  /** Comes before any route is added. */
  watch(api: FastifyInstance): void {
    api.decorateRequest('comer', null);
    api.addHook('onRoute', ({ method, url, config }) => {
      if (config?.permission === undefined && config?.open !== true) {
        throw new SallyportError('INTERNAL', { detail: `${String(method)} ${url} names no permission` });
      }
    });
    api.addHook('onRequest', async (request) => {
      if (!isAddressedHere(request, this.#house.config.admin, this.#listener.scheme)) {
        throw new SallyportError('ACCESS_DENIED');
      }
      if (request.routeOptions.config.open !== true) await this.#recognise(request);
    });
    api.addHook('preHandler', async (request) => {
      if (request.routeOptions.config.open !== true) await this.#recognise(request);
    });
  }

  /** A call came to nothing: the log is told, or whoever looks after the gateway. */
  async ended(request: FastifyRequest, code: ErrorCode): Promise<void> {
    const { call, operator } = request.comer ?? {};
    const { permission = '' } = request.routeOptions.config;
    try {
      await (call?.failed(code) ?? this.#house.operators.refused(code, permission, operator));
    } catch (error) {
      this.#house.report(knownError(error), 'admin');
    }
  }

  async #recognise(request: FastifyRequest): Promise<void> {
    const { operators } = this.#house;
    request.comer = null;
    const operator = await operators.authenticate({
      credential: bearer(request.headers),
      certificate: peerCertificate(request.raw.socket),
      address: request.raw.socket.remoteAddress ?? '',
    });
    if (isFault(operator)) throw new SallyportError(operator.fault);
    request.comer = { operator };
    const { permission } = request.routeOptions.config;
    // What there is not needs no permission; who asks for it must be known all the same.
    if (permission === undefined) return;
    if (!permits(operator.roles, permission)) throw new SallyportError('ROLE_MISSING');
    request.comer = { operator, call: operators.call(operator, permission) };
  }
}

/** The call that a handler serves. */
export function callOf({ comer }: FastifyRequest): AdminCall {
  if (comer?.call === undefined)
    throw new SallyportError('INTERNAL', { detail: 'a route that is open serves no call' });
  return comer.call;
}

/** The token; empty where there is a header that holds none, so that nothing else is asked in its place. */
function bearer({ authorization }: IncomingHttpHeaders): string | undefined {
  if (authorization === undefined) return undefined;
  const [scheme = '', token = '', ...more] = authorization.split(' ');
  return scheme.toLowerCase() === 'bearer' && more.length === 0 ? token : '';
}
