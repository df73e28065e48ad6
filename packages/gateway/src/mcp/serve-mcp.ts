import type { IncomingMessage, ServerResponse } from 'node:http';
import { ERRORS, type ErrorCode } from '@sallyport/core';
import type { ClientWriter, OpenHouse } from '@sallyport/runtime';
import { ResponseClient } from '../http/response-client.ts';
import { enterServer } from './authorization/enter-server.ts';

/** Name of the server that a path leads to: `/mcp/{server}`. */
const PATH = /^\/mcp\/([a-z0-9][a-z0-9._-]{0,62})$/;

/** The MCP server that a path leads to; undefined for any other path. */
export function serverAt(path: string): string | undefined {
  return PATH.exec(path)?.[1];
}

/** Serves one request to an MCP server behind the gateway: who comes in first, then what they say. */
export async function serveMcp(
  request: IncomingMessage,
  response: ServerResponse,
  { house, server }: { readonly house: OpenHouse; readonly server: string },
): Promise<void> {
  const client = new ResponseClient(response, house.config.limits.clientStallMs);
  const turnAway = (fault: ErrorCode, headers: Readonly<Record<string, string>> = {}) => {
    const id = house.newId();
    house.rejected(id, fault);
    // What is left of the body will not be read: the connection cannot serve another request.
    const end = request.complete ? {} : { connection: 'close' };
    const { status, message } = ERRORS[fault];
    const error = { code: REJECTED, message, data: { 'io.sallyport/exchange': id, error: fault } };
    const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: null, error }));
    client.reply({ status, headers: { 'content-type': 'application/json', ...headers, ...end } }, body);
  };
  const entrant = await enterServer(house, server, request);
  if (!('principal' in entrant)) return turnAway(entrant.fault, entrant.headers);
  if (!house.mcp.servers.has(server)) return turnAway('NOT_FOUND');
  if (house.closing()) return turnAway('SHUTTING_DOWN');
  const { method = '', headers } = request;
  await house.mcp.handle(
    { server, method, headers, body: request, signal: client.signal },
    writerTo(client, response),
    entrant,
  );
}

const EVENTS = 'text/event-stream';
/** JSON-RPC's range for servers: nobody came as far as a method. */
const REJECTED = -32000;

/** Where the answer to one request goes. */
export function writerTo(client: ResponseClient, response: ServerResponse): ClientWriter {
  return {
    head: (status, headers) => {
      client.start({ status, headers });
      // A stream may have nothing to say for long, and its client waits for the head. Any other goes with what follows.
      if (headers['content-type'] === EVENTS) response.flushHeaders();
    },
    write: async (bytes) => client.write(bytes),
    end: () => client.finish(),
  };
}
