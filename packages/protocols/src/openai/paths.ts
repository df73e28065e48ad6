import type { Endpoint, ExchangeEndpoint, RequestHead } from '@sallyport/core';
import { decodePath } from '../decode-path.ts';

/** What a query may say: it would reach the provider unread, and be logged by every proxy on the way. */
const QUERY = /^(?:\?(?:api-version=[\w.-]{1,32})?)?$/;
/** Where Azure has the same paths as OpenAI. */
const AZURE_PREFIX = '/openai';

/** A path of OpenAI, or the same below Azure's prefix. */
export function openaiPath({ path }: Pick<RequestHead, 'path'>): string {
  return path.startsWith(`${AZURE_PREFIX}/v1/`) ? path.slice(AZURE_PREFIX.length) : path;
}

export function isPlainQuery(query: string): boolean {
  return QUERY.test(query);
}

/** The endpoint of an operation that is one POST at one path, such as `/embeddings`. */
export function postEndpoint(head: RequestHead, operation: string, upstreamPath: string): ExchangeEndpoint | undefined {
  const { method, query } = head;
  if (method !== 'POST' || !isPlainQuery(query) || openaiPath(head) !== `/v1${upstreamPath}`) return undefined;
  return { kind: 'exchange', operation, method, upstreamPath: `${upstreamPath}${query}` };
}

/** The list of models below a base such as `/v1`, or one of them. */
export function modelsEndpoint(path: string, base: string): Endpoint | undefined {
  const list = `${base}/models`;
  if (path === list) return { kind: 'models', operation: 'models.list' };
  const model = path.startsWith(`${list}/`) ? decodePath(path.slice(list.length + 1)) : undefined;
  return model === undefined || model === '' ? undefined : { kind: 'models', operation: 'models.retrieve', model };
}

/**
 * What loads other weights into a server, and what administers an account. Sources: vLLM, "LoRA Adapters"; OpenAI,
 * "Administration"; Anthropic, "Admin API".
 */
const MANAGED = /^\/v1\/(?:(?:un)?load_lora_adapter|organizations?)(?:\/|$)/;

export function managesServer(path: string): boolean {
  return MANAGED.test(openaiPath({ path }));
}

/** The paths of OpenAI and of those that are compatible with it. */
export function ownsPath(head: RequestHead): boolean {
  return openaiPath(head).startsWith('/v1/');
}
