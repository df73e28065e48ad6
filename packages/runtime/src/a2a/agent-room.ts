import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import {
  ERRORS,
  type ErrorCode,
  type House,
  isFault,
  knownError,
  ownerOf,
  ownerParts,
  type Principal,
} from '@sallyport/core';
import { type McpRequest, META, MODERN, type RequestId, readMessage, writeError } from '@sallyport/mcp';
import { ByteAccumulator, memberOf } from '@sallyport/wire';
import type { Config } from '../config/index.ts';
import { OpenRounds } from '../mcp/links/open-rounds.ts';
import { ToolNames } from '../mcp/links/tool-names.ts';
import type { McpBooks } from '../mcp/mcp-room.ts';
import { checkHead } from '../mcp/transport/check-head.ts';
import { type ClientRequest, type ClientWriter, headerOf, tracedBy } from '../mcp/transport/client-request.ts';
import type { TransportParts } from '../mcp/transport/transport-parts.ts';
import type { Approver } from '../mcp/wall/ask-client.ts';
import type { Conversations } from '../mcp/wall/conversation.ts';
import type { GuardedServer } from '../mcp/wall/guarded-server.ts';
import { Wall } from '../mcp/wall/wall.ts';
import { AgentEnd, type AgentQuestion, CARRIED_MEMBER } from './agent-end.ts';
import { AgentLine } from './agent-line.ts';
import { type SplitParams, splitParams } from './carried-members.ts';
import { AgentClientEnd, ASKED } from './client-end.ts';
import { HeldAnswer } from './held-answer.ts';
import { A2A_CODES, METHODS, PUSH_METHOD, versionOf } from './methods.ts';
import { namedBy } from './task-book.ts';

export interface AgentRoomParts extends McpBooks {
  readonly house: House;
  readonly config: Pick<Config, 'agents' | 'mcp'>;
  readonly agents: ReadonlyMap<string, GuardedServer>;
  readonly approver: Approver;
  /** What agents read and called, here and at MCP servers. */
  readonly conversations: Conversations;
  readonly transport: Pick<TransportParts, 'clock' | 'json'>;
  readonly newId: () => string;
  readonly rejected: (exchange: string, code: ErrorCode, principal: Principal) => void;
}

/** One HTTP request of a client that may come in. */
export interface AgentRequest extends Omit<ClientRequest, 'owner' | 'server'> {
  readonly agent: string;
  readonly principal: Principal;
  readonly wantsCard: boolean;
}

/** Why a request is not taken. */
interface Refusal {
  readonly fault: ErrorCode;
  readonly code: number;
  readonly message?: string;
  readonly status?: number;
  readonly id?: RequestId;
}

/** What is asked of an agent. */
interface Asking extends Pick<AgentQuestion, 'version' | 'method' | 'tool' | 'streams'> {
  readonly id: RequestId;
  readonly params: SplitParams;
}

/** One request on its way through the wall. */
interface Guarding {
  readonly request: AgentRequest;
  readonly writer: ClientWriter;
  readonly server: GuardedServer;
  readonly answer: HeldAnswer;
}

const CARD: Asking = {
  version: '1.0',
  method: '',
  streams: false,
  tool: 'get_card',
  id: ASKED,
  params: { given: '{}', carried: '{}' },
};
const KEY_BYTES = 32;
/** Nobody who asks an agent can be asked back: questions go to the desk of the gateway. */
const ENVELOPE = { [META.protocolVersion]: MODERN, [META.clientCapabilities]: {} };

/** Where clients and agents meet: one wall for each request. */
export class AgentRoom {
  readonly #parts: AgentRoomParts;
  readonly #lines: ReadonlyMap<string, AgentLine>;
  readonly #names = new ToolNames();
  readonly #roundKey = randomBytes(KEY_BYTES);
  readonly #openRounds: OpenRounds;
  readonly #ends = new Set<AgentClientEnd>();

  constructor(parts: AgentRoomParts) {
    this.#parts = parts;
    const { config, house, transport } = parts;
    const { clock, detection } = house;
    this.#openRounds = new OpenRounds({ nowMs: clock.nowMs, digest: detection.digest });
    this.#lines = new Map(
      Object.values(config.agents).map((agent) => [agent.name, new AgentLine(agent, transport)] as const),
    );
  }

  /** Serves one request. Resolves when its answer has ended. */
  async handle(request: AgentRequest, writer: ClientWriter): Promise<void> {
    const line = this.#lines.get(request.agent);
    const server = this.#parts.agents.get(request.agent);
    if (line === undefined || server === undefined) {
      return this.#refuse({ fault: 'NOT_FOUND', code: A2A_CODES.server, status: 404 }, request, writer);
    }
    if (line.pending >= line.config.limits.maxPending) {
      return this.#refuse(
        { fault: 'OVERLOADED', code: A2A_CODES.server, status: ERRORS.OVERLOADED.status },
        request,
        writer,
      );
    }
    line.pending += 1;
    try {
      await this.#serve(request, writer, { line, server });
    } finally {
      line.pending -= 1;
    }
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    for (const end of this.#ends) end.leave();
    await Promise.all([...this.#lines.values()].map((line) => line.close()));
  }

  async #serve(
    request: AgentRequest,
    writer: ClientWriter,
    { line, server }: { readonly line: AgentLine; readonly server: GuardedServer },
  ): Promise<void> {
    const owner = JSON.stringify(ownerParts(ownerOf(request.principal)));
    const asking = request.wantsCard ? CARD : await this.#read(request, line, owner);
    if (asking === undefined) return;
    if ('fault' in asking) return this.#refuse(asking, request, writer);
    const card = await line.card();
    if ('fault' in card) {
      const status = request.wantsCard ? ERRORS[card.fault].status : 200;
      return this.#refuse({ fault: card.fault, code: A2A_CODES.lost, id: asking.id, status }, request, writer);
    }
    if (!request.wantsCard && !card.versions.has(asking.version)) {
      const message = `this agent does not speak A2A ${asking.version} over JSON-RPC`;
      return this.#refuse(
        { fault: 'METHOD_UNKNOWN', code: A2A_CODES.version, message, id: asking.id, status: 200 },
        request,
        writer,
      );
    }
    const address = `${this.#parts.config.mcp.authorization.publicUrl}/a2a/${request.agent}`;
    const answer = new HeldAnswer();
    const question: AgentQuestion = { ...asking, owner, address, card, answer };
    await this.#guard({ request, writer, server, answer }, new AgentEnd(line, question), asking);
  }

  /** The request through the wall, until its end. */
  async #guard(
    { request, writer, server, answer }: Guarding,
    agent: AgentEnd,
    { tool, params, id, streams }: Asking,
  ): Promise<void> {
    const { house, approver, conversations, newId, calls, results } = this.#parts;
    const { principal, wantsCard, signal } = request;
    const owner = ownerOf(principal);
    const key = JSON.stringify(ownerParts(owner));
    const asked = callOf(tool, params);
    const client = new AgentClientEnd({ writer, asked, id, streams, wantsCard, answer, ...tracedBy(request) });
    const scene = { house, server, principal, owner, names: this.#names, newId };
    const conversation = () => conversations.of(key);
    const rounds = { key: this.#roundKey, client: key };
    const openRounds = this.#openRounds;
    const wall = new Wall({ client, server: agent, scene, approver, rounds, openRounds, conversation, calls, results });
    this.#ends.add(client);
    const leave = () => client.leave();
    signal.addEventListener('abort', leave);
    try {
      await wall.run();
    } catch (error) {
      house.report(knownError(error), `a2a ${server.name}`);
      await Promise.all([client.close(), agent.close()]);
    } finally {
      signal.removeEventListener('abort', leave);
      this.#ends.delete(client);
    }
  }

  /** @returns undefined where the client broke off */
  async #read(request: AgentRequest, line: AgentLine, owner: string): Promise<Asking | Refusal | undefined> {
    const rejection = checkHead({ ...request, server: '', owner: '' }, this.#parts.config.mcp);
    if (rejection !== undefined || request.method !== 'POST') {
      const { status = 405, message = 'method is not one of this endpoint' } = rejection ?? {};
      return { fault: 'BODY_SHAPE', code: A2A_CODES.server, status, message };
    }
    const bytes = await readBody(request.body, line.config.limits.maxMessageBytes);
    if (bytes === undefined) return undefined;
    if (bytes === 'too-large') return { fault: 'BODY_TOO_LARGE', code: A2A_CODES.invalidRequest, status: 413 };
    const message = readMessage(bytes, line.json);
    if (isFault(message)) {
      const code = message.fault === 'BODY_SHAPE' ? A2A_CODES.invalidRequest : A2A_CODES.parse;
      return { fault: message.fault, code, status: 400 };
    }
    if (message.kind !== 'request') return { fault: 'BODY_SHAPE', code: A2A_CODES.invalidRequest, status: 400 };
    return askingOf(
      message,
      headerOf(request, 'a2a-version'),
      (named) =>
        line.tasks.mayName(named, owner) &&
        line.tasks.claim(
          named.filter(({ kind }) => kind === 'context'),
          owner,
        ),
    );
  }

  #refuse({ fault, code, message, status, id }: Refusal, { principal }: AgentRequest, writer: ClientWriter): void {
    const exchange = this.#parts.newId();
    this.#parts.rejected(exchange, fault, principal);
    const said = {
      code,
      message: message ?? ERRORS[fault].message,
      data: { 'io.sallyport/exchange': exchange, error: fault },
    };
    writer.head(status ?? 200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    void writer.write(writeError(id, said).bytes);
    writer.end();
  }
}

/** What a request asks, where it may be asked. */
function askingOf(
  { id, method, params, text }: McpRequest,
  header: string | undefined,
  mayName: (named: ReturnType<typeof namedBy>) => boolean,
): Asking | Refusal {
  const refuse = (code: number, message: string): Refusal => ({ fault: 'METHOD_UNKNOWN', code, message, id });
  const version = versionOf(header);
  if (version === undefined) return refuse(A2A_CODES.version, 'A2A is spoken here in versions `0.3` and `1.0`');
  const known = METHODS[version].get(method);
  if (PUSH_METHOD.test(method) || pushesIn(params)) {
    return refuse(A2A_CODES.noPush, 'push notifications do not pass: no policy allows an address for them');
  }
  if (known === undefined) {
    const isOther = Object.values(METHODS).some((methods) => methods.has(method));
    return refuse(
      A2A_CODES.unknownMethod,
      isOther ? 'method is one of another version of A2A' : 'method does not pass',
    );
  }
  if (!mayName(namedBy(params))) return refuse(A2A_CODES.taskNotFound, 'no such task');
  return { ...known, version, method, id, params: splitParams(params, text) };
}

/** Whether a message brings an address that the agent is to call. */
function pushesIn(params: McpRequest['params']): boolean {
  const configuration = memberOf(params, 'configuration');
  return configuration?.kind === 'object' && configuration.members.some(({ key }) => /push/i.test(key.value));
}

function callOf(tool: string, { given, carried }: SplitParams): McpRequest {
  const meta = `${JSON.stringify(ENVELOPE).slice(0, -1)},"${CARRIED_MEMBER}":${carried}}`;
  const params = `{"_meta":${meta},"name":"${tool}","arguments":${given}}`;
  const text = `{"jsonrpc":"2.0","id":${ASKED},"method":"tools/call","params":${params}}`;
  const message = readMessage(Buffer.from(text), REWRITTEN);
  if (isFault(message) || message.kind !== 'request') throw new Error('what was read once is read no more');
  return message;
}

/** Deeper than what was read by the containers around it. */
const REWRITTEN = { maxDepth: 2_000, maxNodes: Number.MAX_SAFE_INTEGER };

async function readBody(body: ClientRequest['body'], maxBytes: number): Promise<Uint8Array | 'too-large' | undefined> {
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
