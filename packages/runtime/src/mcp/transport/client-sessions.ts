import { createHash, randomBytes } from 'node:crypto';
import { ERRORS, type Fault, isFault } from '@sallyport/core';
import {
  claimedVersion,
  ERROR_CODES,
  HEADERS,
  type McpEnd,
  type McpMessage,
  type McpRequest,
  type MessageLimits,
  MODERN,
  type RequestId,
  readEnvelope,
  readMessage,
  writeError,
} from '@sallyport/mcp';
import { ByteAccumulator, type JsonNode, stringOf } from '@sallyport/wire';
import type { McpConfig, McpServerConfig } from '../../config/index.ts';
import { checkEnvelope, checkHandshake, isModern } from './check-envelope.ts';
import { acceptedBy, checkHead, invalid, NOT_ACCEPTABLE, reject } from './check-head.ts';
import type { ClientExchange } from './client-exchange.ts';
import { type ClientRequest, type ClientWriter, headerOf, isRejection, type Rejection } from './client-request.ts';
import { EnvelopeSession } from './envelope-session.ts';
import { HandshakeSession } from './handshake-session.ts';
import { SessionTable } from './session-table.ts';
import type { TransportClock } from './transport-clock.ts';

/** What is known of a session when it begins. */
export interface SessionAbout {
  /** Name of the server that is addressed. */
  readonly server: string;
  readonly owner: string;
  /** The revision that its first message asks for or claims. */
  readonly asked: string | undefined;
}

export interface ClientSessionsParts {
  readonly config: Pick<McpConfig, 'servers' | 'sessions' | 'allowedHosts' | 'allowedOrigins'>;
  readonly clock: TransportClock;
  readonly json: MessageLimits;
  /** Silence towards a client after which it gets a sign of life, milliseconds. */
  readonly heartbeatMs: number;
  /** A session has begun: its end is to be read from now on. */
  readonly onSession: (end: McpEnd, about: SessionAbout) => void;
}

/** Bytes of the id of a session: nobody guesses it. */
const SESSION_ID_BYTES = 24;
const UNKNOWN_SESSION: Rejection = { status: 404, code: -32_001, message: 'session is not known' };
/** Since 2026-07-28 there is nothing to listen to, and nothing to end. */
const POST_ONLY: Rejection = { ...reject(405, 'method is not one of this revision'), headers: { allow: 'POST' } };
const FULL = reject(429, 'there are as many sessions as there may be');

/**
 * The server's side of Streamable HTTP: requests of clients become sessions, whichever revision they speak. What is no request
 * of MCP is answered here. A session is there for its owner and its server alone.
 */
export class ClientSessions {
  readonly #parts: ClientSessionsParts;
  readonly #table: SessionTable<HandshakeSession | EnvelopeSession>;
  #isClosed = false;

  constructor(parts: ClientSessionsParts) {
    this.#parts = parts;
    this.#table = new SessionTable<HandshakeSession | EnvelopeSession>(parts.config.sessions, parts.clock);
  }

  /** Sessions that there are now. */
  get size(): number {
    return this.#table.size;
  }

  /** Serves one HTTP request. Resolves when it is taken: its answer may still be on its way. Never rejects. */
  async handle(request: ClientRequest, writer: ClientWriter): Promise<void> {
    const server = Object.hasOwn(this.#parts.config.servers, request.server)
      ? this.#parts.config.servers[request.server]
      : undefined;
    if (server === undefined) return refuse(writer, reject(404, 'server is not known'));
    const rejection = checkHead(request, this.#parts.config);
    if (rejection !== undefined) return refuse(writer, rejection);
    const accepted = acceptedBy(request);
    if (accepted === undefined) return refuse(writer, NOT_ACCEPTABLE);
    if (this.#isClosed) return refuse(writer, reject(503, ERRORS.SHUTTING_DOWN.message));
    const exchange = { request, writer, accepted };
    if (request.method === 'POST') return this.#post(exchange, server);
    if (headerOf(request, HEADERS.protocolVersion) === MODERN) return refuse(writer, POST_ONLY);
    const refused = request.method === 'GET' ? this.#listen(exchange) : await this.#delete(exchange);
    if (refused !== undefined) refuse(writer, refused);
  }

  /** Ends every session, and takes no more. */
  close(): Promise<void> {
    this.#isClosed = true;
    return this.#table.closeAll();
  }

  async #post(exchange: ClientExchange, server: McpServerConfig): Promise<void> {
    const { request, writer } = exchange;
    const bytes = await readBody(request, server.limits.maxMessageBytes);
    if (bytes === undefined) return refuse(writer, reject(400, ERRORS.BODY_TRUNCATED.message));
    if (bytes === 'too-large') return refuse(writer, reject(413, 'message is larger than the limit'));
    const message = readMessage(bytes, this.#parts.json);
    if (isFault(message)) return refuse(writer, unreadable(message));
    const id = message.kind === 'request' ? message.id : undefined;
    const rejection = isModern(request, message)
      ? await this.#postModern(message, exchange, server)
      : await this.#postInSession(message, exchange, server);
    if (rejection !== undefined) refuse(writer, rejection, id);
    else if (message.kind !== 'request') acknowledge(writer);
  }

  async #postModern(
    message: McpMessage,
    exchange: ClientExchange,
    server: McpServerConfig,
  ): Promise<Rejection | undefined> {
    // Notifications have nobody whom they could tell, and there are no questions to answer.
    if (message.kind === 'notification') return undefined;
    if (message.kind !== 'request') return invalid('an answer to a question that nobody asked');
    const { request } = exchange;
    const rejection = checkEnvelope(request, message, server.revisions);
    if (rejection !== undefined) return rejection;
    const key = keyOf(request, message);
    const known = this.#table.get(key);
    if (known instanceof EnvelopeSession) return known.post(message, exchange);
    if (!this.#table.makeRoom(request.owner)) return FULL;
    const session = new EnvelopeSession(this.#sessionParts(key, request.owner, server));
    this.#begin(key, session, { request, asked: claimedVersion(message.params) });
    return session.post(message, exchange);
  }

  async #postInSession(
    message: McpMessage,
    exchange: ClientExchange,
    server: McpServerConfig,
  ): Promise<Rejection | undefined> {
    const { request } = exchange;
    // An id that a client brings to a handshake is not the one that it gets.
    if (message.kind === 'request' && message.method === 'initialize') {
      return this.#initialize(message, exchange, server);
    }
    const session = this.#sessionOf(request);
    if (isRejection(session)) return session;
    return session.post(message, exchange);
  }

  async #initialize(
    message: McpRequest,
    exchange: ClientExchange,
    server: McpServerConfig,
  ): Promise<Rejection | undefined> {
    const { request } = exchange;
    const rejection = checkHandshake(server.revisions);
    if (rejection !== undefined) return rejection;
    if (!this.#table.makeRoom(request.owner)) return FULL;
    const id = randomBytes(SESSION_ID_BYTES).toString('base64url');
    const { resumeBytes } = this.#parts.config.sessions;
    const parts = this.#sessionParts(id, request.owner, server);
    const session = new HandshakeSession({ ...parts, id, server: server.name, resumeBytes });
    this.#begin(id, session, { request, asked: stringOf(message.params, 'protocolVersion') });
    return session.post(message, exchange);
  }

  #listen(exchange: ClientExchange): Rejection | undefined {
    if (!exchange.accepted.events) return NOT_ACCEPTABLE;
    const session = this.#sessionOf(exchange.request);
    return isRejection(session) ? session : session.listen(exchange);
  }

  async #delete({ request, writer }: ClientExchange): Promise<Rejection | undefined> {
    const session = this.#sessionOf(request);
    if (isRejection(session)) return session;
    await session.close();
    writer.head(204, {});
    writer.end();
    return undefined;
  }

  #sessionOf(request: ClientRequest): HandshakeSession | Rejection {
    const id = headerOf(request, HEADERS.session);
    if (id === undefined) return invalid('header with the id of a session is missing');
    const session = this.#table.get(id);
    const isTheirs = session?.owner === request.owner;
    if (!(session instanceof HandshakeSession) || !isTheirs || session.server !== request.server)
      return UNKNOWN_SESSION;
    return session.check(request) ?? session;
  }

  #sessionParts(key: string, owner: string, { limits }: McpServerConfig) {
    const { clock, json, heartbeatMs } = this.#parts;
    const { maxMessageBytes, maxPending } = limits;
    return { clock, json, owner, maxMessageBytes, maxPending, heartbeatMs, onEnded: () => this.#table.remove(key) };
  }

  #begin(
    key: string,
    session: HandshakeSession | EnvelopeSession,
    { request, asked }: { readonly request: ClientRequest; readonly asked: string | undefined },
  ): void {
    this.#table.add(key, session);
    this.#parts.onSession(session, { server: request.server, owner: request.owner, asked });
  }
}

/** What a client says of itself, its owner and the server: whoever says the same is in the same session. */
function keyOf({ owner, server }: ClientRequest, { params, text }: McpRequest): string {
  const envelope = readEnvelope(params);
  const said = [envelope?.protocolVersion, textOf(envelope?.clientInfo, text), textOf(envelope?.capabilities, text)];
  return `e:${createHash('sha256')
    .update(JSON.stringify([owner, server, said]))
    .digest('base64url')}`;
}

function textOf(node: JsonNode | undefined, text: string): string {
  return node === undefined ? '' : text.slice(node.start, node.end);
}

/** @returns undefined where the client broke off */
async function readBody({ body }: ClientRequest, maxBytes: number): Promise<Uint8Array | 'too-large' | undefined> {
  if (body instanceof Uint8Array) return body.length > maxBytes ? 'too-large' : body;
  const bytes = new ByteAccumulator();
  try {
    for await (const chunk of body) {
      if (bytes.length + chunk.length > maxBytes) return 'too-large';
      bytes.append(chunk);
    }
  } catch {
    return undefined;
  }
  return bytes.take();
}

function unreadable({ fault, at }: Fault): Rejection {
  if (fault !== 'BODY_SHAPE') return reject(400, ERRORS[fault].message, ERROR_CODES.parseError);
  return invalid(at === undefined || at === '' ? 'not one message of MCP' : `not a message of MCP at \`${at}\``);
}

function refuse(writer: ClientWriter, { status, headers, ...error }: Rejection, id?: RequestId): void {
  writer.head(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers });
  void writer.write(writeError(id, error).bytes);
  writer.end();
}

function acknowledge(writer: ClientWriter): void {
  writer.head(202, {});
  writer.end();
}
