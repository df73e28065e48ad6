import { type Provider, type ProviderAnswer, type ProviderCall, SallyportError } from '@sallyport/core';
import { type Dispatcher, errors, Pool } from 'undici';
import { decoded } from './decoded.ts';

export interface HttpProviderOptions {
  readonly id: string;
  /** Without a final slash, such as `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  /** Headers that carry the provider's own key. */
  readonly authorization: Readonly<Record<string, string>>;
  readonly connectMs: number;
  /** From the end of the request to the head of the answer, milliseconds. */
  readonly headersMs: number;
  /** Longest silence within an answer's body, milliseconds. */
  readonly idleMs: number;
  readonly maxConnections: number;
  /** Of an answer's body, decoded, bytes. */
  readonly maxAnswerBytes: number;
}

/** Bytes of an answer that are read behind its last event, so that the connection can serve again. */
const DRAIN_MAX_BYTES = 16_384;

/** A provider that speaks HTTP at one base URL; nothing else is ever contacted, redirects are passed on and not followed. */
export class HttpProvider implements Provider {
  readonly id: string;
  readonly kind = 'openai';
  private readonly pool: Pool;
  private readonly basePath: string;
  private readonly options: HttpProviderOptions;

  constructor(options: HttpProviderOptions) {
    const { origin, pathname } = new URL(options.baseUrl);
    this.id = options.id;
    this.options = options;
    this.basePath = pathname === '/' ? '' : pathname;
    this.pool = new Pool(origin, {
      connections: options.maxConnections,
      connect: { timeout: options.connectMs },
      headersTimeout: options.headersMs,
      bodyTimeout: options.idleMs,
      maxHeaderSize: 65_536,
    });
  }

  async send({ method, path, headers, body, signal }: ProviderCall): Promise<ProviderAnswer> {
    const sent: Record<string, string | string[]> = {};
    for (const [name, value] of Object.entries(headers)) sent[name] = typeof value === 'string' ? value : [...value];
    Object.assign(sent, this.options.authorization);
    try {
      const answer = await this.pool.request({
        method: method as Dispatcher.HttpMethod,
        path: `${this.basePath}${path}`,
        headers: sent,
        body: body ?? null,
        signal,
      });
      const passed = passedHeaders(answer.headers);
      return { status: answer.statusCode, headers: passed, body: this.bodyOf(answer, signal) };
    } catch (error) {
      throw upstreamError(error);
    }
  }

  async close(): Promise<void> {
    await this.pool.destroy();
  }

  private async *bodyOf({ body, headers }: Dispatcher.ResponseData, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    let left = this.options.maxAnswerBytes;
    let ended = false;
    try {
      for await (const chunk of decoded(body, headers['content-encoding'])) {
        left -= chunk.length;
        if (left < 0) throw new SallyportError('UPSTREAM_TOO_LARGE');
        yield chunk;
      }
      ended = true;
    } catch (error) {
      throw upstreamError(error);
    } finally {
      if (!ended) release(body, signal.aborted);
    }
  }
}

/** Behind a stream's last event only the end of the body is left: it is read, so that the connection can be used again. */
function release(body: Dispatcher.ResponseData['body'], aborted: boolean): void {
  if (aborted || body.destroyed) body.on('error', () => undefined).destroy();
  else body.dump({ limit: DRAIN_MAX_BYTES }).catch(() => undefined);
}

const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

function passedHeaders(headers: Dispatcher.ResponseData['headers']): Record<string, string | readonly string[]> {
  const passed: Record<string, string | readonly string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !HOP_BY_HOP.has(name)) passed[name] = value;
  }
  return passed;
}

function upstreamError(error: unknown): SallyportError {
  if (error instanceof SallyportError) return error;
  const silent =
    error instanceof errors.HeadersTimeoutError ||
    error instanceof errors.BodyTimeoutError ||
    error instanceof errors.ConnectTimeoutError;
  if (silent) return new SallyportError('UPSTREAM_TIMEOUT', { cause: error });
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const unreachable = [
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'CERT_HAS_EXPIRED',
  ].includes(code);
  return new SallyportError(unreachable ? 'UPSTREAM_UNREACHABLE' : 'UPSTREAM_BROKEN', { cause: error });
}
