import { randomBytes } from 'node:crypto';
import type { Readable, Writable } from 'node:stream';
import {
  BoundedCache,
  type Destination,
  type Fault,
  type House,
  isFault,
  knownError,
  ownerOf,
  ownerParts,
  type Principal,
} from '@sallyport/core';
import { type ArgumentSchema, bridgeTo, claimedVersion, type LostReason, type McpEnd, MODERN } from '@sallyport/mcp';
import type { Config, McpServerConfig } from '../config/index.ts';
import type { AuthorizationOffice } from './authorization/authorization-office.ts';
import type { Entrant } from './authorization/server-doors.ts';
import { CallBook } from './links/call-book.ts';
import { OpenRounds } from './links/open-rounds.ts';
import { ResultBook } from './links/result-book.ts';
import { ToolNames } from './links/tool-names.ts';
import { NoServer } from './no-server.ts';
import { ServerEras } from './server-eras.ts';
import type { ClientRequest, ClientWriter } from './transport/client-request.ts';
import { ClientSessions, type SessionAbout } from './transport/client-sessions.ts';
import { openMcpServer, openTransportParts } from './transport/open-mcp-server.ts';
import { PeekedEnd } from './transport/peeked-end.ts';
import { StdioClientEnd } from './transport/stdio-client-end.ts';
import type { TransportParts } from './transport/transport-parts.ts';
import { authorizationOf, type SessionAuthorization } from './upstream-authorization.ts';
import type { Approver } from './wall/ask-client.ts';
import { Conversations } from './wall/conversation.ts';
import { type GuardedServer, routeOf } from './wall/guarded-server.ts';
import { type SessionEnd, Wall } from './wall/wall.ts';

/** What tools say of their arguments, as it is kept of one server: bytes of the definitions, and how many. */
const SCHEMAS_MAX = { maxEntries: 4_096, maxWeight: 4_194_304 };

/** What guards a server beside its name. */
export type ServerGuards = Pick<Destination, 'inspector' | 'judge' | 'flow' | 'vetter' | 'switchedOff' | 'postureOf'>;

/** A server of the configuration, as the wall knows it. */
export function guardServer(
  { name, limits, approvalHoldMs }: Pick<McpServerConfig, 'name' | 'limits' | 'approvalHoldMs'>,
  guards: ServerGuards,
): GuardedServer {
  const { maxPending } = limits;
  const schemas = new BoundedCache<ArgumentSchema | Fault>(SCHEMAS_MAX);
  return { ...guards, name, route: routeOf(name), approvalHoldMs, maxPending, schemas };
}

/** What links the door of the models with that of the tools. */
export interface McpBooks {
  readonly calls: CallBook;
  readonly results: ResultBook;
}

/** @param fingerprint keyed */
export function openMcpBooks(nowMs: () => number, fingerprint: (text: string) => string): McpBooks {
  return { calls: new CallBook({ nowMs, fingerprint }), results: new ResultBook(fingerprint) };
}

export interface McpRoomParts extends McpBooks {
  readonly house: House;
  readonly config: Pick<Config, 'mcp' | 'limits'>;
  readonly servers: ReadonlyMap<string, GuardedServer>;
  readonly approver: Approver;
  readonly authorizations: AuthorizationOffice;
  /** What the gateway is called where it introduces itself. */
  readonly product: { readonly name: string; readonly version: string };
  /** Ids of exchanges. */
  readonly newId: () => string;
}

/** One client at one server. */
export interface McpVisit {
  readonly server: string;
  readonly principal: Principal;
  /** The application that the principal came with. */
  readonly application: string;
  readonly client: McpEnd;
  /** The revision that the client asks for, as far as it is known. */
  readonly asked: string | undefined;
}

/** How a session ended. */
export interface ServedEnd extends SessionEnd {
  /** Why there was no server in it, where there was none. */
  readonly unreached?: LostReason;
}

/** Where clients and servers meet: every session of every server, and what they have in common. */
export class McpRoom {
  private readonly parts: McpRoomParts;
  private readonly sessions: ClientSessions;
  private readonly walls = new Set<Wall>();
  /** Who sessions that begin now are of, by the names of their owners. */
  private readonly entrants = new BoundedCache<Entrant>(ENTRANTS_MAX);
  private readonly conversations: Conversations;
  private readonly openRounds: OpenRounds;
  private readonly names = new ToolNames();
  private readonly eras = new ServerEras();
  private readonly transport: TransportParts;
  /** States that clients bring back are of this process: after a restart they ask anew. */
  private readonly stateKey = randomBytes(KEY_BYTES);
  private readonly roundKey = randomBytes(KEY_BYTES);

  constructor(parts: McpRoomParts) {
    this.parts = parts;
    const { nowMs } = parts.house.clock;
    this.conversations = new Conversations(nowMs);
    this.openRounds = new OpenRounds({ nowMs, digest: parts.house.detection.digest });
    this.transport = openTransportParts(parts.config.limits);
    const { clock, json } = this.transport;
    this.sessions = new ClientSessions({
      config: parts.config.mcp,
      clock,
      json,
      heartbeatMs: HEARTBEAT_MS,
      onSession: (client, { server, owner, asked }) => void this.begin(client, { server, owner, asked }),
    });
  }

  get servers(): ReadonlyMap<string, GuardedServer> {
    return this.parts.servers;
  }

  /** Serves one HTTP request of somebody who may come in. Resolves when it is taken. Never rejects. */
  async handle(request: Omit<ClientRequest, 'owner'>, writer: ClientWriter, entrant: Entrant): Promise<void> {
    // A credential that is narrowed otherwise is somebody else, whoever shows it.
    const owner = JSON.stringify(entrant);
    this.entrants.set(owner, entrant, 1);
    await this.sessions.handle({ ...request, owner }, writer);
  }

  /** Lets requests under way end, for so many milliseconds; then ends every session. */
  async close(drainMs = 0): Promise<void> {
    const { after, nowMs } = this.transport.clock;
    const untilMs = nowMs() + drainMs;
    while (nowMs() < untilMs && [...this.walls].some(({ underWay }) => underWay > 0)) {
      await new Promise<void>((resolve) => after(SWEEP_MS, resolve));
    }
    await this.sessions.close();
  }

  private async begin(client: McpEnd, { server, owner, asked }: SessionAbout): Promise<void> {
    const entrant = this.entrants.get(owner);
    if (entrant === undefined) return client.close();
    const { principal, client: application } = entrant;
    try {
      await this.serve({ server, principal, application, client, asked });
    } catch (error) {
      this.parts.house.report(knownError(error), `mcp ${server}`);
      await client.close();
    }
  }

  /** Guards one server for a client that started us and speaks in lines. Resolves when one side is gone. */
  async serveLines(
    input: Readable,
    output: Writable,
    visit: Pick<McpVisit, 'server' | 'principal'>,
  ): Promise<ServedEnd> {
    const { clock, json } = this.transport;
    const { maxMessageBytes, maxPending } = this.parts.config.mcp.servers[visit.server]?.limits ?? LINE_LIMITS;
    const client = new PeekedEnd(new StdioClientEnd({ input, output, maxMessageBytes, maxPending, json, clock }));
    const first = await client.first;
    // Gone before it said a word: nothing is started for it.
    if (first?.kind !== 'message') {
      await client.close();
      return { side: 'client', reason: first?.kind === 'ended' ? first.reason : 'closed' };
    }
    const { message } = first;
    const asked = message.kind === 'request' ? claimedVersion(message.params) : undefined;
    return this.serve({ ...visit, application: 'lines', client, asked });
  }

  /** Guards a session until one side is gone. */
  async serve(visit: McpVisit): Promise<ServedEnd> {
    const { house, servers, approver, newId, calls, results } = this.parts;
    const { principal, client } = visit;
    const server = servers.get(visit.server);
    if (server === undefined) {
      await client.close();
      return { side: 'server', reason: 'gone' };
    }
    const owner = ownerOf(principal);
    const key = JSON.stringify(ownerParts(owner));
    const authorization = authorizationOf(this.parts.authorizations, visit.server, {
      owner,
      client: visit.application,
    });
    const upstream = await this.upstreamOf(visit, authorization);
    const { consent } = authorization;
    const scene = { house, server, principal, owner, names: this.names, newId };
    const conversation = () => this.conversations.of(key);
    const rounds = { key: this.roundKey, client: key };
    const wall = new Wall({
      client,
      server: upstream,
      scene,
      approver,
      rounds,
      conversation,
      consent,
      calls,
      results,
      openRounds: this.openRounds,
    });
    this.walls.add(wall);
    const end = await wall.run().finally(() => this.walls.delete(wall));
    return upstream instanceof NoServer ? { ...end, unreached: upstream.reason } : end;
  }

  /** The server's end, as a client of the revision that is asked for knows servers. */
  private async upstreamOf(
    { server, principal, application, asked }: McpVisit,
    authorization: SessionAuthorization,
  ): Promise<McpEnd> {
    const { config, product } = this.parts;
    const known = config.mcp.servers[server];
    if (known === undefined) return new NoServer('gone');
    const open = () => openMcpServer(known, { ...this.transport, authorization });
    const { startMs } = known.limits;
    const eras = await this.eras.of(server, { open, product, clock: this.transport.clock, startMs });
    if (eras === undefined) return new NoServer(authorization.consent() === undefined ? 'gone' : 'refused');
    const isModern = asked === MODERN;
    if (isModern ? eras.modern : eras.handshake) return open();
    const client = JSON.stringify([...ownerParts(ownerOf(principal)), application]);
    const [from, to] = isModern ? ([MODERN, BRIDGED] as const) : ([BRIDGED, MODERN] as const);
    const { clock } = this.transport;
    const bridged = bridgeTo(open(), { from, to, key: this.stateKey, client, product, clock });
    return isFault(bridged) ? new NoServer('unreadable') : bridged;
  }
}

const KEY_BYTES = 32;
/** Of a client at a server that there is not. */
const LINE_LIMITS = { maxMessageBytes: 8_388_608, maxPending: 64 };
/** How often sessions that are to end are looked at, milliseconds. */
const SWEEP_MS = 50;
/** Silence of an answer towards a client after which it gets a sign of life, milliseconds. */
const HEARTBEAT_MS = 10_000;
const ENTRANTS_MAX = { maxEntries: 10_000, maxWeight: 10_000 };
/** The revision to and from which 2026-07-28 is bridged. */
const BRIDGED = '2025-11-25';
