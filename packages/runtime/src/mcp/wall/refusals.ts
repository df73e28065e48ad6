import { ERRORS, type ErrorCode, type PolicyEngine, type Ruling, refusalMessage } from '@sallyport/core';
import { type McpAnswer, type RequestId, writeError, writeResult } from '@sallyport/mcp';

/** JSON-RPC's own codes, and those of the range that it leaves to servers. */
export const CODES = {
  invalidRequest: -32600,
  unknownMethod: -32601,
  invalidParams: -32602,
  internal: -32603,
  /** Policy stopped it, or a budget. */
  refused: -32010,
  /** A person has to go to a page first (specification of 2025-11-25, "URL Elicitation Required Error"). */
  pageFirst: -32042,
  /** Too much is under way. */
  crowded: -32011,
  /** Whoever was asked gave no answer. */
  lost: -32012,
} as const;

/** Of our own in `_meta`: under which exchange the record has it, and what was decided. */
const META = { exchange: 'io.sallyport/exchange', effect: 'io.sallyport/effect' } as const;

export interface Refused {
  readonly id: RequestId;
  readonly exchange: string;
  /** Of a tool call, whose refusal is a result that the model reads. */
  readonly isCall: boolean;
}

/** The answer to what policy stopped. */
export function refuse({ id, exchange, isCall }: Refused, ruling: Ruling, engine: PolicyEngine): McpAnswer {
  const text = refusalMessage(ruling, engine.message(ruling.decision));
  const effect = ruling.effect === 'ask' ? 'ask' : 'block';
  const meta = { [META.exchange]: exchange, [META.effect]: effect };
  if (!isCall) return writeError(id, { code: CODES.refused, message: text, data: meta });
  return writeResult(id, { content: [{ type: 'text', text }], isError: true, _meta: meta });
}

/** The answer to what could not be taken, or was not answered. */
export function fail({ id, exchange }: Omit<Refused, 'isCall'>, code: number, error: ErrorCode): McpAnswer {
  return writeError(id, { code, message: ERRORS[error].message, data: { [META.exchange]: exchange, error } });
}

/** The answer to arguments that are not what the tool's schema says. @param at where, as a JSON pointer */
export function mismatch({ id, exchange }: Omit<Refused, 'isCall'>, at: string): McpAnswer {
  const text = `arguments of this call do not have the form that the tool's schema gives them, at \`${at}\``;
  return writeResult(id, { content: [{ type: 'text', text }], isError: true, _meta: { [META.exchange]: exchange } });
}

/** The answer to what can go on once a person has let the gateway in at the server. */
export function sendTo(url: string, { id, exchange }: Omit<Refused, 'isCall'>): McpAnswer {
  const message = 'a person has to let the gateway in at this server first';
  const elicitations = [{ mode: 'url', elicitationId: exchange, url, message }];
  return writeError(id, { code: CODES.pageFirst, message, data: { [META.exchange]: exchange, elicitations } });
}
