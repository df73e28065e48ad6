import { memberOf, stringOf } from '@sallyport/wire';
import { composeNotification, editedObject } from '../message/compose-message.ts';
import type { McpMessage, McpNotification, RequestId } from '../message/message.ts';
import { gravityOf } from '../revision/log-levels.ts';
import { type Exchange, literalOf } from './exchange.ts';

/** A notification for the request of a client that it belongs to. */
export interface Notice {
  readonly message: McpMessage;
  readonly clientId: RequestId;
}

/** Progress of a request, under the token that the client knows it by now. */
export function progressNotice(
  { method, params, text }: McpNotification,
  exchanges: Iterable<Exchange>,
): Notice | undefined {
  const token = literalOf(memberOf(params, 'progressToken'), text);
  if (token === undefined) return undefined;
  for (const { token: own, clientToken, clientId } of exchanges) {
    if (own !== token || clientToken === undefined || clientId === undefined) continue;
    const given = editedObject(text, params, { progressToken: clientToken });
    return { message: composeNotification(method, given), clientId };
  }
  return undefined;
}

/** A line of a log, for the first of these requests that wants to hear of what is as grave. */
export function logNotice(
  { method, params, text }: McpNotification,
  exchanges: readonly Exchange[],
): Notice | undefined {
  const level = gravityOf(stringOf(params, 'level'));
  if (level === undefined || params === undefined) return undefined;
  const hearer = exchanges.find(
    ({ gravity, clientId }) => clientId !== undefined && gravity !== undefined && gravity <= level,
  );
  if (hearer?.clientId === undefined) return undefined;
  return { message: composeNotification(method, text.slice(params.start, params.end)), clientId: hearer.clientId };
}
