import type { IncomingMessage, ServerResponse } from 'node:http';
import { ERRORS, type ErrorCode, isFault, knownError } from '@sallyport/core';
import { AUTHORIZATION_PATH, type OpenHouse } from '@sallyport/runtime';
import { peerCertificate } from '../../tls/peer-certificate.ts';
import { BrowserBinding } from './browser-binding.ts';
import { consentPage, onwardPage, PAGE_HEADERS, saidPage } from './consent-pages.ts';
import { readForm } from './read-form.ts';

const RESOURCE = /^\/\.well-known\/oauth-protected-resource\/mcp\/([a-z0-9][a-z0-9._-]{0,62})$/;
const OWN = new RegExp(`^${AUTHORIZATION_PATH}/(client|callback|consent)/([A-Za-z0-9._-]{1,63})$`);

interface Shown {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What is public, and read by pages of any origin: clients run in browsers too. */
const DOCUMENT_HEADERS = {
  'content-type': 'application/json',
  'access-control-allow-origin': '*',
  'cache-control': 'public, max-age=300',
  'x-content-type-options': 'nosniff',
};

/**
 * What the data plane serves for the authorization of MCP: metadata of servers (RFC 9728), the documents by which authorization servers know the
 * gateway, the page that asks for consent, and the way back from authorization servers.
 */
export class AuthorizationPages {
  readonly #house: OpenHouse;
  readonly #binding: BrowserBinding;

  constructor(house: OpenHouse) {
    this.#house = house;
    this.#binding = new BrowserBinding(house.config.mcp.authorization.consentMs);
  }

  /** @returns whether the request was for one of these; then it is answered */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    try {
      return await this.#serve(request, response);
    } catch (error) {
      // Such as an audit log that takes no record: nothing was given.
      const failure = knownError(error);
      this.#house.report(failure, 'authorizations');
      send(response, refused(failure.code));
      return true;
    }
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const url = request.url ?? '';
    const cut = url.indexOf('?');
    const path = cut < 0 ? url : url.slice(0, cut);
    const resource = RESOURCE.exec(path)?.[1];
    if (resource !== undefined) {
      send(response, this.#document(request, this.#house.serverDoors.document(resource)));
      return true;
    }
    const [, what, name = ''] = OWN.exec(path) ?? [];
    switch (what) {
      case 'client':
        send(response, this.#document(request, this.#house.authorizations.clientDocument(name)));
        return true;
      case 'callback':
        send(response, await this.#returned(request, name, cut < 0 ? '' : url.slice(cut)));
        return true;
      case 'consent':
        send(
          response,
          request.method === 'POST' ? await this.#answered(request, name) : await this.#ask(request, name),
        );
        return true;
      default:
        return false;
    }
  }

  #document({ method }: IncomingMessage, document: object | undefined): Shown {
    if (method !== 'GET') return { status: 405, headers: { ...DOCUMENT_HEADERS, allow: 'GET' }, body: '' };
    if (document === undefined) return { status: 404, headers: DOCUMENT_HEADERS, body: '{}\n' };
    return { status: 200, headers: DOCUMENT_HEADERS, body: `${JSON.stringify(document)}\n` };
  }

  async #ask(request: IncomingMessage, ticket: string, wrong = false): Promise<Shown> {
    if (request.method !== 'GET' && !wrong) return { status: 405, headers: { allow: 'GET, POST' }, body: '' };
    const asked = await this.#house.authorizations.consents.asked(ticket);
    if (asked === undefined) return gone();
    const secret = this.#binding.secretOf(request.headers) ?? this.#binding.newSecret();
    const formToken = this.#binding.formToken(secret, ticket);
    return {
      status: wrong ? 403 : 200,
      headers: { 'set-cookie': this.#binding.cookieOf(secret) },
      body: consentPage({ asked, formToken, wrong }),
    };
  }

  async #answered(request: IncomingMessage, ticket: string): Promise<Shown> {
    const form = await readForm(request, this.#house.config.limits.bodyTimeoutMs);
    if (isFault(form)) return refused(form.fault);
    const browser = this.#binding.secretOf(request.headers);
    const isOurs = request.headers.origin === this.#house.config.mcp.authorization.publicUrl;
    if (!isOurs || browser === undefined || !this.#binding.isFormToken(form.get('form') ?? '', browser, ticket)) {
      return refused('ACCESS_DENIED');
    }
    const { consents } = this.#house.authorizations;
    switch (form.get('answer')) {
      case 'no':
        await consents.decline(ticket);
        return { status: 200, body: saidPage('Not allowed', 'Nothing was given. You can close this page.') };
      case 'yes':
        return this.#approved(request, { ticket, browser, credential: form.get('credential')?.trim() ?? '' });
      default:
        return refused('BODY_SHAPE');
    }
  }

  async #approved(
    request: IncomingMessage,
    said: { readonly ticket: string; readonly browser: string; readonly credential: string },
  ): Promise<Shown> {
    const { ticket, browser, credential } = said;
    const { consents } = this.#house.authorizations;
    const asked = await consents.asked(ticket);
    if (asked === undefined) return gone();
    const certificate = peerCertificate(request.socket);
    // Whoever comes with the owner's client certificate need not type anything.
    const presented = {
      certificate,
      credential: credential === '' && certificate !== undefined ? undefined : credential,
    };
    const found = await this.#house.serverDoors.enter(asked.server, presented);
    const approved: Awaited<ReturnType<typeof consents.approve>> =
      'principal' in found
        ? await consents.approve(ticket, { principal: found.principal, browser })
        : consents.wrongProof(ticket);
    if (isFault(approved)) {
      return approved.fault === 'ACCESS_DENIED' ? this.#ask(request, ticket, true) : refused(approved.fault);
    }
    if ('done' in approved) return done(approved.done);
    return { status: 200, body: onwardPage(approved.continueAt) };
  }

  async #returned(request: IncomingMessage, server: string, query: string): Promise<Shown> {
    if (request.method !== 'GET') return { status: 405, headers: { allow: 'GET' }, body: '' };
    const browser = this.#binding.secretOf(request.headers);
    const returned = await this.#house.authorizations.consents.returned(server, new URLSearchParams(query), browser);
    if ('server' in returned) return done(returned.server);
    switch (returned.failed) {
      case 'unknown':
        return gone();
      case 'declined':
        return {
          status: 403,
          body: saidPage('Not allowed', 'You said no at the authorization server. Nothing was given.'),
        };
      case 'refused':
        return refused('AUTHORIZATION_FAILED');
    }
  }
}

function done(server: string): Shown {
  const text = `The gateway may use your access to ${server} now. You can close this page and go on where you were.`;
  return { status: 200, body: saidPage('Done', text) };
}

function gone(): Shown {
  const text = 'This page is not good any more, or was opened in another browser. Ask for it anew where you came from.';
  return { status: 404, body: saidPage('Nothing here', text) };
}

function refused(code: ErrorCode): Shown {
  const { status, message } = ERRORS[code];
  return { status, body: saidPage('Refused', message) };
}

function send(response: ServerResponse, { status, headers = {}, body }: Shown): void {
  if (response.headersSent || response.destroyed) return;
  const pageHeaders = 'content-type' in headers ? {} : PAGE_HEADERS;
  response.writeHead(status, { ...pageHeaders, ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
