import { Buffer } from 'node:buffer';
import { isFault } from '@sallyport/core';
import type { BridgeParts } from '../bridge/bridge-parts.ts';
import type { Incoming, McpEnd } from '../end.ts';
import type { McpMessage } from '../message/message.ts';
import { readMessage } from '../message/read-message.ts';

const LIMITS = { maxDepth: 64, maxNodes: 100_000 };

/** Whatever an SDK sends or gets. */
type Wire = object;

/** As much of a transport as the SDKs need. */
export interface WireTransport {
  onmessage?: (message: never) => void;
  onclose?: () => void;
  onerror?: (error: Error) => void;
  start(): Promise<void>;
  send(message: Wire): Promise<void>;
  close(): Promise<void>;
}

export function messageOf(said: Wire): McpMessage {
  const message = readMessage(Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...said })), LIMITS);
  if (isFault(message)) throw new Error(`${message.fault} ${message.at ?? ''}`);
  return message;
}

/** What a message says, without its version. */
export function saidBy(message: McpMessage): Record<string, unknown> {
  const { jsonrpc: _version, ...said } = JSON.parse(message.text);
  return said;
}

/** An end whose other side is a test: what was sent to it, and what it is made to say. */
export class ScriptedEnd implements McpEnd {
  readonly sent: Record<string, unknown>[] = [];
  isClosed = false;
  readonly #kept: Incoming[] = [];
  #wake: (() => void) | undefined;

  async *#steps(): AsyncGenerator<Incoming, void, undefined> {
    for (;;) {
      const next = this.#kept.shift();
      if (next === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      } else {
        yield next;
        if (next.kind === 'ended') return;
      }
    }
  }

  readonly incoming: AsyncIterable<Incoming> = { [Symbol.asyncIterator]: () => this.#steps() };

  say(said: Wire, relatedTo?: string | number): void {
    this.happen({ kind: 'message', message: messageOf(said), ...(relatedTo !== undefined && { relatedTo }) });
  }

  happen(incoming: Incoming): void {
    this.#kept.push(incoming);
    this.#wake?.();
  }

  async send(message: McpMessage): Promise<void> {
    this.sent.push(saidBy(message));
    this.heard?.(message);
  }

  heard: ((message: McpMessage) => void) | undefined;

  async close(): Promise<void> {
    this.isClosed = true;
  }

  /** The last thing that was sent to it. */
  get last(): Record<string, unknown> {
    return this.sent.at(-1) ?? {};
  }
}

/** The end that a server of an SDK is, and the transport to connect it to. */
export function serverEnd(): { readonly end: ScriptedEnd; readonly transport: WireTransport } {
  const end = new ScriptedEnd();
  const transport: WireTransport = {
    start: async () => undefined,
    send: async (message) => end.say(message),
    close: async () => end.happen({ kind: 'ended', reason: 'closed' }),
  };
  end.heard = (message) => (transport.onmessage as ((wire: unknown) => void) | undefined)?.(JSON.parse(message.text));
  return { end, transport };
}

/** The transport of a client of an SDK, to this end. */
export function clientTransport(end: McpEnd): WireTransport {
  const transport: WireTransport = {
    start: async () => {
      void read();
    },
    send: (message) => end.send(messageOf(message)),
    close: async () => {
      await end.close();
      transport.onclose?.();
    },
  };
  const read = async () => {
    for await (const incoming of end.incoming) {
      if (incoming.kind === 'message') {
        (transport.onmessage as ((wire: unknown) => void) | undefined)?.(JSON.parse(incoming.message.text));
      }
    }
  };
  return transport;
}

/** A clock that stands until it is turned. */
export class HandClock {
  #nowMs = 1_000;
  #timers: { readonly atMs: number; readonly run: () => void }[] = [];

  readonly nowMs = (): number => this.#nowMs;

  readonly after = (ms: number, run: () => void): (() => void) => {
    const timer = { atMs: this.#nowMs + ms, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  };

  get pending(): number {
    return this.#timers.length;
  }

  turn(ms: number): void {
    this.#nowMs += ms;
    const due = this.#timers.filter(({ atMs }) => atMs <= this.#nowMs);
    this.#timers = this.#timers.filter(({ atMs }) => atMs > this.#nowMs);
    for (const { run } of due) run();
  }
}

export function bridgeParts(more: Partial<BridgeParts> & Pick<BridgeParts, 'from' | 'to'>): BridgeParts {
  return {
    key: new Uint8Array(32).fill(7),
    client: 'ann',
    product: { name: 'gateway', version: '1' },
    clock: new HandClock(),
    ...more,
  };
}

/** Reads what a bridge gives, all of it from the first question on. */
export class BridgeReader {
  readonly #end: McpEnd;
  readonly #given: Incoming[] = [];
  #isReading = false;
  #wake: (() => void) | undefined;

  constructor(end: McpEnd) {
    this.#end = end;
  }

  async next(): Promise<Incoming> {
    this.#read();
    for (;;) {
      const next = this.#given.shift();
      if (next !== undefined) return next;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** What the next message says. */
  async said(): Promise<Record<string, unknown>> {
    const incoming = await this.next();
    if (incoming.kind !== 'message') throw new Error(`no message: ${incoming.kind}`);
    return saidBy(incoming.message);
  }

  /** Until the bridge has heard all that was said so far. */
  async settle(): Promise<void> {
    this.#read();
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }

  /** What was given and not asked for yet. */
  get left(): number {
    return this.#given.length;
  }

  #read(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    void this.#readAll();
  }

  async #readAll(): Promise<void> {
    for await (const incoming of this.#end.incoming) {
      this.#given.push(incoming);
      this.#wake?.();
    }
  }
}
