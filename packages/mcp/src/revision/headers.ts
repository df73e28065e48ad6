import { Buffer, isUtf8 } from 'node:buffer';
import { stringOf } from '@sallyport/wire';
import type { McpRequest } from '../message/message.ts';

/** Headers of Streamable HTTP, as HTTP compares them: in small letters. */
export const HEADERS = {
  protocolVersion: 'mcp-protocol-version',
  /** Of revisions before 2026-07-28. */
  session: 'mcp-session-id',
  /** From 2026-07-28 on: the method of the body. */
  method: 'mcp-method',
  /** From 2026-07-28 on: what the body calls, of the methods that call something by name. */
  name: 'mcp-name',
  lastEvent: 'last-event-id',
} as const;

/** The member of the params that says what a request calls, by method. Source: SDK 2.4.0, `inboundClassification.ts` (SEP-2243). */
const NAMED_BY: ReadonlyMap<string, 'name' | 'uri'> = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
] as const);

/** Name of the tool or prompt that a request calls, or the address of the resource. */
export function calledName({ method, params }: Pick<McpRequest, 'method' | 'params'>): string | undefined {
  const member = NAMED_BY.get(method);
  return member === undefined ? undefined : stringOf(params, member);
}

const OPENING = '=?base64?';
const CLOSING = '?=';
const PLAIN = /^[!-~](?:[\t -~]*[!-~])?$/;
const CANONICAL_BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** A name as a header carries it: as it is, or `=?base64?…?=` where a header could not. Source: SDK 2.4.0, `mcpParamHeaders.ts`. */
export function encodeHeaderValue(value: string): string {
  const looksEncoded = value.startsWith(OPENING) && value.endsWith(CLOSING);
  return PLAIN.test(value) && !looksEncoded ? value : `${OPENING}${Buffer.from(value).toString('base64')}${CLOSING}`;
}

/** @returns `undefined` for an encoding that is not the one of any name */
export function decodeHeaderValue(value: string): string | undefined {
  if (!value.startsWith(OPENING) || !value.endsWith(CLOSING)) return value;
  const base64 = value.slice(OPENING.length, -CLOSING.length);
  const bytes = Buffer.from(base64, 'base64');
  return CANONICAL_BASE64.test(base64) && isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}
