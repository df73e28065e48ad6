import { SallyportError, SEVERITIES } from '@sallyport/core';
import { createWebhookClient } from '../approvals/webhook-client.ts';
import { webhookKey } from '../approvals/webhook-signature.ts';
import type { AlertSinkConfig } from '../config/index.ts';
import { SinkQueue, type SinkStatus } from '../telemetry/sink-queue.ts';
import type { AlertMessage } from './alert-message.ts';
import type { AlertWriter } from './sinks/alert-sink.ts';
import { PostSink } from './sinks/post-sink.ts';
import { slackWriter } from './sinks/slack-writer.ts';
import { webhookWriter } from './sinks/webhook-writer.ts';

/** Messages that wait for one sink, and their bytes; further ones are dropped and counted. */
export const ALERTS_WAITING_MAX = 1_000;
const WAITING_MAX_BYTES = 4 * 1_048_576;
/** What a gateway that stops waits for its sinks, milliseconds. */
const CLOSE_MS = 5_000;

export interface AlertSinkParts {
  readonly dateMs: () => number;
  readonly after: (ms: number, run: () => void) => () => void;
  readonly report: (error: SallyportError) => void;
}

/** Everybody who is told of alerts. Nobody waits for them. */
export class AlertSinks {
  readonly #sinks: readonly { readonly config: AlertSinkConfig; readonly queue: SinkQueue }[];

  /** @throws {SallyportError} `CONFIG_INVALID` when a webhook's secret holds no key */
  constructor(configs: readonly AlertSinkConfig[], parts: AlertSinkParts) {
    this.#sinks = configs.map((config) => ({ config, queue: openQueue(config, parts) }));
  }

  /** Returns at once; never throws. */
  tell(message: AlertMessage): void {
    const line = JSON.stringify(message);
    const gravity = SEVERITIES.indexOf(message.alert.severity);
    for (const { config, queue } of this.#sinks) {
      if (gravity >= SEVERITIES.indexOf(config.minSeverity)) queue.push(line);
    }
  }

  /** How each does, by name. What a receiver refused for good was not told to anybody. */
  status(): Readonly<Record<string, SinkStatus>> {
    return Object.fromEntries(this.#sinks.map(({ config, queue }) => [config.name, queue.status()]));
  }

  async close(): Promise<void> {
    await Promise.all(this.#sinks.map(({ queue }) => queue.close(CLOSE_MS)));
  }
}

function openQueue(config: AlertSinkConfig, { dateMs, after, report }: AlertSinkParts): SinkQueue {
  const { name } = config;
  const client = createWebhookClient(config.kind === 'slack' ? config.url.reveal() : config.url);
  const failure = (detail: string, cause?: unknown) =>
    new SallyportError('WEBHOOK_FAILED', {
      detail: `alert sink \`${name}\`${detail}`,
      ...(cause !== undefined && { cause }),
    });
  const sink = new PostSink({
    write: writerOf(config),
    post: (post) => client.post(post),
    close: () => client.close(),
    dateMs,
    onRefused: (status) => report(failure(`: a message was refused with status ${status}`)),
  });
  const onFailed = (error: unknown) => report(failure(detailOf(error), error));
  const [maxItems, maxBytes] = [ALERTS_WAITING_MAX, WAITING_MAX_BYTES];
  // Each message that is refused was reported by itself.
  return new SinkQueue({ sink, maxItems, maxBytes, after, onFailed, onRefused: () => undefined });
}

function detailOf(error: unknown): string {
  return error instanceof SallyportError && error.detail !== undefined
    ? `: ${error.detail}, trying again`
    : ': no answer, trying again';
}

function writerOf(config: AlertSinkConfig): AlertWriter {
  if (config.kind === 'slack') return slackWriter;
  const key = webhookKey(config.secret.reveal());
  if (key === undefined) throw new SallyportError('CONFIG_INVALID', { detail: `alerts.sinks.${config.name}.secret` });
  return webhookWriter(key);
}
