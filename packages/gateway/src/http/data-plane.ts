import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import {
  type Annotations,
  conduct,
  type Endpoint,
  type ErrorCode,
  type Fault,
  isFault,
  knownError,
  type Principal,
  type ProtocolAdapter,
  type Reply,
  type RequestHead,
} from '@sallyport/core';
import type { OpenHouse } from '@sallyport/runtime';
import { agentAt, serveA2a } from '../a2a/serve-a2a.ts';
import { AuthorizationPages } from '../mcp/authorization/authorization-pages.ts';
import { serveMcp, serverAt } from '../mcp/serve-mcp.ts';
import type { Listener } from '../tls/listener-tls.ts';
import { forwardedHeaders } from './forwarded-headers.ts';
import { presentedBy } from './presented-by.ts';
import { readAnnotations } from './read-annotations.ts';
import { readBody } from './read-body.ts';
import { ResponseClient } from './response-client.ts';

export interface DataPlaneOptions {
  readonly house: OpenHouse;
  readonly listener: Listener;
  /** Text of `/metrics`, Prometheus exposition format. */
  readonly metrics: () => Promise<string>;
}

/** What one connection may have waiting in this process, each way, bytes. */
const SOCKET_BUFFER_BYTES = 2_048;

/** What node's parser reports before there is a request to answer. */
const STATUS_BY_ERROR: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

interface Matched {
  readonly adapter: ProtocolAdapter;
  readonly endpoint: Endpoint;
}

/** The listener that applications and agents talk to: the providers' own paths, and three of ours. */
export function createDataPlane(options: DataPlaneOptions): Server {
  const { limits } = options.house.config;
  const authorization = new AuthorizationPages(options.house);
  const server = options.listener.create(
    {
      maxHeaderSize: limits.maxHeaderBytes,
      headersTimeout: limits.headersTimeoutMs,
      // The body has its own clock: node's would count a client's whole upload against the head.
      requestTimeout: limits.headersTimeoutMs + limits.bodyTimeoutMs,
      connectionsCheckingInterval: 1_000,
      keepAliveTimeout: 65_000,
      noDelay: true,
      highWaterMark: SOCKET_BUFFER_BYTES,
    },
    (request, response) => {
      serve(request, response, { ...options, authorization }).catch((error: unknown) => {
        options.house.report(knownError(error), 'data-plane');
        response.destroy();
      });
    },
  );
  server.maxConnections = limits.maxConnections;
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const { code = '' } = error;
    // What failed before there was any HTTP, such as a handshake, gets no HTTP answer.
    if (!/^(?:HPE|ERR_HTTP)_/.test(code) || !socket.writable) return socket.destroy();
    const status = STATUS_BY_ERROR[code] ?? '400 Bad Request';
    socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
  });
  return server;
}

interface Serving extends DataPlaneOptions {
  readonly authorization: AuthorizationPages;
}

async function serve(request: IncomingMessage, response: ServerResponse, options: Serving): Promise<void> {
  const head = headOf(request);
  if (await options.authorization.serve(request, response)) return;
  if (head.method === 'GET' && (await serveOwn(head.path, response, options))) return;
  const { house } = options;
  const server = serverAt(head.path);
  if (server !== undefined) return serveMcp(request, response, { house, server });
  const place = agentAt(head.path);
  if (place !== undefined) return serveA2a(request, response, { house, place });
  const id = house.newId();
  const client = new ResponseClient(response, house.config.limits.clientStallMs);
  const turnAway = (adapter: ProtocolAdapter, code: ErrorCode, principal?: Principal) => {
    house.rejected(id, code, principal);
    const { status, headers, body } = adapter.fault(code, id);
    // What is left of the body will not be read: the connection cannot serve another request.
    const end = request.complete ? {} : { connection: 'close' };
    client.reply({ status, headers: { ...headers, ...end, 'x-sallyport-exchange': id } }, body);
  };
  const owner = house.adapters.find((each) => each.owns(head)) ?? house.fallback;
  try {
    await take(request, { head, id, owner, client, house, turnAway });
  } catch (error) {
    // Such as a store of keys that cannot be read: nobody is let in, and nobody is left without an answer.
    const failure = knownError(error);
    house.report(failure, id);
    if (response.headersSent) response.destroy();
    else turnAway(owner, failure.code);
  }
}

interface Taking {
  readonly head: RequestHead;
  readonly id: string;
  /** The protocol in which whoever asks is answered where none matches. */
  readonly owner: ProtocolAdapter;
  readonly client: ResponseClient;
  readonly house: OpenHouse;
  readonly turnAway: (adapter: ProtocolAdapter, code: ErrorCode, principal?: Principal) => void;
}

async function take(request: IncomingMessage, { head, id, owner, client, house, turnAway }: Taking): Promise<void> {
  const matched = match(head, house.adapters) ?? house.passageFor(head);
  if (matched === undefined) return turnAway(owner, 'UNKNOWN_PATH');
  const { adapter, endpoint } = matched;
  const presented = presentedBy(request, adapter.credential(head));
  const known = house.authenticate(presented);
  // Whoever was seen before goes on at once: only what must be verified is waited for.
  const principal = known instanceof Promise ? await known : known;
  if (isFault(principal)) return turnAway(adapter, principal.fault);
  if (house.closing()) return turnAway(adapter, 'SHUTTING_DOWN', principal);
  if (endpoint.kind === 'models') {
    send(client, await modelsReply(adapter, endpoint.model, { house, principal, id }), id);
    return;
  }
  const anyType = endpoint.uninspected === true;
  const body = await readBody(request, { ...house.config.limits, anyType });
  if (client.signal.aborted) return house.rejected(id, 'BODY_TRUNCATED', principal);
  if (isFault(body)) return turnAway(adapter, body.fault, principal);
  const annotations = readAnnotations(request.headers);
  if (isFault(annotations)) return turnAway(adapter, annotations.fault, principal);
  const { credential = '' } = presented;
  const badged = badgedDrill(request.headers[DRILL], { credential, body }, house);
  if (isFault(badged)) return turnAway(adapter, badged.fault, principal);
  const headers = forwardedHeaders(request.headers, credential);
  const told = { ...annotations, ...badged };
  await conduct({ id, principal, adapter, endpoint, body, annotations: told, headers }, house.parts, client);
}

/** What says that a request is part of a drill. */
const DRILL = 'x-sallyport-drill';

function badgedDrill(
  badge: string | readonly string[] | undefined,
  request: Parameters<OpenHouse['drillOf']>[1],
  house: OpenHouse,
): Pick<Annotations, 'drill'> | Fault {
  if (badge === undefined) return {};
  const drill = house.drillOf(String(badge), request);
  return isFault(drill) ? drill : { drill };
}

interface Asking {
  readonly house: OpenHouse;
  readonly principal: Principal;
  readonly id: string;
}

async function modelsReply(adapter: ProtocolAdapter, model: string | undefined, asking: Asking): Promise<Reply> {
  const { house, principal, id } = asking;
  const visible = await house.visibleModels(principal, adapter.id);
  if (model === undefined) return adapter.models(visible);
  return visible.includes(model) ? adapter.model(model) : adapter.fault('UNKNOWN_MODEL', id);
}

function send(client: ResponseClient, { status, headers, body }: Reply, id: string): void {
  client.reply({ status, headers: { ...headers, 'x-sallyport-exchange': id } }, body);
}

/** Health, readiness and metrics. Returns whether the path was one of them. */
async function serveOwn(
  path: string,
  response: ServerResponse,
  { house, metrics }: DataPlaneOptions,
): Promise<boolean> {
  switch (path) {
    case '/healthz':
      own(response, { status: 200, type: JSON_TYPE, body: '{"status":"ok"}\n' });
      return true;
    case '/readyz': {
      const readiness = house.readiness();
      own(response, { status: readiness.ready ? 200 : 503, type: JSON_TYPE, body: `${JSON.stringify(readiness)}\n` });
      return true;
    }
    case '/metrics':
      own(response, { status: 200, type: METRICS_TYPE, body: await metrics() });
      return true;
    default:
      return false;
  }
}

const JSON_TYPE = 'application/json';
const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

interface OwnAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

function own(response: ServerResponse, { status, type, body }: OwnAnswer): void {
  const length = Buffer.byteLength(body);
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', 'content-length': length });
  response.end(body);
}

function headOf({ method = '', url = '', headers }: IncomingMessage): RequestHead {
  const cut = url.indexOf('?');
  return { method, path: cut < 0 ? url : url.slice(0, cut), query: cut < 0 ? '' : url.slice(cut), headers };
}

function match(head: RequestHead, adapters: readonly ProtocolAdapter[]): Matched | undefined {
  for (const adapter of adapters) {
    const endpoint = adapter.match(head);
    if (endpoint !== undefined) return { adapter, endpoint };
  }
  return undefined;
}
