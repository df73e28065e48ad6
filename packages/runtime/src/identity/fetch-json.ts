import { isFault } from '@sallyport/core';
import { decodeUtf8, parseJson } from '@sallyport/wire';
import { Agent, request } from 'undici';

/** Time for a connection, and for the whole of one answer, milliseconds. */
const CONNECT_MS = 2_000;
const ANSWER_MS = 5_000;
/** A key set of a hundred keys fits in, bytes. */
export const FETCHED_MAX_BYTES = 262_144;
const MAX_DEPTH = 16;
const MAX_NODES = 20_000;

/** What an address answered, or why there is nothing to go by; no word of the answer itself. */
export type Fetched = { readonly value: object } | { readonly failed: string };

export interface JsonFetcher {
  fetch(url: string): Promise<Fetched>;
  close(): Promise<void>;
}

/**
 * Fetches JSON objects: no redirect is followed, and no more is read than a set of keys can need.
 * @param timeout gives a signal that aborts when so many milliseconds are over
 */
export function createJsonFetcher(
  answerMs = ANSWER_MS,
  timeout = (ms: number) => AbortSignal.timeout(ms),
): JsonFetcher {
  const agent = new Agent({
    connections: 2,
    connect: { timeout: CONNECT_MS },
    headersTimeout: answerMs,
    bodyTimeout: answerMs,
    maxHeaderSize: 16_384,
    maxResponseSize: FETCHED_MAX_BYTES,
  });
  return {
    fetch: async (url) => {
      try {
        const signal = timeout(answerMs);
        const headers = { accept: 'application/json', 'user-agent': 'sallyport' };
        const { statusCode, body } = await request(url, { dispatcher: agent, headers, signal });
        if (statusCode !== 200) {
          body.on('error', () => undefined).destroy();
          return { failed: `status ${statusCode}` };
        }
        return readJsonObject(new Uint8Array(await body.arrayBuffer()));
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : '';
        return { failed: code !== '' ? code : error instanceof Error ? error.name : 'unknown' };
      }
    },
    close: () => agent.destroy(),
  };
}

/** What two readers could take for two things is none. */
export function readJsonObject(bytes: Uint8Array): Fetched {
  const text = decodeUtf8(bytes);
  if (typeof text !== 'string') return { failed: 'not UTF-8' };
  const node = parseJson(text, { maxDepth: MAX_DEPTH, strict: true, maxNodes: MAX_NODES });
  if (isFault(node)) return { failed: `not strict JSON (${node.fault})` };
  return node.kind === 'object' ? { value: JSON.parse(text) as object } : { failed: 'not a JSON object' };
}
