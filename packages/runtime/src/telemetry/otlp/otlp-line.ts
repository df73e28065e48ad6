import { Pool } from 'undici';
import type { OtlpConfig } from '../../config/index.ts';

/** Requests that are under way at once: one of each signal. */
const CONNECTIONS = 4;
/** What is read of an answer: it says how much was left out, and why. */
const ANSWER_MAX_BYTES = 65_536;

/** Statuses that say that what was sent is wrong, and would be the next time. */
const REFUSALS: ReadonlySet<number> = new Set([400, 413, 422]);

export interface OtlpAnswer {
  readonly status: number;
  /** The collector will not take it, however often it comes. */
  readonly isRefused: boolean;
  readonly text: string;
}

/** The collector said that it cannot take anything now. */
export class CollectorFailed extends Error {
  /** What the gateway's log shows of it: the status. */
  readonly code: string;

  constructor(status: number) {
    super(`status ${status}`);
    this.name = 'CollectorFailed';
    this.code = String(status);
  }
}

/** The way to a collector: OTLP over HTTP, in JSON. No redirect is followed. */
export class OtlpLine {
  readonly #pool: Pool;
  readonly #path: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #timeoutMs: number;

  constructor({ endpoint, headers, ca, timeoutMs }: Pick<OtlpConfig, 'endpoint' | 'headers' | 'ca' | 'timeoutMs'>) {
    const { origin, pathname } = new URL(endpoint);
    this.#path = pathname === '/' ? '' : pathname;
    this.#headers = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.reveal()]));
    this.#timeoutMs = timeoutMs;
    this.#pool = new Pool(origin, {
      connections: CONNECTIONS,
      connect: { timeout: timeoutMs, ...(ca !== undefined && { ca }) },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
  }

  /**
   * @param path such as `/v1/traces`
   * @throws {CollectorFailed} where the same may be taken later; what breaks on the way
   */
  async post(path: string, body: string): Promise<OtlpAnswer> {
    const answer = await this.#pool.request({
      method: 'POST',
      path: `${this.#path}${path}`,
      headers: {
        ...this.#headers,
        'content-type': 'application/json',
        'accept-encoding': 'identity',
        'user-agent': 'sallyport',
      },
      body,
      signal: AbortSignal.timeout(this.#timeoutMs),
    });
    const text = await readBounded(answer.body);
    const { statusCode: status } = answer;
    const isRefused = REFUSALS.has(status);
    if (!isRefused && (status < 200 || status > 299)) throw new CollectorFailed(status);
    return { status, isRefused, text };
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}

async function readBounded(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > ANSWER_MAX_BYTES) return '';
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
