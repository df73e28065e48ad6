import { type LookupAddress, lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { readUrl } from '@sallyport/core';
import { Agent, request } from 'undici';
import type { McpUpstreamConfig } from '../../config/index.ts';
import { readJsonObject } from '../../identity/fetch-json.ts';
import { isPublicAddress } from './is-public-address.ts';

/** Time for a connection, and for the whole of one answer, milliseconds. */
const CONNECT_MS = 2_000;
export const ANSWER_MS = 5_000;
/** Metadata, registrations and tokens fit in, bytes. */
export const ANSWER_MAX_BYTES = 262_144;
const MAX_HEADER_BYTES = 16_384;

export type Reach = McpUpstreamConfig['reach'];

export interface OutboundRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Why an address was not called, or what it answered counts for nothing; no word of the answer itself. */
export class OutboundFailure extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'OutboundFailure';
  }
}

export interface Outbound {
  /** @throws {OutboundFailure} */
  fetch(address: string, options?: OutboundRequest): Promise<Response>;
  /** A JSON object; what is none, or not answered with 200, is a failure too. @throws {OutboundFailure} */
  object(address: string): Promise<Readonly<Record<string, unknown>>>;
  /** Whether an address may be called at all, by what it says. */
  allows(address: string): boolean;
  close(): Promise<void>;
}

/**
 * Calls addresses that others name: https alone, at public addresses alone, unless configuration says otherwise. What a name leads to is looked at
 * in the look-up that the connection is made by, so it cannot change in between. No redirect is followed, no more is read than metadata can need,
 * and JSON is read strictly.
 */
export function createOutbound(reach: Reach, answerMs = ANSWER_MS): Outbound {
  const agent = new Agent({
    connections: 4,
    connect: { timeout: CONNECT_MS, ...(reach === 'public' && { lookup: publicLookup }) },
    headersTimeout: answerMs,
    bodyTimeout: answerMs,
    maxHeaderSize: MAX_HEADER_BYTES,
    maxResponseSize: ANSWER_MAX_BYTES,
  });
  const outbound: Outbound = {
    allows: (address) => isAllowed(address, reach),
    fetch: async (address, options = {}) => {
      if (!isAllowed(address, reach)) throw new OutboundFailure('address is not one that may be called');
      try {
        return await ask(address, options, { agent, answerMs });
      } catch (error) {
        if (error instanceof OutboundFailure) throw error;
        // The lookup's own refusal is a failure of ours already; others are told by their code, which holds no word of an answer.
        const { code, name = 'unknown' } = (error ?? {}) as { readonly code?: unknown; readonly name?: string };
        throw new OutboundFailure(typeof code === 'string' ? code : name);
      }
    },
    object: async (address) => {
      const answer = await outbound.fetch(address);
      if (answer.status !== 200) throw new OutboundFailure(`status ${answer.status}`);
      const read = readJsonObject(new Uint8Array(await answer.arrayBuffer()));
      if ('failed' in read) throw new OutboundFailure(read.failed);
      return read.value as Readonly<Record<string, unknown>>;
    },
    close: () => agent.destroy(),
  };
  return outbound;
}

function isAllowed(address: string, reach: Reach): boolean {
  const url = readUrl(address);
  if (url === undefined || url.username !== '' || url.password !== '') return false;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (url.protocol === 'http:')
    return reach === 'loopback' && (host === '::1' || host === 'localhost' || isOwnIpv4(host));
  if (url.protocol !== 'https:') return false;
  // An address that is written out is not looked up.
  return reach !== 'public' || isIP(host) === 0 || isPublicAddress(host);
}

function isOwnIpv4(host: string): boolean {
  return isIP(host) === 4 && host.startsWith('127.');
}

const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    const [first] = addresses ?? [];
    if (error !== null || first === undefined) return callback(error ?? new OutboundFailure('no address'), '');
    if (!addresses.every(({ address }) => isPublicAddress(address))) {
      return callback(new OutboundFailure('leads to an address that is not public'), '');
    }
    if (options.all === true) return callback(null, addresses);
    callback(null, first.address, first.family);
  });
};

async function ask(
  address: string,
  { method = 'GET', headers = {}, body }: OutboundRequest,
  { agent, answerMs }: { readonly agent: Agent; readonly answerMs: number },
): Promise<Response> {
  const answer = await request(address, {
    dispatcher: agent,
    method: method === 'POST' ? 'POST' : 'GET',
    headers: { accept: 'application/json', ...headers, 'user-agent': 'sallyport' },
    body: body === undefined || body === null ? null : String(body),
    signal: AbortSignal.timeout(answerMs),
  });
  const bytes = new Uint8Array(await answer.body.arrayBuffer());
  const type = String(answer.headers['content-type'] ?? '');
  if (/^application\/(?:[\w.+-]*\+)?json\b/i.test(type)) {
    const read = readJsonObject(bytes);
    if ('failed' in read) throw new OutboundFailure(read.failed);
  }
  const challenge = answer.headers['www-authenticate'];
  return new Response(hasNoBody(answer.statusCode) ? null : bytes, {
    status: answer.statusCode,
    headers: { 'content-type': type, ...(typeof challenge === 'string' && { 'www-authenticate': challenge }) },
  });
}

function hasNoBody(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}
