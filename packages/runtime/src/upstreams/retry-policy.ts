import { type ProviderAnswer, SallyportError } from '@sallyport/core';

/** When and how often a call is tried again. Times are milliseconds. */
export interface RetryPolicy {
  /** Calls in all, the first included, 1... */
  readonly tries: number;
  /** Longest wait before the first further call of a provider; doubles with each. */
  readonly backoffMs: number;
  /** Longest wait before any call; a provider that asks for more isn't waited for. */
  readonly maxBackoffMs: number;
  /** Further calls of the same provider, in percent of the recent exchanges. */
  readonly budgetPercent: number;
  /** From a call to the head of its answer; without it the provider's own bound holds. */
  readonly perTryMs?: number | undefined;
  /** From the first call to the head of the answer that is taken, waits included. */
  readonly totalMs: number;
}

/**
 * What becomes of an answer. `final`: it goes to the client. `again`: it says that the same call may succeed later.
 * `elsewhere`: the same, but not at this provider.
 */
export type AnswerVerdict = 'final' | 'again' | 'elsewhere';

/**
 * The statuses at which the vendors' own clients try again: time-outs, lock conflicts, rate limits, failures of the server, and
 * 529, by which Anthropic says that it is overloaded. They obey `x-should-retry`, and so do we.
 * Source: `shouldRetry()` of the npm packages `openai` 6 and `@anthropic-ai/sdk`; Anthropic API reference, "Errors".
 */
const RETRIED = new Set([408, 409, 429, 500, 502, 503, 504, 529]);

/** The provider, or the way to it, is down or overloaded, whatever was asked: a 500 may be due to one request alone. */
const DOWN = new Set([502, 503, 504, 529]);

/** Ways in which a call ends without an answer that say nothing of the call itself. */
const RETRIED_FAULTS = new Set(['UPSTREAM_UNREACHABLE', 'UPSTREAM_TIMEOUT', 'UPSTREAM_BROKEN']);

export function verdictOn({ status, headers }: Pick<ProviderAnswer, 'status' | 'headers'>): AnswerVerdict {
  const told = headers['x-should-retry'];
  if (!RETRIED.has(status)) return told === 'true' && status >= 400 ? 'again' : 'final';
  return told === 'false' ? 'elsewhere' : 'again';
}

export function isDown({ status }: Pick<ProviderAnswer, 'status'>): boolean {
  return DOWN.has(status);
}

/** Whether a call that ended without an answer may be made again. */
export function isRetriable(error: unknown): boolean {
  return error instanceof SallyportError && RETRIED_FAULTS.has(error.code);
}

/**
 * How long to wait before a provider is called again: exponential, with full jitter, so that those who failed together don't
 * come back together.
 * Source: AWS Architecture Blog, "Exponential Backoff And Jitter".
 * @param calls that it had so far, 1...
 * @param random in [0,1)
 */
export function backoffMs(
  policy: Pick<RetryPolicy, 'backoffMs' | 'maxBackoffMs'>,
  calls: number,
  random: () => number,
): number {
  return random() * Math.min(policy.maxBackoffMs, policy.backoffMs * 2 ** (calls - 1));
}

/**
 * How long the provider asks to be left alone, milliseconds: `retry-after-ms`, else `retry-after` in seconds or as a date
 * (RFC 9110, section 10.2.3). What cannot be read is nothing.
 * @param dateMs milliseconds since the epoch
 */
export function retryAfterMs(headers: ProviderAnswer['headers'], dateMs: () => number): number | undefined {
  const exact = numberOf(headers['retry-after-ms']);
  if (exact !== undefined) return exact;
  const given = headers['retry-after'];
  const seconds = numberOf(given);
  if (seconds !== undefined) return seconds * 1_000;
  const date = typeof given === 'string' ? Date.parse(given) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - dateMs());
}

function numberOf(value: string | readonly string[] | undefined): number | undefined {
  return typeof value === 'string' && /^\d{1,12}(?:\.\d{1,9})?$/.test(value.trim()) ? Number(value) : undefined;
}
