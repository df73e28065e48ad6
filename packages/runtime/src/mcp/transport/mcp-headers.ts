import { Buffer, isUtf8 } from 'node:buffer';
import type { McpRequest } from '@sallyport/mcp';
import { memberOf, stringOf } from '@sallyport/wire';

export const SESSION_HEADER = 'mcp-session-id';
export const VERSION_HEADER = 'mcp-protocol-version';
export const METHOD_HEADER = 'mcp-method';
export const NAME_HEADER = 'mcp-name';

/** Member of `_meta` by which a request says, since 2026-07-28, which revision it is written in. */
export const VERSION_META = 'io.modelcontextprotocol/protocolVersion';

/** What the header with the name repeats, by method. Source: MCP 2026-07-28, Streamable HTTP, standard request headers. */
const NAMED_BY: ReadonlyMap<string, string> = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
]);

const BASE64 = /^=\?base64\?([A-Za-z0-9+/]*={0,2})\?=$/;
const PLAIN = /^[!-~](?:[ -~]*[!-~])?$/;

/** The revision that a request claims to be written in. */
export function claimedRevision({ params }: Pick<McpRequest, 'params'>): string | undefined {
  return stringOf(memberOf(params, '_meta'), VERSION_META);
}

/** What a request names, where its method names something. */
export function namedBy({ method, params }: Pick<McpRequest, 'method' | 'params'>): string | undefined {
  const member = NAMED_BY.get(method);
  return member === undefined ? undefined : stringOf(params, member);
}

/** A text as the value of a header: what a header cannot hold, or would be taken for an encoding, is encoded. */
export function encodeHeader(text: string): string {
  return PLAIN.test(text) && !text.startsWith('=?base64?')
    ? text
    : `=?base64?${Buffer.from(text).toString('base64')}?=`;
}

/** @returns undefined for an encoding that does not hold */
export function decodeHeader(value: string): string | undefined {
  if (!value.startsWith('=?base64?') || !value.endsWith('?=')) return value;
  const base64 = BASE64.exec(value)?.[1];
  if (base64 === undefined) return undefined;
  const bytes = Buffer.from(base64, 'base64');
  return bytes.toString('base64') === base64 && isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}

/** Media type of a content type, in lower case and without parameters. */
export function mediaType(value: string | undefined): string {
  return (value ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}
