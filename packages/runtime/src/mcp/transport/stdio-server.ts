import {
  type Incoming,
  idKey,
  type LostReason,
  type McpEnd,
  type McpMessage,
  type RequestId,
  withId,
  writeError,
  writeNotification,
} from '@sallyport/mcp';
import type { McpStdioConfig } from '../../config/index.ts';
import { Handshake } from './handshake.ts';
import { IncomingQueue } from './incoming-queue.ts';
import { LineChannel } from './line-channel.ts';
import { cancelledId, RequestBook, TOO_MANY_REQUESTS } from './request-book.ts';
import { RestartPlan } from './restart-plan.ts';
import { ServerProcess } from './server-process.ts';
import type { TransportParts } from './transport-parts.ts';

/** One life of the process. */
interface Life {
  /** Counted from zero. */
  readonly number: number;
  readonly process: ServerProcess;
  readonly channel: LineChannel;
  readonly sinceMs: number;
  readonly lookAway: () => void;
  /** Why it is about to end, if that is our doing. */
  reason: LostReason | undefined;
  unreadable: number;
  /** It has said something that is a message. */
  hasSpoken: boolean;
  callOffStart: (() => void) | undefined;
}

/**
 * A server that is a process of ours, spoken to in lines. When it dies, it is started again after a while, and told what the
 * client had told the one before; what it says to that must be what the one before had said, letter by letter, since nobody
 * looks at it again. Requests under way are lost, and so is whatever the server kept in mind.
 */
export class StdioServer implements McpEnd {
  readonly #config: McpStdioConfig;
  readonly #parts: TransportParts;
  readonly #queue: IncomingQueue;
  readonly #book: RequestBook;
  readonly #plan: RestartPlan;
  readonly #handshake = new Handshake();
  /** Ids of requests of later lives, as the process knows them, by what they are called outside. */
  readonly #inner = new Map<RequestId, RequestId>();
  #life: Life | undefined;
  #lives = 0;
  /** Resolves when something can be written, or nothing ever will. */
  #ready: Promise<void> = Promise.resolve();
  #setReady: () => void = () => undefined;
  #callOffRestart: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(config: McpStdioConfig, parts: TransportParts) {
    const { limits, restart } = config;
    this.#config = config;
    this.#parts = parts;
    this.#queue = new IncomingQueue(limits.maxMessageBytes);
    this.#book = new RequestBook({
      clock: parts.clock,
      maxPending: limits.maxPending,
      silenceMs: limits.silenceMs,
      onLost: (id, reason) => this.#lost(id, reason),
    });
    this.#plan = new RestartPlan(restart, parts.random);
    this.#start();
  }

  get incoming(): AsyncIterable<Incoming> {
    return this.#queue;
  }

  /** Process that serves now, for those who watch it. */
  get pid(): number | undefined {
    return this.#life?.process.pid;
  }

  async send(message: McpMessage): Promise<void> {
    if (this.#queue.hasEnded || !this.#book.sending(message)) return;
    const { number } = this.#life ?? { number: this.#lives };
    if (!this.#handshake.isReplayed) this.#handshake.sent(message);
    await this.#ready;
    if (this.#queue.hasEnded || this.#life === undefined) return;
    if (message.kind === 'request' && !this.#book.isOpen(message.id)) return;
    // An answer to a question of a life that is over.
    if (message.kind !== 'request' && message.kind !== 'notification' && number !== this.#life.number) return;
    await this.#write(this.#life, this.#inward(message));
  }

  #lost(id: RequestId, reason: LostReason): void {
    this.#queue.push({ kind: 'lost', id, reason });
    if (reason !== 'silent' || this.#life?.hasSpoken !== true) return;
    void this.#life.channel.write(cancellationOf(id, 'no answer in time'));
  }

  close(): Promise<void> {
    return this.#finish('closed');
  }

  #finish(reason: LostReason | 'closed'): Promise<void> {
    this.#closing ??= this.#end(reason);
    return this.#closing;
  }

  #start(): void {
    const { clock, usage, json } = this.#parts;
    const { command, args, cwd, uid, gid, limits } = this.#config;
    const env = Object.fromEntries(Object.entries(this.#config.env).map(([name, value]) => [name, value.reveal()]));
    const process = new ServerProcess({ command, args, cwd, env, uid, gid }, clock);
    const life: Life = {
      number: this.#lives,
      process,
      sinceMs: clock.nowMs(),
      reason: undefined,
      unreadable: 0,
      hasSpoken: false,
      callOffStart: undefined,
      lookAway:
        process.pid === undefined ? () => undefined : usage.watch(process.pid, limits, () => this.#kill(life, 'gone')),
      channel: new LineChannel({
        input: process.output,
        output: process.input,
        maxMessageBytes: limits.maxMessageBytes,
        json,
        queue: this.#queue,
        onMessage: (message) => this.#take(life, message),
        onUnreadable: () => {
          life.unreadable += 1;
          if (life.unreadable > limits.maxUnreadable) this.#kill(life, 'unreadable');
        },
        onTooLarge: () => this.#kill(life, 'too-large'),
        onEnd: () => void process.stop(),
      }),
    };
    this.#lives += 1;
    this.#life = life;
    void process.gone.then(() => this.#buried(life));
    const replayed = this.#handshake.replay(life.number);
    if (replayed !== undefined) void this.#write(life, replayed);
  }

  #write(life: Life, message: McpMessage): Promise<void> {
    if (message.kind === 'request' && !life.hasSpoken) {
      life.callOffStart ??= this.#parts.clock.after(this.#config.limits.startMs, () => this.#kill(life, 'silent'));
    }
    return life.channel.write(message);
  }

  #take(life: Life, message: McpMessage): void {
    life.hasSpoken = true;
    life.callOffStart?.();
    switch (this.#handshake.heard(message)) {
      case 'ours':
        this.#pass(life, message);
        return;
      case 'same':
        for (const further of this.#handshake.further()) void life.channel.write(further);
        this.#setReady();
        return;
      case 'different':
        // A server that is another one than before: nobody has agreed with it on anything.
        void this.#finish('gone');
        return;
      case 'early':
        return;
    }
  }

  #pass(life: Life, message: McpMessage): void {
    const outer = this.#outward(life, message);
    const verdict = outer === undefined ? 'stray' : this.#book.receiving(outer);
    if (verdict === 'pass' && outer !== undefined) {
      const relatedTo = this.#book.relatedTo(outer);
      this.#queue.push({ kind: 'message', message: outer, ...(relatedTo !== undefined && { relatedTo }) });
    }
    if (verdict === 'refuse' && message.kind === 'request') {
      void life.channel.write(writeError(message.id, TOO_MANY_REQUESTS));
    }
  }

  /** Ids of a later life may be those of an earlier one: outside they have its number before them. */
  #outward(life: Life, message: McpMessage): McpMessage | undefined {
    if (life.number === 0) return message;
    if (message.kind === 'request') {
      const outer = outerId(life, message.id);
      this.#inner.set(outer, message.id);
      return withId(message, outer);
    }
    const cancelled = message.kind === 'notification' ? cancelledId(message) : undefined;
    return cancelled === undefined ? message : cancellationOf(outerId(life, cancelled));
  }

  #inward(message: McpMessage): McpMessage {
    if (message.kind !== 'result' && message.kind !== 'error') return message;
    const inner = message.id === undefined ? undefined : this.#inner.get(message.id);
    if (message.id === undefined || inner === undefined) return message;
    this.#inner.delete(message.id);
    return withId(message, inner);
  }

  #kill(life: Life, reason: LostReason): void {
    life.reason ??= reason;
    life.channel.close();
    life.process.kill();
  }

  /** The process has ended. */
  #buried(life: Life): void {
    life.lookAway();
    life.callOffStart?.();
    life.channel.close();
    if (this.#life !== life) return;
    this.#life = undefined;
    if (this.#queue.hasEnded || this.#closing !== undefined) return;
    const reason = life.reason ?? 'gone';
    const moot = this.#book.theirs;
    this.#book.loseAll(reason);
    for (const id of moot) this.#queue.push({ kind: 'message', message: cancellationOf(id) });
    this.#inner.clear();
    const { clock } = this.#parts;
    const waitMs = this.#plan.next(clock.nowMs() - life.sinceMs);
    if (waitMs === undefined) {
      void this.#finish(reason);
      return;
    }
    this.#waitForReady();
    this.#callOffRestart = clock.after(waitMs, () => {
      this.#start();
      if (!this.#handshake.isReplayed) this.#setReady();
    });
  }

  #waitForReady(): void {
    this.#setReady();
    this.#ready = new Promise((resolve) => {
      this.#setReady = resolve;
    });
  }

  async #end(reason: LostReason | 'closed'): Promise<void> {
    this.#callOffRestart?.();
    this.#book.loseAll(reason === 'closed' ? 'gone' : reason);
    this.#queue.push({ kind: 'ended', reason });
    this.#setReady();
    const life = this.#life;
    life?.channel.close();
    await life?.process.stop();
  }
}

function outerId({ number }: Life, id: RequestId): string {
  return `${number}:${idKey(id)}`;
}

function cancellationOf(requestId: RequestId, reason = 'the server was started again'): McpMessage {
  return writeNotification('notifications/cancelled', { requestId, reason });
}
