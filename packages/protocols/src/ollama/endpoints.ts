import type { Endpoint, RequestHead } from '@sallyport/core';

/** What is asked for: an answer to a conversation, an answer to a prompt, or vectors, as of today and as of before. */
export type Operation = 'chat' | 'generate' | 'embed' | 'embeddings';

const OPERATIONS: ReadonlyMap<string, Operation> = new Map([
  ['/api/chat', 'chat'],
  ['/api/generate', 'generate'],
  ['/api/embed', 'embed'],
  ['/api/embeddings', 'embeddings'],
]);

/**
 * The endpoints of this protocol that carry text, and its list of models. No query goes on. What manages a server has no
 * endpoint here.
 */
export function matchEndpoint({ method, path, query }: RequestHead): Endpoint | undefined {
  if (query !== '' && query !== '?') return undefined;
  const operation = OPERATIONS.get(path);
  if (method === 'POST' && operation !== undefined) {
    return { kind: 'exchange', operation, method: 'POST', upstreamPath: path };
  }
  return method === 'GET' && path === '/api/tags' ? { kind: 'models', operation: 'tags' } : undefined;
}

/** What an endpoint of this protocol asks for. */
export function operationOf(path: string): Operation | undefined {
  return OPERATIONS.get(path);
}

/** Whether words come back, in a stream where one is asked for; vectors have none. */
export function isGenerated(operation: Operation): boolean {
  return operation === 'chat' || operation === 'generate';
}

/** Only looks at a server: a model's file, what is loaded, the version. Source: Ollama, "API". */
const LOOKS: ReadonlySet<string> = new Set(['/api/show', '/api/ps', '/api/version']);
/** Replaces, moves or deletes models, wherever a proxy puts it. */
const CHANGES = /\/api\/(?:blobs|copy|create|delete|pull|push)(?:\/|$)/;

/** Whoever may ask a model must not be able to put another one in its place: what is not known to only look is refused. */
export function managesServer(path: string): boolean {
  return CHANGES.test(path) || (path.startsWith('/api/') && !LOOKS.has(path));
}

export function ownsPath({ path }: RequestHead): boolean {
  return path.startsWith('/api/');
}
