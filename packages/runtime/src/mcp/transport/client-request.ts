import { readTraceContext, type StopSignal, type TraceContext } from '@sallyport/core';

/** One HTTP request of a client, whatever serves it. */
export interface ClientRequest {
  /** Name of the server that is addressed; one of the configuration. */
  readonly server: string;
  /** Whoever asks, as one opaque text: sessions of one owner are not there for another. */
  readonly owner: string;
  readonly method: string;
  /** By names in lower case. A header that stands twice is a list, or joined by commas. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array | AsyncIterable<Uint8Array>;
  /** Given when the client is gone. */
  readonly signal: StopSignal;
}

/** Where the answer to one HTTP request goes. Nothing of it ever throws: a client that is gone shows by the signal. */
export interface ClientWriter {
  /** Called once, first. Streams of events leave at once: nothing may hold them back. */
  head(status: number, headers: Readonly<Record<string, string>>): void;
  /** Resolves when there is room for more, or nobody is there any more. */
  write(bytes: Uint8Array): Promise<void>;
  /** Called once, last. */
  end(): void;
}

/** Why a request is not taken: a status of HTTP, and an error of JSON-RPC. */
export interface Rejection {
  readonly status: number;
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
  /** Beside the usual ones. */
  readonly headers?: Readonly<Record<string, string>>;
}

export function isRejection(value: object): value is Rejection {
  return 'status' in value && 'code' in value;
}

/** The one value of a header; undefined where it is absent, or there are several. */
export function headerOf({ headers }: Pick<ClientRequest, 'headers'>, name: string): string | undefined {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  return typeof value === 'string' ? value.trim() : undefined;
}

/** Where in a distributed trace a request stands, as it says beside its body, for what came in it. */
export function tracedBy(request: Pick<ClientRequest, 'headers'>): { readonly trace?: TraceContext } {
  const [traceparent, tracestate] = [headerOf(request, 'traceparent'), headerOf(request, 'tracestate')];
  const trace = readTraceContext({ traceparent, tracestate });
  return trace === undefined ? {} : { trace };
}

/** Whether a header is there at all. */
export function hasHeader({ headers }: Pick<ClientRequest, 'headers'>, name: string): boolean {
  return Object.hasOwn(headers, name) && headers[name] !== undefined;
}
