import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import {
  type AnswerHead,
  type ExchangeEndpoint,
  isFault,
  type ParsedRequest,
  type ProtocolAdapter,
  type RequestHead,
} from '@sallyport/core';

/** Bounds under which fixtures are read. */
export const SAMPLE_LIMITS = { maxDepth: 32, maxBodyBytes: 1_000_000 };

export interface RequestSample {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly endpoint: ExchangeEndpoint;
}

export interface AnswerSample {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly head: AnswerHead;
  readonly request: RequestSample;
}

export interface Samples {
  readonly requests: readonly RequestSample[];
  readonly answers: readonly AnswerSample[];
}

/** `fixtures/manifest.json`: what the names of fixtures do not say. */
interface Manifest {
  /** The head of every request that has none of its own. */
  readonly head: Partial<RequestHead>;
  readonly requests?: Readonly<Record<string, Partial<RequestHead>>>;
  readonly answers?: Readonly<Record<string, { readonly request?: string; readonly contentType?: string }>>;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.json': 'application/json',
  '.sse': 'text/event-stream',
  '.ndjson': 'application/x-ndjson',
  '.eventstream': 'application/vnd.amazon.eventstream',
  '.html': 'text/html',
};

/**
 * The true wire bytes of one protocol: `<id>/fixtures/requests` and `<id>/fixtures/answers`. An answer belongs to the request
 * that the manifest names, else to that of its own name, else to the first; its type is its extension, `error-<status>` its status.
 */
export function samplesOf(adapter: ProtocolAdapter): Samples {
  const folder = new URL(`../${adapter.id.replace(/^azure-/, '')}/fixtures/`, import.meta.url).pathname;
  const manifest = manifestOf(folder, adapter);
  const requests = readdirSync(join(folder, 'requests')).map((name) => ({
    name,
    bytes: readFileSync(join(folder, 'requests', name)),
    endpoint: endpointOf(adapter, { ...manifest.head, ...manifest.requests?.[name] }),
  }));
  const answers = readdirSync(join(folder, 'answers')).map((name) => {
    const said = manifest.answers?.[name];
    const own = name.replace(/\.\w+$/, '.json');
    const wanted = said?.request ?? (existsSync(join(folder, 'requests', own)) ? own : requests[0]?.name);
    const request = requests.find((each) => each.name === wanted);
    if (request === undefined) throw new Error(`no request for ${name}`);
    const status = Number(/^error-(\d+)/.exec(name)?.[1] ?? 200);
    const contentType = said?.contentType ?? CONTENT_TYPES[extname(name)] ?? '';
    return { name, bytes: readFileSync(join(folder, 'answers', name)), head: { status, contentType }, request };
  });
  return { requests, answers };
}

/** Azure's older paths carry the same bytes: only the head differs. */
function manifestOf(folder: string, { id }: ProtocolAdapter): Manifest {
  const manifest: Manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
  if (!id.startsWith('azure-')) return manifest;
  const path = manifest.head.path?.replace(/^\/v1/, '/openai/deployments/m') ?? '';
  return { ...manifest, head: { ...manifest.head, path, query: '?api-version=2024-10-21' } };
}

export function endpointOf(adapter: ProtocolAdapter, head: Partial<RequestHead>): ExchangeEndpoint {
  const endpoint = adapter.match({ method: 'POST', path: '/', query: '', headers: {}, ...head });
  if (endpoint?.kind !== 'exchange') throw new Error(`${adapter.id} does not know ${head.path}`);
  return endpoint;
}

export function parseSample(adapter: ProtocolAdapter, { bytes, endpoint }: Omit<RequestSample, 'name'>): ParsedRequest {
  const parsed = adapter.request(bytes, endpoint, SAMPLE_LIMITS);
  if (isFault(parsed)) throw new Error(`${parsed.fault} at ${parsed.at}`);
  return parsed;
}
