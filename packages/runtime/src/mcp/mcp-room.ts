import {
  BoundedCache,
  type Destination,
  type Fault,
  type House,
  ownerOf,
  ownerParts,
  type Principal,
} from '@sallyport/core';
import type { ArgumentSchema, McpEnd } from '@sallyport/mcp';
import type { McpServerConfig } from '../config/index.ts';
import { CallBook } from './links/call-book.ts';
import { ResultBook } from './links/result-book.ts';
import { ToolNames } from './links/tool-names.ts';
import type { Approver } from './wall/ask-client.ts';
import { Conversations } from './wall/conversation.ts';
import { type GuardedServer, routeOf } from './wall/guarded-server.ts';
import { Wall } from './wall/wall.ts';

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
  readonly servers: ReadonlyMap<string, GuardedServer>;
  readonly approver: Approver;
  /** Ids of exchanges. */
  readonly newId: () => string;
}

/** One client at one server. */
export interface McpVisit {
  /** The server's name in configuration. */
  readonly server: string;
  readonly principal: Principal;
  readonly client: McpEnd;
  /** The server's end, or what bridges to it: of the revision that the client speaks. */
  readonly upstream: McpEnd;
}

/** Where clients and servers meet: every session of every server, and what they have in common. */
export class McpRoom {
  private readonly parts: McpRoomParts;
  private readonly conversations: Conversations;
  private readonly names = new ToolNames();

  constructor(parts: McpRoomParts) {
    this.parts = parts;
    this.conversations = new Conversations(parts.house.clock.nowMs);
  }

  get servers(): ReadonlyMap<string, GuardedServer> {
    return this.parts.servers;
  }

  /** Guards a session until one side is gone. @returns `NOT_FOUND` where there is no such server */
  async guard({ server: name, principal, client, upstream }: McpVisit): Promise<Fault | undefined> {
    const { house, servers, approver, newId, calls, results } = this.parts;
    const server = servers.get(name);
    if (server === undefined) return { fault: 'NOT_FOUND' };
    const owner = ownerOf(principal);
    const key = JSON.stringify(ownerParts(owner));
    const scene = { house, server, principal, owner, names: this.names, newId };
    const conversation = () => this.conversations.of(key);
    await new Wall({ client, server: upstream, scene, approver, conversation, calls, results }).run();
    return undefined;
  }
}
