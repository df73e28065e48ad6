import { Pool } from 'undici';
import { WEBHOOK_POSTS_MAX, type WebhookPost } from './approval-webhook.ts';

/** Time for a connection, and for the whole of one post, milliseconds. */
const CONNECT_MS = 5_000;
const POST_MS = 10_000;

export interface WebhookClient {
  /** @returns the status; rejects when the receiver gives none in time */
  post(message: WebhookPost): Promise<number>;
  close(): Promise<void>;
}

/** Posts to one address and nowhere else: no redirect is followed, and of an answer only its status is taken. */
export function createWebhookClient(url: string, postMs = POST_MS): WebhookClient {
  const { origin, pathname, search } = new URL(url);
  const pool = new Pool(origin, {
    connections: WEBHOOK_POSTS_MAX,
    connect: { timeout: CONNECT_MS },
    maxHeaderSize: 16_384,
  });
  return {
    post: async ({ headers, body }) => {
      const answer = await pool.request({
        method: 'POST',
        path: `${pathname}${search}`,
        headers: { ...headers, 'content-type': 'application/json', 'user-agent': 'sallyport' },
        body,
        signal: AbortSignal.timeout(postMs),
      });
      // What it says beyond is nobody's business, however long it goes on.
      answer.body.on('error', () => undefined).destroy();
      return answer.statusCode;
    },
    close: () => pool.destroy(),
  };
}
