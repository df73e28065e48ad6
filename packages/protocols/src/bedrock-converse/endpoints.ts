import type { Endpoint, RequestHead } from '@sallyport/core';
import { decodePath } from '../decode-path.ts';
import { isModelName } from '../fields.ts';

/** The operation that asks how many tokens a request has. */
export const COUNT_TOKENS = 'count-tokens';
const CONVERSE_STREAM = 'converse-stream';

const OPERATIONS: ReadonlySet<string> = new Set(['converse', CONVERSE_STREAM, COUNT_TOKENS]);

/** The model's id is one segment: its colons and slashes come escaped. */
const PATH = /^\/model\/([^/]{1,1024})\/([a-z-]{1,32})$/;
/** Segments that a server may resolve before it looks at the id. */
const DOTS = /(?:^|\/)\.{0,2}(?:\/|$)/;
/** What Amazon's SDKs ask the same address for. */
const OWNED = /^\/(?:model|guardrail|guardrail-checks|async-invoke)(?:\/|$)/;

/** The endpoints of this protocol. `invoke` carries the bodies of other protocols, and is not one of them. */
export function matchEndpoint({ method, path, query }: RequestHead): Endpoint | undefined {
  const [, segment = '', operation = ''] = PATH.exec(path) ?? [];
  if (method !== 'POST' || (query !== '' && query !== '?') || !OPERATIONS.has(operation)) return undefined;
  const model = decodePath(segment);
  if (model === undefined || !isModelName(model) || DOTS.test(model)) return undefined;
  return {
    kind: 'exchange',
    operation,
    method: 'POST',
    upstreamPath: `/model/${encodeURIComponent(model)}/${operation}`,
    model,
    stream: operation === CONVERSE_STREAM,
  };
}

export function ownsPath({ path }: RequestHead): boolean {
  return OWNED.test(path);
}
