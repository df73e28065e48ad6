import { type AuditRecord, type ClosedRecord, NO_NAME } from '@sallyport/core';
import { isRefused } from '../signals/is-refused.ts';

/** What the answer of a provider says, by its record, about which model gave it. */
export interface IdentitySighting {
  readonly provider: string;
  /** Name by which it was asked for. */
  readonly model: string;
  readonly exchange: string;
  readonly atMs: number;
  /** What the answer says of itself. */
  readonly served?: string;
  readonly fingerprint?: string;
  /** What its headers say of what served it. */
  readonly backends: readonly string[];
  /** Whether it came event by event: times of others say something else. */
  readonly stream: boolean;
  /** From the call to the first byte; of streams. Like the others not a number where it was not measured. */
  readonly firstTokenMs: number;
  readonly tokensPerSecond: number;
  /** Tokens that were billed for each token that we count. */
  readonly billedInput: number;
  readonly billedOutput: number;
  readonly refused: boolean;
}

/** What counts as a token where we count: bytes of a request's body, characters of an answer. */
const BYTES_PER_TOKEN = 3;
const CHARS_PER_TOKEN = 4;
/** Shorter answers say nothing of speed or of how texts are counted. Tokens. */
const COUNTED_MIN = 16;
const SECOND_MS = 1_000;
const NONE: readonly string[] = [];

/** What a record says about which model answered; nothing of what is no answer of a provider, and of drills: those are answered by others. Cost: 1 us. */
export function readIdentity(record: AuditRecord): IdentitySighting | undefined {
  if (record.kind !== 'closed' || record.drill !== undefined) return undefined;
  const { request, upstream, upstreamStatus = 0, answer, exchange, at } = record;
  if (request === undefined || request.model === '' || request.model === NO_NAME || upstream === undefined)
    return undefined;
  if (upstreamStatus < 200 || upstreamStatus >= 300 || answer.error === true) return undefined;
  const atMs = Date.parse(at);
  if (Number.isNaN(atMs)) return undefined;
  return {
    provider: upstream.provider,
    model: request.model,
    exchange,
    atMs,
    ...(answer.model !== undefined && { served: answer.model }),
    ...(answer.fingerprint !== undefined && { fingerprint: answer.fingerprint }),
    backends: record.backend ?? NONE,
    stream: request.stream,
    ...(record.outcome === 'completed' ? measured(record) : UNMEASURED),
    refused: isRefused(record),
  };
}

type Measured = Pick<IdentitySighting, 'firstTokenMs' | 'tokensPerSecond' | 'billedInput' | 'billedOutput'>;

/** An answer that did not go out whole was cut short by us or by the client. */
const UNMEASURED: Measured = {
  firstTokenMs: Number.NaN,
  tokensPerSecond: Number.NaN,
  billedInput: Number.NaN,
  billedOutput: Number.NaN,
};

function measured({ request, answer, ms, releasedChars }: ClosedRecord): Measured {
  const { beforeUpstream = Number.NaN, upstreamFirstByte = Number.NaN, total } = ms;
  const { inputTokens = 0, outputTokens = 0, reasoningTokens = 0 } = answer.usage ?? {};
  const stream = request?.stream === true;
  const saidTokens = outputTokens - reasoningTokens;
  const tookMs = total - (stream ? upstreamFirstByte : beforeUpstream);
  const countedOutput = releasedChars / CHARS_PER_TOKEN;
  const countedInput = (request?.bodyBytes ?? 0) / BYTES_PER_TOKEN;
  return {
    firstTokenMs: stream ? upstreamFirstByte - beforeUpstream : Number.NaN,
    tokensPerSecond: outputTokens >= COUNTED_MIN && tookMs > 0 ? (outputTokens * SECOND_MS) / tookMs : Number.NaN,
    billedInput: inputTokens >= COUNTED_MIN && countedInput > 0 ? inputTokens / countedInput : Number.NaN,
    billedOutput: saidTokens >= COUNTED_MIN && countedOutput >= COUNTED_MIN ? saidTokens / countedOutput : Number.NaN,
  };
}
