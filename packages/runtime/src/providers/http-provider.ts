import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import {
  type Provider,
  type ProviderAnswer,
  type ProviderCall,
  SallyportError,
  type StopSignal,
} from '@sallyport/core';
import { type Dispatcher, errors, Pool } from 'undici';
import { AnswerBody } from './answer-body.ts';
import type { Authorize } from './authorize.ts';
import { decoded } from './decoded.ts';
import { readModelDigests, readModelList } from './model-list.ts';
import { ReadingRoom, ROOMY_READ_BYTES, SMALL_READ_BYTES, TINY_READ_BYTES } from './reading-room.ts';
import type { ModelListForm } from './vendors.ts';

export interface HttpProviderOptions {
  readonly id: string;
  readonly kind: string;
  /** Without a final slash, such as `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  /** By protocol that it speaks: what goes between the base URL and a call's path. */
  readonly protocols: Readonly<Record<string, string>>;
  /** Makes the headers that carry the provider's own key. */
  readonly authorize: Authorize;
  readonly models: ModelListForm | undefined;
  readonly connectMs: number;
  /** From the end of the request to the head of the answer, milliseconds. */
  readonly headersMs: number;
  /** Longest silence within an answer's body, milliseconds. */
  readonly idleMs: number;
  readonly maxConnections: number;
  /** Of an answer's body, decoded, bytes. */
  readonly maxAnswerBytes: number;
}

const NO_BYTES = new Uint8Array(0);

/** Bytes read of an answer that wait in its socket before no more is read: one read, unless reads are small. */
const SOCKET_WAITING_BYTES = 1_024;

/** All sockets are read through one buffer: it is emptied before the next is read. */
const READ_BUFFER = new Uint8Array(ROOMY_READ_BYTES);
const READ_BUFFERS: ReadonlyMap<number, Uint8Array> = new Map(
  [ROOMY_READ_BYTES, SMALL_READ_BYTES, TINY_READ_BYTES].map((bytes) => [bytes, READ_BUFFER.subarray(0, bytes)]),
);

/** Reads as much at a time as the room allows: node's own 64 KiB a read are too many for thousands of slow clients. */
function readsInto(room: ReadingRoom): object {
  return {
    // The client library's own would go before the one for reading.
    highWaterMark: undefined,
    readableHighWaterMark: SOCKET_WAITING_BYTES,
    onread: {
      buffer: () => READ_BUFFERS.get(room.readBytes) ?? READ_BUFFER,
      callback(this: Socket, bytes: number, buffer: Uint8Array): boolean {
        return this.push(Buffer.from(buffer.subarray(0, bytes)));
      },
    },
  };
}

/** A provider that speaks HTTP at one base URL; nothing else is ever contacted, and no redirect is followed. */
export class HttpProvider implements Provider {
  readonly id: string;
  readonly kind: string;
  readonly protocols: ReadonlySet<string>;
  private readonly pool: Pool;
  private readonly host: string;
  private readonly basePath: string;
  private readonly prefixes: ReadonlyMap<string, string>;
  private readonly options: HttpProviderOptions;
  private readonly room = new ReadingRoom();

  constructor(options: HttpProviderOptions) {
    const { origin, host, pathname, protocol } = new URL(options.baseUrl);
    const secure = protocol === 'https:';
    this.id = options.id;
    this.kind = options.kind;
    this.prefixes = new Map(Object.entries(options.protocols));
    this.protocols = new Set(this.prefixes.keys());
    this.host = host;
    this.options = options;
    this.basePath = pathname === '/' ? '' : pathname;
    this.pool = new Pool(origin, {
      connections: options.maxConnections,
      connect: { timeout: options.connectMs, ...(secure ? {} : readsInto(this.room)) },
      headersTimeout: options.headersMs,
      bodyTimeout: options.idleMs,
      maxHeaderSize: 65_536,
    });
  }

  async send({ protocol, path, ...call }: ProviderCall): Promise<ProviderAnswer> {
    const prefix = this.prefixes.get(protocol);
    if (prefix === undefined) {
      throw new SallyportError('INTERNAL', { detail: `provider \`${this.id}\` does not speak \`${protocol}\`` });
    }
    return this.dispatch({ ...call, path: `${prefix}${path}` });
  }

  async listModels(signal: AbortSignal): Promise<readonly string[]> {
    const { models } = this.options;
    if (models === undefined) return [];
    const { status, body } = await this.list(models, signal);
    const ids = await readModelList(body, models);
    return status === 200 ? ids : [];
  }

  async modelDigests(signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const { models } = this.options;
    if (models?.digest === undefined) return new Map();
    const { status, body } = await this.list(models, signal);
    const digests = await readModelDigests(body, models);
    return status === 200 ? digests : new Map();
  }

  private list({ path, headers = {} }: ModelListForm, signal: AbortSignal): Promise<ProviderAnswer> {
    return this.dispatch({ method: 'GET', path, headers, signal });
  }

  private dispatch({ method, path, headers, body, signal }: Omit<ProviderCall, 'protocol'>): Promise<ProviderAnswer> {
    const { host } = this;
    const whole = `${this.basePath}${path}`;
    const own = this.options.authorize({ method, path: whole, host, body: body ?? NO_BYTES });
    const call = {
      method: method as Dispatcher.HttpMethod,
      path: whole,
      // The client library only reads them, whatever its types say.
      headers: { ...headers, ...own } as Record<string, string | string[]>,
      body: body ?? null,
    };
    return new Promise((resolve, reject) => {
      const { room } = this;
      const { maxAnswerBytes } = this.options;
      this.pool.dispatch(call, new Call({ signal, resolve, reject, maxAnswerBytes, room }));
    });
  }

  async close(): Promise<void> {
    await this.pool.destroy();
  }
}

interface Calling {
  readonly signal: StopSignal;
  readonly resolve: (answer: ProviderAnswer) => void;
  readonly reject: (error: SallyportError) => void;
  readonly maxAnswerBytes: number;
  readonly room: ReadingRoom;
}

/** One call under way. An abort ends its connection at once, whatever it is doing; a call that waits for one just ends. */
class Call implements Dispatcher.DispatchHandler {
  private readonly calling: Calling;
  private controller: Dispatcher.DispatchController | undefined;
  private body: AnswerBody | undefined;
  private leftBytes: number;
  private readonly onAbort = () => {
    this.cut();
    if (this.body === undefined) this.calling.reject(upstreamError(new Error(ENDED)));
  };

  constructor(calling: Calling) {
    this.calling = calling;
    this.leftBytes = calling.maxAnswerBytes;
    if (calling.signal.aborted) this.onAbort();
    else calling.signal.addEventListener('abort', this.onAbort);
  }

  private cut(): void {
    this.controller?.abort(new Error(ENDED));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.calling.signal.aborted) this.cut();
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    // 1xx: the answer itself is still to come.
    if (status < 200) return;
    // Each is a view that would keep what was read with it in memory as long as the call lasts.
    controller.rawHeaders = null;
    const body = new AnswerBody(controller, this.calling.room);
    this.body = body;
    try {
      const chunks = decoded(body, headers['content-encoding'], this.calling.maxAnswerBytes);
      this.calling.resolve({ status, headers: passedHeaders(headers), body: chunks });
    } catch (error) {
      this.calling.reject(upstreamError(error));
      this.cut();
    }
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.leftBytes -= chunk.length;
    if (this.leftBytes >= 0) {
      this.body?.push(chunk);
      return;
    }
    this.body?.fail(new SallyportError('UPSTREAM_TOO_LARGE'));
    this.cut();
  }

  onResponseEnd(): void {
    this.calling.signal.removeEventListener('abort', this.onAbort);
    this.body?.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.calling.signal.removeEventListener('abort', this.onAbort);
    const failure = upstreamError(error);
    if (this.body === undefined) this.calling.reject(failure);
    else this.body.fail(failure);
  }
}

const ENDED = 'the exchange has ended';

const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

function passedHeaders(headers: IncomingHttpHeaders): Record<string, string | readonly string[]> {
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
