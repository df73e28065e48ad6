import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { SallyportError } from '@sallyport/core';
import {
  type FeedItem,
  type FeedPosition,
  type OpenHouse,
  SERIES_SHOWN_MAX,
  type SessionAtRisk,
  type ShownSeries,
  SIGNAL_SCOPES,
  type WatchStatus,
} from '@sallyport/runtime';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import type { CallAbout } from './description/call-about.ts';
import { liveEvent, shownSignals } from './description/shown-traffic.ts';
import { callOf } from './guard-calls.ts';
import { tenantOf } from './tenant-of.ts';

/** Events that are written at once. */
const WRITTEN_MAX = 256;
/** A comment keeps a connection alive on which nothing comes, milliseconds. */
export const HEARTBEAT_MS = 15_000;
/** A stream ends after so long, and is asked for again: whoever may no longer watch is noticed then, milliseconds. */
export const STREAM_MAX_MS = 600_000;

/** What `GET /api/v1/signals` answers. */
export interface ShownSignals {
  readonly series: readonly ShownSeries[];
  readonly sessions: readonly SessionAtRisk[];
  readonly monitor: WatchStatus;
}

const signalsQuery = z.strictObject({
  scope: z.enum(SIGNAL_SCOPES).default('gateway'),
  limit: z.coerce.number().int().min(1).max(SERIES_SHOWN_MAX).default(20),
});

const position = z
  .string()
  .regex(/^[\w-]{1,64}:\d{1,15}$/)
  .transform((text): FeedPosition => {
    const [run = '', number = ''] = text.split(':');
    return { run, number: Number(number) };
  });

const CALLS = {
  signals: {
    id: 'showSignals',
    about: 'what is measured of traffic within five minutes, the busiest series of a scope, and sessions at risk',
    query: signalsQuery,
    answers: shownSignals,
  },
  events: {
    id: 'followEvents',
    about: 'what happens, as records are made; that somebody follows is recorded',
    answers: liveEvent,
    faults: ['BODY_SHAPE'],
    isStream: true,
  },
} as const satisfies Readonly<Record<string, CallAbout>>;

/** What is measured, and a stream of what happens. */
export function addLive(api: FastifyInstance, { watch }: Pick<OpenHouse, 'watch'>): void {
  const streams = new Set<() => void>();
  api.addHook('preClose', async () => {
    for (const end of streams) end();
  });
  api.get(
    '/api/v1/signals',
    { config: { permission: 'signals.read', call: CALLS.signals } },
    (request): ShownSignals => {
      const { scope, limit } = signalsQuery.parse(request.query);
      const tenant = tenantOf(callOf(request).operator);
      return {
        series: watch.series({ scope, limit, tenant }),
        sessions: watch.sessions({ limit, tenant }),
        monitor: watch.status(),
      };
    },
  );
  api.get(
    '/api/v1/events',
    { exposeHeadRoute: false, config: { permission: 'events.read', call: CALLS.events } },
    async (request, reply) => {
      const last = request.headers['last-event-id'];
      const after = last === undefined ? undefined : position.parse(last);
      const call = callOf(request);
      const tenant = tenantOf(call.operator);
      await call.act({ targets: [] });
      const stream = new EventStream(tenant, watch.feed.run);
      const watcher = watch.feed.watch(after, () => stream.wake());
      if (watcher === undefined) throw new SallyportError('RATE_LIMITED');
      const end = () => stream.end();
      streams.add(end);
      try {
        await stream.send(opened(reply), (max) => watcher.take(max));
      } finally {
        watcher.close();
        streams.delete(end);
      }
      return reply;
    },
  );
}

function opened(reply: FastifyReply): ServerResponse {
  reply.hijack();
  const { raw } = reply;
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value);
  raw.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  raw.flushHeaders();
  return raw;
}

/** One watcher's connection. Nothing is queued for it: what it does not read in time is told as a gap. */
class EventStream {
  readonly #tenant: string | undefined;
  readonly #run: string;
  #isEnded = false;
  #ends: () => void = () => undefined;
  #woken: () => void = () => undefined;
  readonly #ended = new Promise<void>((resolve) => {
    this.#ends = resolve;
  });

  constructor(tenant: string | undefined, run: string) {
    this.#tenant = tenant;
    this.#run = run;
  }

  wake(): void {
    this.#woken();
  }

  end(): void {
    this.#isEnded = true;
    this.#ends();
    this.wake();
  }

  /** Until one of both sides has enough. */
  async send(to: ServerResponse, take: (max: number) => readonly FeedItem[]): Promise<void> {
    to.on('close', () => this.end());
    to.on('error', () => this.end());
    const heartbeat = setInterval(() => {
      if (!to.writableNeedDrain) to.write(':\n\n');
    }, HEARTBEAT_MS);
    const over = setTimeout(() => this.end(), STREAM_MAX_MS);
    try {
      while (!this.#isEnded) {
        const woken = new Promise<void>((resolve) => {
          this.#woken = resolve;
        });
        const items = take(WRITTEN_MAX);
        if (items.length === 0) await woken;
        else if (!to.write(this.#text(items))) await this.#room(to);
      }
    } finally {
      clearInterval(heartbeat);
      clearTimeout(over);
      // Whoever does not read is not waited for.
      if (to.writableNeedDrain) to.destroy();
      else to.end();
    }
  }

  /** Until there is room for more, or the end. */
  async #room(to: ServerResponse): Promise<void> {
    const enough = new AbortController();
    await Promise.race([once(to, 'drain', { signal: enough.signal }), this.#ended]);
    enough.abort();
  }

  #text(items: readonly FeedItem[]): string {
    const texts = items.map((item) => this.#itemText(item));
    // Of what is not shown to it, a client learns the number once, so that it goes on from there.
    const isHidden = texts.at(-1) === '';
    return `${texts.join('')}${isHidden ? `${this.#id(items.at(-1)?.number ?? 0)}\n` : ''}`;
  }

  #itemText(item: FeedItem): string {
    const id = this.#id(item.number);
    if (!('event' in item)) return `${id}event: gap\ndata: ${JSON.stringify({ lost: item.gap ?? null })}\n\n`;
    const { event } = item;
    if (this.#tenant !== undefined && event.tenant !== this.#tenant) return '';
    return `${id}event: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`;
  }

  #id(number: number): string {
    return `id: ${this.#run}:${number}\n`;
  }
}
