import type { IncomingHttpHeaders } from 'node:http';
import { Pool } from 'undici';
import type { McpHttpConfig } from '../../config/index.ts';

/** Shows to a server who the gateway is, where configuration alone does not. */
export interface UpstreamAuthorization {
  /** Headers of the next request. Rejects where there are none to be had. */
  headers(): Promise<Readonly<Record<string, string>>>;
  /** The server did not take what a request carried. @returns whether it is worth asking once more, with other headers */
  refused(refusal: ShownRefusal): Promise<boolean>;
}

/** How a server refused what it was shown. */
export interface ShownRefusal {
  /** HTTP status. */
  readonly status: number;
  readonly wwwAuthenticate: string | undefined;
  /** The headers of `headers()` that the refused request carried. */
  readonly shown: Readonly<Record<string, string>>;
}

export interface HttpCall {
  readonly method: 'POST' | 'GET' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** To be read or let go: `discard()`. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Lets the rest of the body go. */
  discard(): void;
}

/** There is nothing to show to the server. */
export class NotAuthorized extends Error {}

/** What is called, and with what. */
export type LineConfig = Pick<McpHttpConfig, 'url' | 'headers' | 'ca'> & {
  readonly limits: Pick<McpHttpConfig['limits'], 'maxPending' | 'startMs'>;
};

const MAX_HEADER_BYTES = 65_536;

/** Calls one address and no other: no redirect is followed. Silence is watched by whoever calls. */
export class HttpLine {
  readonly #pool: Pool;
  readonly #path: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #authorization: UpstreamAuthorization | undefined;

  constructor({ url, headers, ca, limits }: LineConfig, authorization: UpstreamAuthorization | undefined) {
    const { origin, pathname, search } = new URL(url);
    this.#path = `${pathname}${search}`;
    this.#headers = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.reveal()]));
    this.#authorization = authorization;
    this.#pool = new Pool(origin, {
      // Each request under way, each answer to a question, and the stream that is listened to.
      connections: 2 * limits.maxPending + 2,
      connect: { timeout: limits.startMs, ...(ca !== undefined && { ca }) },
      headersTimeout: 0,
      bodyTimeout: 0,
      maxHeaderSize: MAX_HEADER_BYTES,
    });
  }

  /** Rejects where there is no answer; with `NotAuthorized` where there is nothing to show to the server. */
  async call(call: HttpCall): Promise<HttpAnswer> {
    const shown = await this.#shown();
    const answer = await this.#try(call, shown);
    const { status } = answer;
    if ((status !== 401 && status !== 403) || this.#authorization === undefined) return answer;
    const [wwwAuthenticate] = [answer.headers['www-authenticate']].flat();
    const isWorthIt = await this.#authorization.refused({ status, wwwAuthenticate, shown });
    if (!isWorthIt) return answer;
    answer.discard();
    return this.#try(call, await this.#shown());
  }

  async #shown(): Promise<Readonly<Record<string, string>>> {
    const shown = await this.#authorization?.headers().catch((error: unknown) => {
      throw new NotAuthorized('nothing to show', { cause: error });
    });
    return shown ?? {};
  }

  async #try(
    { method, headers, body, signal }: HttpCall,
    shown: Readonly<Record<string, string>>,
  ): Promise<HttpAnswer> {
    const answer = await this.#pool.request({
      method,
      path: this.#path,
      headers: { ...this.#headers, ...shown, ...headers, 'accept-encoding': 'identity', 'user-agent': 'sallyport' },
      body: body ?? null,
      signal,
    });
    const stream = answer.body;
    // What breaks while nobody reads shows when somebody does.
    stream.on('error', () => undefined);
    return { status: answer.statusCode, headers: answer.headers, body: stream, discard: () => void stream.destroy() };
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}
