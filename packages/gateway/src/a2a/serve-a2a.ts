import type { IncomingMessage, ServerResponse } from 'node:http';
import { ERRORS } from '@sallyport/core';
import type { OpenHouse } from '@sallyport/runtime';
import { ResponseClient } from '../http/response-client.ts';
import { enterServer } from '../mcp/authorization/enter-server.ts';
import { writerTo } from '../mcp/serve-mcp.ts';

/** Paths of an agent: where it is spoken to, and where its card is. */
const PATH = /^\/a2a\/([a-z0-9][a-z0-9._-]{0,62})(\/\.well-known\/agent-card\.json)?$/;

/** What a path of an agent leads to. */
export interface AgentPlace {
  readonly agent: string;
  readonly isCard: boolean;
}

/** The agent that a path leads to; undefined for any other path. */
export function agentAt(path: string): AgentPlace | undefined {
  const [, agent, card] = PATH.exec(path) ?? [];
  return agent === undefined ? undefined : { agent, isCard: card !== undefined };
}

/** No door of MCP servers has this name: an agent's credentials are those of the house. */
const HOUSE_DOOR = '';

/** Serves one request to an agent behind the gateway: who comes in first, then what they say. */
export async function serveA2a(
  request: IncomingMessage,
  response: ServerResponse,
  { house, place: { agent, isCard } }: { readonly house: OpenHouse; readonly place: AgentPlace },
): Promise<void> {
  const client = new ResponseClient(response, house.config.limits.clientStallMs);
  const writer = writerTo(client, response);
  const entrant = await enterServer(house, HOUSE_DOOR, request);
  const { method = '', headers } = request;
  if ('principal' in entrant && !house.closing()) {
    const { principal } = entrant;
    const wantsCard = isCard && method === 'GET';
    await house.a2a.handle(
      { agent, principal, wantsCard, method, headers, body: request, signal: client.signal },
      writer,
    );
    return;
  }
  const fault = 'principal' in entrant ? 'SHUTTING_DOWN' : entrant.fault;
  const id = house.newId();
  house.rejected(id, fault);
  const { status, message } = ERRORS[fault];
  const challenge = 'principal' in entrant ? {} : entrant.headers;
  const end = request.complete ? {} : { connection: 'close' };
  const error = { code: REJECTED, message, data: { 'io.sallyport/exchange': id, error: fault } };
  const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: null, error }));
  client.reply({ status, headers: { 'content-type': 'application/json', ...challenge, ...end } }, body);
}

/** JSON-RPC's range for servers: nobody came as far as a method. */
const REJECTED = -32000;
