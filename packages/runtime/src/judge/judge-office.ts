import { createHash, randomBytes } from 'node:crypto';
import {
  BoundedCache,
  isFault,
  JUDGED,
  type JudgeAnswer,
  type JudgeQuestion,
  type JudgeUse,
  judgeId,
  type ModelJudge,
  type Provider,
  type ReceiptLine,
  type ScoreBounds,
  Stop,
} from '@sallyport/core';
import { askModel, type ModelAsk } from '@sallyport/protocols';
import { estimateTokens } from '../budgets/estimate-tokens.ts';
import { askProvider } from '../providers/ask-provider.ts';
import { TokenMeter } from './token-meter.ts';
import { Turnstile } from './turnstile.ts';
import { QUESTIONS_VERSION, readVerdict, type Verdict, verdictAsk } from './verdict-ask.ts';

/** What configuration says of the judge. */
export interface JudgeOptions {
  readonly model: string;
  /** For a question from its first wait to the last byte of its answer. */
  readonly timeoutMs: number;
  /** Questions under way at a time. */
  readonly maxConcurrent: number;
  readonly maxTokensPerHour: number;
  readonly maxChars: number;
  /** Verdicts that are remembered. */
  readonly cacheEntries: number;
  readonly uses: ReadonlyMap<JudgeUse, ScoreBounds>;
  readonly purpose?: string | undefined;
}

export interface JudgeParts extends JudgeOptions {
  readonly provider: Pick<Provider, 'id' | 'protocols' | 'send'>;
  /** Keyed: what is remembered says nothing of a text. */
  readonly fingerprint: (value: string) => string;
  readonly clock: {
    /** Milliseconds since 1970. */
    readonly dateMs: () => number;
    readonly after: (ms: number, run: () => void) => () => void;
  };
  /** 12 bytes in hexadecimal that nobody can know. */
  readonly random?: () => string;
}

type Broken = Pick<ReceiptLine, 'reason'> & { readonly status: 'failed' | 'timed-out'; readonly reason: string };
type Outcome = Verdict | Broken;

/** Asks one model of one provider for verdicts, within bounds of time, tokens and questions at a time. */
export class JudgeOffice implements ModelJudge {
  readonly uses: ReadonlyMap<JudgeUse, ScoreBounds>;
  readonly maxChars: number;
  readonly version: string;
  readonly #parts: JudgeParts;
  readonly #known: BoundedCache<Verdict>;
  readonly #meter: TokenMeter;
  readonly #turnstile: Turnstile;

  constructor(parts: JudgeParts) {
    const { uses, maxChars, provider, model, purpose = '', cacheEntries, maxTokensPerHour, maxConcurrent } = parts;
    this.uses = uses;
    this.maxChars = maxChars;
    const stated = JSON.stringify([provider.id, model, purpose, maxChars, QUESTIONS_VERSION]);
    this.version = createHash('sha256').update(stated).digest('hex').slice(0, 12);
    this.#parts = parts;
    this.#known = new BoundedCache({ maxEntries: cacheEntries, maxWeight: cacheEntries });
    this.#meter = new TokenMeter(maxTokensPerHour, parts.clock.dateMs);
    this.#turnstile = new Turnstile(maxConcurrent);
  }

  async ask(question: JudgeQuestion): Promise<JudgeAnswer> {
    const { use, data } = question;
    const key = this.#parts.fingerprint(`judge\n${this.version}\n${use}\n${JSON.stringify(data)}`);
    const known = this.#known.get(key);
    const outcome = known ?? (await this.#within(question));
    if ('status' in outcome) return { line: { ...this.#line(use), ...outcome } };
    // Only verdicts are remembered: what failed may succeed the next time.
    if (known === undefined) this.#known.set(key, outcome, 1);
    const line: ReceiptLine = { ...this.#line(use), status: 'inspected' };
    if (!outcome.against) return { line };
    const { category, type } = JUDGED[use];
    const fingerprint = this.#parts.fingerprint(`judged\n${key}`);
    return { line, finding: { detector: judgeId(use), category, type, score: outcome.score, via: [], fingerprint } };
  }

  unasked(use: JudgeUse, reason: string): ReceiptLine {
    return { ...this.#line(use), status: 'failed', reason };
  }

  #line(use: JudgeUse): Pick<ReceiptLine, 'detector' | 'version' | 'segments'> {
    return { detector: judgeId(use), version: this.version, segments: 1 };
  }

  /** An answer within the time, or why there is none; whatever is still under way then is cut off. */
  async #within(question: JudgeQuestion): Promise<Outcome> {
    const { clock, timeoutMs } = this.#parts;
    const own = new Stop();
    let late = false;
    const callOff = clock.after(timeoutMs, () => {
      late = true;
      own.abort();
    });
    const abort = () => own.abort();
    question.signal.addEventListener('abort', abort);
    if (question.signal.aborted) own.abort();
    const stopped = new Promise<Outcome>((resolve) => {
      const end = () => resolve(late ? TIMED_OUT : failed('stopped'));
      if (own.aborted) end();
      else own.addEventListener('abort', end);
    });
    try {
      return await Promise.race([stopped, this.#inTurn(question, own)]);
    } catch {
      // What a provider throws may quote what it was sent.
      return late ? TIMED_OUT : failed('provider-failed');
    } finally {
      callOff();
      question.signal.removeEventListener('abort', abort);
      own.abort();
    }
  }

  async #inTurn(question: JudgeQuestion, own: Stop): Promise<Outcome> {
    const leave = await this.#turnstile.enter(own);
    if (leave === undefined) return failed('crowded');
    // A provider that does not heed a stop keeps no place: every question ends by one.
    own.addEventListener('abort', leave);
    return this.#asked(question, own);
  }

  async #asked({ use, data }: JudgeQuestion, own: Stop): Promise<Outcome> {
    const { provider, model, purpose, random = randomHex } = this.#parts;
    const matter = { use, model, data, random: random(), ...(use === 'intent' && { purpose }) };
    const ask: ModelAsk = verdictAsk(matter);
    const prepared = askModel(ask, provider.protocols);
    if (isFault(prepared)) return failed('cannot-ask');
    const reserved = estimateTokens(prepared.call.body) + ask.maxOutputTokens;
    const settle = this.#meter.reserve(reserved);
    if (settle === undefined) return failed('over-budget');
    const answer = await askProvider(provider, prepared, own);
    if ('reason' in answer) return failed(answer.reason);
    const { inputTokens, outputTokens } = answer.usage ?? {};
    // Who doesn't say what was used has used what was reserved.
    if (inputTokens !== undefined && outputTokens !== undefined) settle(inputTokens + outputTokens);
    return readVerdict(answer.text, matter) ?? failed('malformed');
  }
}

const TIMED_OUT: Broken = { status: 'timed-out', reason: 'judge-timeout' };

function failed(reason: string): Broken {
  return { status: 'failed', reason };
}

function randomHex(): string {
  return randomBytes(12).toString('hex');
}
