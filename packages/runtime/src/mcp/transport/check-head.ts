import { readUrl } from '@sallyport/core';
import { ERROR_CODES } from '@sallyport/mcp';
import type { McpConfig } from '../../config/index.ts';
import { type ClientRequest, hasHeader, headerOf, type Rejection } from './client-request.ts';
import { mediaType } from './media-type.ts';

/** An error of no particular kind. Source: JSON-RPC 2.0, section 5.1. */
export const SERVER_ERROR = -32_000;

/** Forms in which a client takes its answer. */
export interface Accepted {
  readonly json: boolean;
  readonly events: boolean;
}

const METHODS = 'GET, POST, DELETE';

/** Looks at a request before anything of its body is read. */
export function checkHead(
  request: ClientRequest,
  { allowedHosts, allowedOrigins }: Pick<McpConfig, 'allowedHosts' | 'allowedOrigins'>,
): Rejection | undefined {
  const { method } = request;
  if (allowedHosts !== undefined && !allowedHosts.includes(hostIn(headerOf(request, 'host')))) {
    return reject(403, 'host is not one by which this gateway is addressed');
  }
  if (hasHeader(request, 'origin') && !allowedOrigins.includes((headerOf(request, 'origin') ?? '').toLowerCase())) {
    return reject(403, 'origin is not one whose pages may be clients');
  }
  if (method !== 'GET' && method !== 'POST' && method !== 'DELETE') {
    return { ...reject(405, 'method is not one of this endpoint'), headers: { allow: METHODS } };
  }
  if (method !== 'POST') return undefined;
  const type = headerOf(request, 'content-type');
  if (mediaType(type) !== 'application/json' || /charset\s*=\s*"?(?!utf-?8\b)/i.test(type ?? '')) {
    return reject(415, 'content type must be `application/json`');
  }
  const coding =
    headerOf(request, 'content-encoding') ?? (hasHeader(request, 'content-encoding') ? 'several' : 'identity');
  return coding.toLowerCase() === 'identity' ? undefined : reject(415, 'content encoding is not supported');
}

/** @returns undefined where the client takes neither form */
export function acceptedBy(request: ClientRequest): Accepted | undefined {
  const header = request.headers.accept;
  const ranges = [header ?? '*/*']
    .flat()
    .flatMap((value) => value.split(','))
    .filter((range) => !/;\s*q\s*=\s*0(?:\.0*)?\s*(?:;|$)/i.test(range))
    .map(mediaType);
  const takes = (type: string) => ['*/*', `${type.split('/')[0]}/*`, type].some((range) => ranges.includes(range));
  const accepted = { json: takes('application/json'), events: takes('text/event-stream') };
  return accepted.json || accepted.events ? accepted : undefined;
}

export function reject(status: number, message: string, code: number = SERVER_ERROR): Rejection {
  return { status, code, message };
}

export function invalid(message: string): Rejection {
  return reject(400, message, ERROR_CODES.invalidRequest);
}

/** Name in a `Host`, without its port and brackets, in lower case; empty where there is none. */
function hostIn(host: string | undefined): string {
  const url = readUrl(`http://${host ?? ''}/`);
  return url === undefined || url.host === '' || url.pathname !== '/' || url.username !== ''
    ? ''
    : url.hostname.toLowerCase().replace(/^\[(.*)\]$/, '$1');
}

export const NOT_ACCEPTABLE = reject(406, 'client must accept `application/json` or `text/event-stream`');
