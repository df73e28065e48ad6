import type { IncomingMessage } from 'node:http';
import { ERRORS, type ErrorCode } from '@sallyport/core';
import type { Entrant, OpenHouse } from '@sallyport/runtime';
import { presentedBy } from '../../http/presented-by.ts';

/** Why somebody may not come in at an MCP server, as HTTP says it. */
export interface TurnedAway {
  readonly fault: ErrorCode;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Says who comes to an MCP server, by the head of a request: the one thing to ask before anything of it is read. A credential stands in
 * `authorization` and nowhere else; none of it goes on to the server.
 */
export async function enterServer(
  house: Pick<OpenHouse, 'serverDoors'>,
  server: string,
  request: IncomingMessage,
): Promise<Entrant | TurnedAway> {
  const found = await house.serverDoors.enter(server, presentedBy(request, bearerOf(request)));
  if ('principal' in found) return found;
  const { fault, challenge } = found;
  return {
    fault,
    status: ERRORS[fault].status,
    headers: challenge === undefined ? {} : { 'www-authenticate': challenge },
  };
}

/** Empty where there is a header that holds no token: what is shown and wrong is not passed over for something else. */
function bearerOf({ headers }: IncomingMessage): string | undefined {
  const { authorization } = headers;
  if (authorization === undefined) return undefined;
  return /^bearer +([A-Za-z0-9._~+/-]+=*) *$/i.exec(authorization)?.[1] ?? '';
}
