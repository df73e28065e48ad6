import { type AuditRecord, BoundedCache, type House, ownerOf, type Principal } from '@sallyport/core';
import {
  type JsonMembers,
  type McpAnswer,
  type McpRequest,
  writeNotification,
  writeRequest,
  writeResult,
} from '@sallyport/mcp';
import { CallBook } from '../mcp/links/call-book.ts';
import { OpenRounds } from '../mcp/links/open-rounds.ts';
import { ResultBook } from '../mcp/links/result-book.ts';
import { ToolNames } from '../mcp/links/tool-names.ts';
import { Conversations } from '../mcp/wall/conversation.ts';
import { type GuardedServer, routeOf } from '../mcp/wall/guarded-server.ts';
import { type SessionEnd, Wall } from '../mcp/wall/wall.ts';
import { approvalDesk, type Desk } from './approval-desk.ts';
import { ExchangeRig, inspector, PRINCIPAL, type RigOptions } from './exchange-rig.ts';
import { PlayedEnd, type Sent } from './played-end.ts';
import { playedTools } from './played-tools.ts';

export interface WallRigOptions extends RigOptions {
  readonly principal?: Principal;
  /** What the client can do. */
  readonly capabilities?: object;
  readonly maxPending?: number;
}

/** A tool of a played server. */
export interface PlayedTool {
  readonly name: string;
  readonly description?: string;
  readonly inputSchema?: object;
  readonly annotations?: object;
}

/** What the rigs of one test share: one agent at several servers. */
export class WallRoom {
  readonly desk: Desk = approvalDesk();
  readonly records: AuditRecord[] = [];
  readonly house: House;
  readonly calls: CallBook;
  readonly results: ResultBook;
  readonly openRounds: OpenRounds;
  readonly names = new ToolNames();
  readonly conversations = new Conversations(() => 0);
  readonly options: WallRigOptions;
  readonly rig: ExchangeRig;
  private last = 0;

  constructor(options: WallRigOptions = {}) {
    const seal = (text: string) => Buffer.from(text).toString('base64');
    this.options = options;
    this.calls = new CallBook({ nowMs: () => 0, fingerprint: seal });
    this.results = new ResultBook(seal);
    this.rig = new ExchangeRig({
      after: (_ms, run) => {
        const timer = setImmediate(run);
        return () => clearImmediate(timer);
      },
      approvals: this.desk.office,
      recorder: { append: async (record) => void this.records.push(record) },
      ...options,
    });
    this.openRounds = new OpenRounds({ nowMs: () => 0, digest: this.rig.house.detection.digest });
    this.house = { ...this.rig.house, links: this.calls, toolResults: this.results };
  }

  newId(): string {
    this.last += 1;
    return `m${this.last}`;
  }
}

const TOOLS = playedTools();

/** The wall with its real parts, between a client and a server that a test plays. */
export class WallRig {
  readonly client = new PlayedEnd();
  readonly server = new PlayedEnd();
  readonly room: WallRoom;
  readonly done: Promise<SessionEnd>;
  tools: readonly PlayedTool[];
  private last = 0;

  constructor(tools: readonly PlayedTool[], room: WallRoom = new WallRoom(), name = 'files') {
    const { options, house, desk, calls, results, conversations } = room;
    const principal = options.principal ?? PRINCIPAL;
    this.tools = tools;
    this.room = room;
    const destination = house.destination({ model: 'any', protocol: 'any' });
    if ('fault' in destination) throw new Error('no destination');
    const { flow, postureOf, judge, vetter } = destination;
    const server: GuardedServer = {
      name,
      route: routeOf(name),
      inspector,
      judge,
      flow,
      vetter: vetter ?? TOOLS.office,
      switchedOff: [],
      postureOf,
      approvalHoldMs: options.approvalHoldMs ?? 0,
      maxPending: options.maxPending ?? 64,
      schemas: new BoundedCache({ maxEntries: 1_000, maxWeight: 1_000_000 }),
    };
    const owner = ownerOf(principal);
    const scene = { house, server, principal, owner, names: room.names, newId: () => room.newId() };
    const wall = new Wall({
      client: this.client,
      server: this.server,
      scene,
      approver: desk.office,
      rounds: { key: Buffer.alloc(32, 7), client: owner.id },
      conversation: () => conversations.of('one'),
      calls,
      results,
      openRounds: room.openRounds,
    });
    this.server.answers = (request) => this.play(request);
    this.done = wall.run();
  }

  /** How the server answers what no test answers itself. */
  play(request: McpRequest): McpAnswer | undefined {
    if (request.method === 'initialize') {
      return writeResult(request.id, {
        protocolVersion: '2025-11-25',
        capabilities: { tools: { listChanged: true } },
        serverInfo: { name: 'played', version: '1' },
      });
    }
    if (request.method === 'tools/list') {
      const tools = this.tools.map((tool) => ({ inputSchema: { type: 'object' }, ...tool }));
      return writeResult(request.id, { tools });
    }
    return undefined;
  }

  async initialize(): Promise<Sent> {
    const params = {
      protocolVersion: '2025-11-25',
      capabilities: this.room.options.capabilities ?? {},
      clientInfo: { name: 'test', version: '1' },
    };
    const answer = await this.request('initialize', params);
    this.client.arrive(writeNotification('notifications/initialized'));
    return answer;
  }

  /** Asks as the client, and waits for the next message that it gets. */
  request(method: string, params: JsonMembers): Promise<Sent> {
    this.last += 1;
    this.client.arrive(writeRequest(this.last, method, params));
    return this.client.next();
  }

  /** Calls a tool; the server returns this text. */
  async call(name: string, args: object, returns: JsonMembers | string = 'done'): Promise<Sent> {
    const content = typeof returns === 'string' ? { content: [{ type: 'text', text: returns }] } : returns;
    this.server.answers = (request) =>
      request.method === 'tools/call' ? writeResult(request.id, content) : this.play(request);
    return this.request('tools/call', { name, arguments: args });
  }

  /** Methods and names of what the server was asked, in order. */
  get asked(): readonly string[] {
    return this.server.sent.flatMap(({ message }) => (message.kind === 'request' ? message.method : []));
  }

  async end(): Promise<void> {
    await this.client.close();
    await this.done;
  }
}
