import { isFault, type Provider, Stop } from '@sallyport/core';
import type { Answers } from '@sallyport/monitor';
import { askWord } from '@sallyport/protocols';
import { estimateTokens } from '../budgets/estimate-tokens.ts';
import type { TokenMeter } from '../judge/token-meter.ts';
import { type Answered, askProvider } from '../providers/ask-provider.ts';
import { CANARY_INPUTS } from './canary-inputs.ts';

/** Time for one answer, milliseconds. */
const ANSWER_WITHIN_MS = 30_000;
/** Calls of one round that may come to nothing; with one more, all of it does. */
export const FAILED_CALLS_MAX = 5;

export interface AskerParts {
  readonly provider: Pick<Provider, 'protocols' | 'send'>;
  readonly model: string;
  readonly meter: TokenMeter;
  /** Keyed: records hold no answer. */
  readonly fingerprint: (value: string) => string;
  readonly after: (ms: number, run: () => void) => () => void;
}

/** What came of the questions of a round. */
export interface AskedRound {
  readonly ended: 'asked' | 'failed' | 'over-budget';
  /** Of each input, by the answers' fingerprints. */
  readonly answers: readonly Answers[];
  readonly calls: number;
  readonly tokens: number;
}

/** Asks one model for words, one question after the other, so that it never weighs on a provider. */
export class CanaryAsker {
  readonly #parts: AskerParts;
  readonly #stop = new Stop();

  constructor(parts: AskerParts) {
    this.#parts = parts;
  }

  /** @param inputs numbers of inputs @param samples times that each is asked */
  async ask(inputs: readonly number[], samples: number): Promise<AskedRound> {
    const answers = inputs.map(() => new Map<string, number>());
    const spent = { calls: 0, tokens: 0 };
    let failed = 0;
    // Each input in turn: what changes within a round changes for all of them.
    for (let time = 0; time < samples; time += 1) {
      for (const [at, input] of inputs.entries()) {
        const word = await this.#word(CANARY_INPUTS[input] ?? '', spent);
        if (word === 'over-budget') return { ended: 'over-budget', answers, ...spent };
        if (word === undefined) failed += 1;
        if (failed > FAILED_CALLS_MAX || this.#stop.aborted) return { ended: 'failed', answers, ...spent };
        if (word !== undefined) answers[at]?.set(word.print, (answers[at]?.get(word.print) ?? 0) + 1);
      }
    }
    return { ended: 'asked', answers, ...spent };
  }

  close(): void {
    this.#stop.abort();
  }

  async #word(text: string, spent: { calls: number; tokens: number }) {
    const { provider, model, meter, fingerprint } = this.#parts;
    const prepared = askWord({ model, text }, provider.protocols);
    if (isFault(prepared)) return undefined;
    const reserved = estimateTokens(prepared.call.body) + 1;
    const settle = meter.reserve(reserved);
    if (settle === undefined) return 'over-budget';
    spent.calls += 1;
    const answer = await this.#within((signal) => askProvider(provider, prepared, signal));
    const { inputTokens, outputTokens } = answer?.usage ?? {};
    // Who doesn't say what was used, or says what nobody can use, has used what was reserved.
    const used = isCount(inputTokens) && isCount(outputTokens) ? inputTokens + outputTokens : reserved;
    settle(used);
    spent.tokens += used;
    const word = answer?.text.trim() ?? '';
    return word === '' ? undefined : { print: fingerprint(`canary\n${model}\n${word}`).slice(0, 16) };
  }

  /** An answer within the time; whatever is still under way then is cut off. What a provider throws may quote what it was sent. */
  async #within(ask: (signal: Stop) => ReturnType<typeof askProvider>): Promise<Answered | undefined> {
    const own = new Stop();
    const abort = () => own.abort();
    const callOff = this.#parts.after(ANSWER_WITHIN_MS, abort);
    this.#stop.addEventListener('abort', abort);
    const stopped = new Promise<undefined>((resolve) => own.addEventListener('abort', () => resolve(undefined)));
    if (this.#stop.aborted) own.abort();
    try {
      const answer = await Promise.race([stopped, ask(own)]);
      return answer === undefined || 'reason' in answer ? undefined : answer;
    } catch {
      return undefined;
    } finally {
      callOff();
      this.#stop.removeEventListener('abort', abort);
      own.abort();
    }
  }
}

function isCount(tokens: number | undefined): tokens is number {
  return Number.isSafeInteger(tokens) && (tokens as number) > 0;
}
