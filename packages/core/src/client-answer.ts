import { contentTypeOf, passedHeaders } from './answer-headers.ts';
import { ClientLine } from './client-line.ts';
import { concatBytes } from './concat-bytes.ts';
import type { ErrorCode } from './errors.ts';
import type { Arrival, Client, House } from './house.ts';
import type { AnswerCodec, ParsedRequest, Refusal, Reply, WireEvent } from './protocol.ts';
import type { ProviderAnswer } from './provider.ts';

export interface ClientAnswerParts {
  readonly arrival: Arrival;
  readonly house: Pick<House, 'clock' | 'limits'>;
  readonly client: Client;
  /** Resolves when `opened` is durable: no byte of an answer may leave before. */
  readonly whenOpened: () => Promise<void>;
  /** What headers of our own say of the exchange so far. */
  readonly marks: () => Record<string, string>;
}

/** What one client is sent: the provider's answer as it is cleared, or one of ours instead, in the form that it can still take. */
export class ClientAnswer {
  private readonly parts: ClientAnswerParts;
  private readonly line: ClientLine;
  private codec: AnswerCodec | undefined;
  private upstream: ProviderAnswer | undefined;
  /** Bytes of an answer that is not a stream, kept until it is complete. */
  private readonly kept: Uint8Array[] = [];
  private started = false;

  constructor(parts: ClientAnswerParts) {
    this.parts = parts;
    this.line = new ClientLine({
      client: parts.client,
      after: parts.house.clock.after,
      open: async () => {
        await parts.whenOpened();
        if (this.line.isCalm) return false;
        this.start();
        return true;
      },
    });
  }

  /** HTTP status that the provider answered with; 200 before it has. */
  get status(): number {
    return this.upstream?.status ?? 200;
  }

  /** Whether the provider has answered. */
  get isAnswered(): boolean {
    return this.upstream !== undefined;
  }

  /** Whether the head of a stream is out, so that its end has to be the stream's own. */
  get isUnderWay(): boolean {
    return this.started && this.codec !== undefined;
  }

  /** The provider has answered; returns the reader of its answer. */
  read(upstream: ProviderAnswer, asked: ParsedRequest): AnswerCodec {
    const { arrival, house } = this.parts;
    const { maxDepth, maxAnswerBytes, maxAnswerNodes } = house.limits;
    const { status, headers } = upstream;
    this.upstream = upstream;
    this.codec = arrival.adapter.answer(
      asked,
      { status, contentType: contentTypeOf(headers) },
      { maxDepth, maxBodyBytes: maxAnswerBytes, maxNodes: maxAnswerNodes },
    );
    return this.codec;
  }

  /** Says whether something of the answer is held now: while it is, the client gets signs of life. */
  waits(held: boolean, everyMs: number): void {
    const { heartbeat } = this.codec ?? {};
    if (heartbeat !== undefined) this.line.waits(held, { bytes: heartbeat, everyMs });
  }

  /** The answer comes to its end: no sign of life any more. */
  calm(): void {
    this.line.calm();
  }

  /** Lets cleared bytes go, in one write: each costs the client's connection a chunk of its own. */
  async pass(bytes: Uint8Array): Promise<void> {
    if (!this.isStream()) {
      this.kept.push(bytes);
      return;
    }
    if (!this.started) {
      await this.parts.whenOpened();
      this.start();
    }
    await this.line.write(bytes);
  }

  /** The last bytes of an answer that is whole. */
  async end(last: Uint8Array): Promise<void> {
    const { client, marks } = this.parts;
    if (this.isStream()) {
      this.start();
      await client.write(last);
      client.finish();
      return;
    }
    const headers = { ...passedHeaders(this.upstream), ...marks() };
    client.reply({ status: this.status, headers }, concatBytes([...this.kept, last]));
  }

  /** Ends a stream that is under way with the protocol's own refusal. */
  async refuse(refusal: Refusal, held: readonly WireEvent[]): Promise<void> {
    const { client } = this.parts;
    if (this.codec !== undefined) await client.write(this.codec.refuse(refusal, held));
    client.finish();
  }

  /** Breaks a stream that is under way off, so that the client sees an error. */
  break(code: ErrorCode): void {
    this.parts.client.break(this.codec?.fault(code));
  }

  /** Sends a whole answer of ours; nothing has been sent before. */
  reply({ status, headers, body }: Reply): void {
    const { client, marks } = this.parts;
    client.reply({ status, headers: { ...headers, ...marks() } }, body);
  }

  /** Tells the client of an error, in whatever form it can still take. */
  fail(code: ErrorCode): void {
    if (this.started) this.break(code);
    else this.reply(this.parts.arrival.adapter.fault(code, this.parts.arrival.id));
  }

  /** Sends the head of a stream, once. */
  private start(): void {
    if (this.started) return;
    const { client, marks } = this.parts;
    this.started = true;
    client.start({ status: this.status, headers: { ...passedHeaders(this.upstream), ...marks() } });
  }

  private isStream(): boolean {
    return this.codec?.streams === true;
  }
}
