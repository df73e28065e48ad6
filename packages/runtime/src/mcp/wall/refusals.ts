import { ERRORS, type ErrorCode, type Ruling, refusalMessage } from '@sallyport/core';
import { type JsonMembers, type McpAnswer, writeError, writeResult } from '@sallyport/mcp';
import { CALL, type Crossing } from './crossing.ts';

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

/** The answer to what policy stopped: of a tool call, a result that the model reads. */
export function refuse(crossing: Crossing, ruling: Ruling): McpAnswer {
  const { id, method, records } = crossing;
  const text = refusalMessage(ruling, records.judge.engine.message(ruling.decision));
  const effect = ruling.effect === 'ask' ? 'ask' : 'block';
  const meta = { [META.exchange]: records.id, [META.effect]: effect };
  if (method !== CALL) return writeError(id, { code: CODES.refused, message: text, data: meta });
  return toldToModel(crossing, text, meta);
}

/** The answer to what could not be taken, or was not answered. */
export function fail({ id, records }: Failed, code: number, error: ErrorCode): McpAnswer {
  const exchange = records === undefined ? {} : { [META.exchange]: records.id };
  return writeError(id, { code, message: ERRORS[error].message, data: { ...exchange, error } });
}

/** What fails; without records where it did not come so far. */
export type Failed = Pick<Crossing, 'id'> & Partial<Pick<Crossing, 'records'>>;

/** The answer to arguments that are not what the tool's schema says. @param at where, as a JSON pointer */
export function mismatch(crossing: Crossing, at: string): McpAnswer {
  const text = `arguments of this call do not have the form that the tool's schema gives them, at \`${at}\``;
  return toldToModel(crossing, text, { [META.exchange]: crossing.records.id });
}

/** A result of ours in the place of a tool's: since 2026-07-28 every result says that it is whole. */
function toldToModel({ id, isModern }: Crossing, text: string, meta: JsonMembers): McpAnswer {
  const whole = isModern ? { resultType: 'complete' } : {};
  return writeResult(id, { ...whole, content: [{ type: 'text', text }], isError: true, _meta: meta });
}

/** The answer to what can go on once a person has let the gateway in at the server. */
export function sendTo(url: string, { id, records }: Crossing): McpAnswer {
  const message = 'a person has to let the gateway in at this server first';
  const elicitations = [{ mode: 'url', elicitationId: records.id, url, message }];
  return writeError(id, { code: CODES.pageFirst, message, data: { [META.exchange]: records.id, elicitations } });
}
