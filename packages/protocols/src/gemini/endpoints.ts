import type { Endpoint, RequestHead } from '@sallyport/core';
import { credentialOf, NO_KEY } from '../credential.ts';
import { decodePath } from '../decode-path.ts';
import { isModelName } from '../fields.ts';

/** What is asked of a model. */
export type Operation =
  | 'generateContent'
  | 'streamGenerateContent'
  | 'countTokens'
  | 'embedContent'
  | 'batchEmbedContents';

const OPERATIONS: readonly Operation[] = [
  'generateContent',
  'streamGenerateContent',
  'countTokens',
  'embedContent',
  'batchEmbedContents',
];

/** Tuned models have a collection of their own, which belongs to their name. */
const CALL = /^\/(v1|v1beta)\/(models|tunedModels)\/(.{1,1024}):([A-Za-z]{1,32})$/;
const MODELS = /^\/(?:v1|v1beta)\/models(?:\/([^/]{1,1024}))?$/;
const TUNED = 'tunedModels';
/** Segments that a server may resolve before it looks at the name. */
const DOTS = /(?:^|\/)\.{0,2}(?:\/|$)/;
const OWNED = /^\/v1beta\/|^\/v1\/(?:models\/[^/]{1,1024}:[A-Za-z]|tunedModels\/)/;
const KEY = /^[!-~]{1,4096}$/;
const SSE = 'alt=sse';
/** All models fit on one page, so that no page is asked for by its neighbour. */
const PAGE = /^pageSize=\d{1,4}$/;

/** The endpoints of this protocol. Of the query only the form of a stream goes on; a key in it is a credential. */
export function matchEndpoint(head: RequestHead): Endpoint | undefined {
  const { method, path } = head;
  const { key, others } = queryOf(head);
  if (method === 'GET') return matchModels(head, { key, others });
  const [, version = '', collection = '', named = '', wanted] = CALL.exec(path) ?? [];
  const operation = OPERATIONS.find((each) => each === wanted);
  if (method !== 'POST' || operation === undefined) return undefined;
  const stream = operation === 'streamGenerateContent';
  const sse = stream && others.length === 1 && others[0] === SSE;
  if (others.length > 0 && !sse) return undefined;
  const id = decodePath(named);
  if (id === undefined || !isModelName(id) || DOTS.test(id)) return undefined;
  const escaped = id.split('/').map(encodeURIComponent).join('/');
  return {
    kind: 'exchange',
    operation,
    method: 'POST',
    upstreamPath: `/${version}/${collection}/${escaped}:${operation}${sse ? `?${SSE}` : ''}`,
    model: collection === TUNED ? `${TUNED}/${id}` : id,
    stream,
  };
}

/** What an endpoint of this protocol asks for. */
export function operationOf(name: string): Operation | undefined {
  return OPERATIONS.find((each) => each === name);
}

/** Whether words come back. */
export function isGenerated(operation: Operation): boolean {
  return operation === 'generateContent' || operation === 'streamGenerateContent';
}

/** Whether vectors come back. */
export function isEmbedding(operation: Operation): boolean {
  return operation === 'embedContent' || operation === 'batchEmbedContents';
}

/** Tuned models are made, changed, given away and deleted here; those that exist are asked by the inspected operations. */
export function managesModels(path: string): boolean {
  return /^\/v1(?:beta)?\/tunedmodels(?:[/:]|$)/.test(path);
}

export function ownsPath(head: RequestHead): boolean {
  return OWNED.test(head.path) || hasGoogleKey(head);
}

/** The gateway key, from where clients of any protocol put it, or from the query. */
export function keyOf(head: RequestHead): string | undefined {
  const { key } = queryOf(head);
  if (key === undefined) return credentialOf(head);
  const own = head.headers['x-goog-api-key'];
  if (!KEY.test(key) || (own !== undefined && own !== key)) return NO_KEY;
  return credentialOf({ ...head, headers: { ...head.headers, 'x-goog-api-key': key } });
}

interface Query {
  /** Empty where it is said twice, or cannot be read. */
  readonly key: string | undefined;
  readonly others: readonly string[];
}

function queryOf({ query }: RequestHead): Query {
  const parts = query.replace(/^\?/, '').split('&');
  const keys = parts.filter((part) => part.startsWith('key='));
  const others = parts.filter((part) => part !== '' && !part.startsWith('key='));
  const [first] = keys;
  if (first === undefined) return { key: undefined, others };
  return { key: keys.length > 1 ? '' : (decodePath(first.slice('key='.length)) ?? ''), others };
}

/** Another protocol has the same list at `/v1/models`: there it is Google's when its key or its client is shown. */
function matchModels(head: RequestHead, { key, others }: Query): Endpoint | undefined {
  const [whole, named] = MODELS.exec(head.path) ?? [];
  const ours = head.path.startsWith('/v1beta/') || key !== undefined || hasGoogleKey(head);
  if (whole === undefined || !ours) return undefined;
  if (named === undefined) {
    return others.every((other) => PAGE.test(other)) ? { kind: 'models', operation: 'models.list' } : undefined;
  }
  const model = decodePath(named);
  if (model === undefined || model === '' || others.length > 0) return undefined;
  return { kind: 'models', operation: 'models.get', model };
}

function hasGoogleKey({ headers }: RequestHead): boolean {
  return headers['x-goog-api-key'] !== undefined || headers['x-goog-api-client'] !== undefined;
}
