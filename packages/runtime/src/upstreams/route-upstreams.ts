import {
  type CallSpan,
  knownError,
  type Provider,
  type ProviderAnswer,
  SallyportError,
  type ServedAnswer,
  Stop,
  type StopSignal,
  tracedHeaders,
  type Upstreams,
  type UpstreamsCall,
} from '@sallyport/core';
import { type BreakerPolicy, CircuitBreaker, type CircuitPass } from './circuit-breaker.ts';
import { RetryBudget } from './retry-budget.ts';
import { backoffMs, isDown, isRetriable, type RetryPolicy, retryAfterMs, verdictOn } from './retry-policy.ts';

export interface UpstreamsClock {
  /** Monotonic, milliseconds. */
  readonly nowMs: () => number;
  /** Milliseconds since the epoch: what a provider's date is compared with. */
  readonly dateMs: () => number;
  /** Runs something once, later. @returns how to call it off */
  readonly after: (ms: number, run: () => void) => () => void;
}

export interface RouteUpstreamsParts {
  /** In order of preference. */
  readonly providers: readonly Provider[];
  readonly retry: RetryPolicy;
  /** Without one every provider is always asked. */
  readonly breaker?: BreakerPolicy | undefined;
  readonly clock: UpstreamsClock;
  /** In [0,1). */
  readonly random: () => number;
  /** Stands in for each of them in drills. */
  readonly standIn: Provider;
}

interface Line {
  readonly provider: Provider;
  readonly breaker: CircuitBreaker | undefined;
}

interface Trying {
  readonly call: UpstreamsCall;
  readonly pass: CircuitPass;
  readonly tries: number;
  readonly span: CallSpan | undefined;
  readonly untilMs: number;
}

/** What one exchange knows of a line. */
interface Candidate {
  readonly line: Line;
  calls: number;
  /** From when on it may be called. */
  readyMs: number;
  /** Not to be called any more in this exchange. */
  out: boolean;
}

/** A try that came to nothing: what its provider said, or what went wrong. */
type Failure = { readonly answer: ServedAnswer; readonly drop: () => void } | { readonly error: unknown };

/**
 * The providers of one route. A call goes to the first; when that fails in a way that says nothing of the call itself, to
 * the next, at once; and when all were asked, again to the one that is ready soonest, as far as the policy's bounds allow.
 * All of it before the first byte of an answer's body. The last failure is what the caller gets.
 */
export class RouteUpstreams implements Upstreams {
  readonly #parts: RouteUpstreamsParts;
  readonly #lines: readonly Line[];
  readonly #budget: RetryBudget;

  constructor(parts: RouteUpstreamsParts) {
    const { providers, breaker, retry, clock } = parts;
    this.#parts = parts;
    this.#lines = providers.map((provider) => ({
      provider,
      breaker: breaker === undefined ? undefined : new CircuitBreaker(breaker, clock.nowMs),
    }));
    this.#budget = new RetryBudget(retry.budgetPercent, clock.nowMs);
  }

  speaking(protocol: string): readonly string[] {
    return this.#speaking(protocol).map(({ provider }) => provider.id);
  }

  send(call: UpstreamsCall): Promise<ServedAnswer> {
    return this.#send(call, this.#speaking(call.protocol));
  }

  pinned(id: string): Pick<Upstreams, 'send'> | undefined {
    const line = this.#lines.find(({ provider }) => provider.id === id);
    return line === undefined ? undefined : { send: (call) => this.#send(call, [line]) };
  }

  #speaking(protocol: string): readonly Line[] {
    return this.#lines.filter(({ provider }) => provider.protocols.has(protocol));
  }

  async #send(call: UpstreamsCall, lines: readonly Line[]): Promise<ServedAnswer> {
    const { retry, clock } = this.#parts;
    if (call.stubbed === true) return this.#stubbed(call, lines);
    const candidates: readonly Candidate[] = lines.map((line) => ({ line, calls: 0, readyMs: 0, out: false }));
    const deadlineMs = clock.nowMs() + retry.totalMs;
    let failure: Failure | undefined;
    this.#budget.exchange();
    for (let tries = 1; tries <= retry.tries; ) {
      const candidate = soonest(candidates);
      if (candidate === undefined || Math.max(candidate.readyMs, clock.nowMs()) >= deadlineMs) break;
      if (isForbidden(candidate, call)) continue;
      if (!(await this.#mayCall(candidate, call.signal))) continue;
      const pass = passFor(candidate);
      if (pass === undefined) continue;
      if (failure !== undefined && 'drop' in failure) failure.drop();
      if (candidate.calls > 0) this.#budget.spend();
      candidate.calls += 1;
      const provider = candidate.line.provider.id;
      call.onTry({ provider, tries });
      const span = call.spanOf?.({ provider, tries });
      const got = await this.#try(candidate, { call, pass, tries, span, untilMs: deadlineMs });
      if ('served' in got) return got.served;
      failure = got.failure;
      tries += 1;
    }
    if (failure === undefined) throw allOpen();
    if ('answer' in failure) return failure.answer;
    throw failure.error;
  }

  /** Whoever would be asked first is named, and not asked: neither its breaker nor the budget of tries learns of it. */
  async #stubbed(call: UpstreamsCall, lines: readonly Line[]): Promise<ServedAnswer> {
    const first = lines.find(({ provider }) => call.mayServe?.(provider.id) ?? true);
    if (first === undefined) throw allOpen();
    return { ...(await this.#parts.standIn.send(call)), provider: first.provider.id, tries: 0 };
  }

  /** Waits until the candidate is ready. A provider that was asked before is asked again only within the budget. */
  async #mayCall(candidate: Candidate, signal: StopSignal): Promise<boolean> {
    if (candidate.calls > 0 && !this.#budget.allows()) {
      candidate.out = true;
      return false;
    }
    const waitMs = candidate.readyMs - this.#parts.clock.nowMs();
    if (waitMs > 0) await this.#pause(waitMs, signal);
    if (signal.aborted) throw ended();
    return true;
  }

  async #try(
    candidate: Candidate,
    { call, pass, tries, span, untilMs }: Trying,
  ): Promise<{ readonly served: ServedAnswer } | { readonly failure: Failure }> {
    const { provider } = candidate.line;
    const own = new TryAbort(call.signal);
    try {
      const headers = tracedHeaders(call.headers, span);
      const answer = await this.#head(provider, { ...call, headers }, { own, untilMs });
      if (isDown(answer)) pass.failed();
      else pass.succeeded();
      const served = { ...answer, provider: provider.id, tries };
      const verdict = verdictOn(answer);
      if (verdict === 'final') return { served };
      span?.failed({ status: answer.status });
      this.#rest(candidate, verdict === 'elsewhere' ? Number.POSITIVE_INFINITY : this.#askedForMs(answer));
      return { failure: { answer: served, drop: own.abort } };
    } catch (error) {
      own.abort();
      if (call.signal.aborted) {
        pass.abandoned();
        throw ended(error);
      }
      span?.failed({ fault: knownError(error).code });
      if (!isRetriable(error)) {
        pass.abandoned();
        throw error;
      }
      pass.failed();
      this.#rest(candidate, undefined);
      return { failure: { error } };
    }
  }

  /** The head of one answer, within the time of a try and what is left of the whole. */
  async #head(
    provider: Provider,
    call: UpstreamsCall,
    { own, untilMs }: { readonly own: TryAbort; readonly untilMs: number },
  ): Promise<ProviderAnswer> {
    const { retry, clock } = this.#parts;
    const leftMs = untilMs - clock.nowMs();
    let late = false;
    const callOff = clock.after(Math.min(retry.perTryMs ?? leftMs, leftMs), () => {
      late = true;
      own.abort();
    });
    try {
      return await provider.send({ ...call, signal: own.signal });
    } catch (error) {
      if (late) throw new SallyportError('UPSTREAM_TIMEOUT', { cause: error });
      throw error;
    } finally {
      callOff();
    }
  }

  #askedForMs({ headers }: ProviderAnswer): number | undefined {
    return retryAfterMs(headers, this.#parts.clock.dateMs);
  }

  /** Leaves a provider alone for as long as it asks for, else for the backoff; out of this exchange if that is too long. */
  #rest(candidate: Candidate, askedForMs: number | undefined): void {
    const { retry, clock, random } = this.#parts;
    const waitMs = askedForMs ?? backoffMs(retry, candidate.calls, random);
    candidate.out = waitMs > retry.maxBackoffMs;
    candidate.readyMs = clock.nowMs() + waitMs;
  }

  #pause(ms: number, signal: StopSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(ended());
    return new Promise((resolve, reject) => {
      const abort = () => {
        callOff();
        reject(ended());
      };
      const callOff = this.#parts.clock.after(ms, () => {
        signal.removeEventListener('abort', abort);
        resolve();
      });
      signal.addEventListener('abort', abort);
    });
  }
}

/** Ends one try, or all that is under way when the exchange ends. */
class TryAbort {
  readonly signal = new Stop();
  readonly #exchange: StopSignal;
  readonly abort = () => {
    this.#exchange.removeEventListener('abort', this.abort);
    this.signal.abort();
  };

  constructor(exchange: StopSignal) {
    this.#exchange = exchange;
    exchange.addEventListener('abort', this.abort);
  }
}

/** Asked when it is a provider's turn, and only then: what nobody needs to know costs nothing. */
function isForbidden(candidate: Candidate, { mayServe }: UpstreamsCall): boolean {
  if (candidate.calls === 0 && mayServe?.(candidate.line.provider.id) === false) candidate.out = true;
  return candidate.out;
}

/** The circuit is asked last, when all else is decided: a probe must not be taken and then not made. */
function passFor(candidate: Candidate): CircuitPass | undefined {
  const { breaker } = candidate.line;
  const pass = breaker === undefined ? ALWAYS : breaker.pass();
  if (pass === undefined) candidate.out = true;
  return pass;
}

const ALWAYS: CircuitPass = { succeeded: () => undefined, failed: () => undefined, abandoned: () => undefined };

function soonest(candidates: readonly Candidate[]): Candidate | undefined {
  let found: Candidate | undefined;
  for (const candidate of candidates) {
    if (!candidate.out && (found === undefined || candidate.readyMs < found.readyMs)) found = candidate;
  }
  return found;
}

function allOpen(): SallyportError {
  return new SallyportError('UPSTREAM_UNREACHABLE', { detail: 'the circuit of every provider that may serve is open' });
}

function ended(cause?: unknown): SallyportError {
  return new SallyportError('UPSTREAM_BROKEN', { detail: 'the exchange has ended', cause });
}
