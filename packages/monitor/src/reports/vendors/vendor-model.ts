import {
  type Category,
  type ClosedRecord,
  PROVIDER_SIGNALS,
  type ProviderSignalType,
  providerFindingType,
} from '@sallyport/core';
import { isRefused } from '../../signals/is-refused.ts';
import { QuantileSketch } from '../../sketch/quantile-sketch.ts';
import { type Agreement, AgreementCounts } from '../agreement.ts';
import { type Distribution, distributionOf, rounded, shareOf } from '../distribution.ts';
import { type Begun, foundIn } from '../open-exchanges.ts';
import { FAILURES, type Failure, fateOf } from './fate.ts';
import { VendorTrend, type VendorTrendReport } from './vendor-trend.ts';

/** Of what kind of danger both guardrails speak. */
export const AGREEMENT_TOPICS = ['attack', 'content', 'either'] as const;
export type AgreementTopic = (typeof AGREEMENT_TOPICS)[number];

const THEIR_ATTACKS: ReadonlySet<ProviderSignalType> = new Set(['jailbreak', 'injection']);
const THEIR_CONTENT: ReadonlySet<ProviderSignalType> = new Set([
  'hate',
  'harassment',
  'self-harm',
  'sexual',
  'minors',
  'violence',
  'illicit',
  'weapons',
  'cyber',
  'profanity',
]);
const OUR_ATTACKS: readonly Category[] = ['injection', 'multi-turn'];
const OUR_CONTENT: readonly Category[] = ['content'];
const SIGNAL_OF: ReadonlyMap<string, ProviderSignalType> = new Map(
  PROVIDER_SIGNALS.map((signal) => [providerFindingType(signal), signal]),
);

/** A signal that is weaker is a rating and not a warning, 0..1. */
export const SIGNAL_MIN_SCORE = 0.5;

/** What the provider counted, tokens. */
export interface VendorTokens {
  readonly input: number;
  readonly output: number;
  /** Of the input, read from the provider's cache. */
  readonly cached: number;
  /** Of the output. */
  readonly reasoning: number;
  /** Answers of which the provider said nothing. */
  readonly unknown: number;
}

export interface VendorCost {
  readonly currency: string;
  /** Of the currency, whole. */
  readonly settled: number;
  readonly exchanges: number;
  /** Exchanges whose price nobody has checked against the provider's list. */
  readonly unverified: number;
}

/** What the records say of the exchanges that a provider was called for under the name of one model. */
export interface VendorTraffic {
  /** Exchanges for which it was called. */
  readonly called: number;
  readonly answered: number;
  readonly failures: Readonly<Partial<Record<Failure, number>>>;
  /** Ended by the client or by a failure of ours: they say nothing of the provider. */
  readonly undecided: number;
  /** Answered, of what was answered or failed, 0..1; a request that it took for wrong is neither. */
  readonly availability?: number;
  /** Exchanges for which more than one call was made, at this provider or at others before it: which failed is in no record. */
  readonly retried: number;
  /** Exchanges that were stopped here before it was called. */
  readonly notSent: number;
  /**
   * Milliseconds from the call to the end of a whole answer; text that was held is in it. This and the two that follow are of exchanges for
   * which one call was made: of several nobody knows which took how long.
   */
  readonly latency: Distribution;
  /** Milliseconds from the call to the head of a streamed answer. */
  readonly firstToken: Distribution;
  /** Tokens of the answer in a second. */
  readonly tokensPerSecond: Distribution;
  readonly refusals: number;
  readonly refusalShare?: number;
  /** Answers in which its guardrails said so, by what they said. */
  readonly signals: Readonly<Partial<Record<ProviderSignalType, number>>>;
  /** Answers that both judged: what was redacted or stopped before it saw it is no part of it. */
  readonly agreement: Readonly<Record<AgreementTopic, Agreement>>;
  readonly tokens: VendorTokens;
  readonly costs: readonly VendorCost[];
  /** Answers whose price is not known. */
  readonly unpriced: number;
  readonly trend?: VendorTrendReport;
}

const MICROS = 1_000_000;
/** Currencies that are told apart; configuration has one at a time. */
export const CURRENCIES_MAX = 8;

/** Counts over one model of one provider. Bounded: three sketches, and a trend of at most `REPORT_BINS_MAX` of them. */
export class VendorModel {
  #trend: VendorTrend | undefined;
  readonly #failures = new Map<Failure, number>();
  readonly #signals = new Map<ProviderSignalType, number>();
  readonly #agreement = {
    attack: new AgreementCounts(),
    content: new AgreementCounts(),
    either: new AgreementCounts(),
  };
  readonly #latency = new QuantileSketch();
  readonly #firstToken = new QuantileSketch();
  readonly #speed = new QuantileSketch();
  readonly #costs = new Map<string, { micros: number; exchanges: number; unverified: number }>();
  readonly #tokens = { input: 0, output: 0, cached: 0, reasoning: 0, unknown: 0 };
  #called = 0;
  #answered = 0;
  #undecided = 0;
  #retried = 0;
  #notSent = 0;
  #refusals = 0;
  #unpriced = 0;

  keepTrend(bins: number): void {
    this.#trend ??= new VendorTrend(bins);
  }

  /** It was stopped here: the provider has nothing to do with it. */
  stopped(): void {
    this.#notSent += 1;
  }

  /** An exchange ended for which it was called. */
  take(record: ClosedRecord, begun: Begun | undefined, bin: number): void {
    this.#called += 1;
    const isRetried = (record.upstream?.tries ?? 1) > 1;
    if (isRetried) this.#retried += 1;
    this.#spend(record);
    const fate = fateOf(record);
    if (fate === 'undecided') {
      this.#undecided += 1;
      return;
    }
    if (fate !== 'refused-request') this.#trend?.count(bin, fate === 'answered');
    if (fate !== 'answered') {
      this.#failures.set(fate, (this.#failures.get(fate) ?? 0) + 1);
      // Some say by an error what others say in an answer.
      if (fate === 'refused-request') this.#compare(record, begun, 'wrong');
      return;
    }
    this.#answered += 1;
    if (!isRetried) this.#measure(record, bin);
    if (isRefused(record)) this.#refusals += 1;
    this.#compare(record, begun, 'answer');
  }

  report(startsMs: readonly number[]): VendorTraffic {
    const wrong = this.#failures.get('refused-request') ?? 0;
    const availability = shareOf(this.#answered, this.#called - this.#undecided - wrong);
    const refusalShare = shareOf(this.#refusals, this.#answered);
    return {
      called: this.#called,
      answered: this.#answered,
      failures: Object.fromEntries(FAILURES.flatMap((kind) => entryOf(this.#failures, kind))),
      undecided: this.#undecided,
      ...(availability !== undefined && { availability }),
      retried: this.#retried,
      notSent: this.#notSent,
      latency: distributionOf(this.#latency),
      firstToken: distributionOf(this.#firstToken),
      tokensPerSecond: distributionOf(this.#speed),
      refusals: this.#refusals,
      ...(refusalShare !== undefined && { refusalShare }),
      signals: Object.fromEntries(PROVIDER_SIGNALS.flatMap((signal) => entryOf(this.#signals, signal))),
      agreement: {
        attack: this.#agreement.attack.report(),
        content: this.#agreement.content.report(),
        either: this.#agreement.either.report(),
      },
      tokens: { ...this.#tokens },
      costs: Array.from(this.#costs, ([currency, { micros, exchanges, unverified }]) => ({
        currency,
        settled: rounded(micros / MICROS),
        exchanges,
        unverified,
      })),
      unpriced: this.#unpriced,
      ...(this.#trend !== undefined && { trend: this.#trend.report(startsMs) }),
    };
  }

  #measure({ ms, answer, outcome, request }: ClosedRecord, bin: number): void {
    const { beforeUpstream = Number.NaN, upstreamFirstByte = Number.NaN, total } = ms;
    const tookMs = outcome === 'completed' ? total - beforeUpstream : Number.NaN;
    this.#latency.add(tookMs);
    this.#trend?.took(bin, tookMs);
    if (request?.stream === true) this.#firstToken.add(upstreamFirstByte - beforeUpstream);
    const { outputTokens = Number.NaN } = answer.usage ?? {};
    if (tookMs > 0) this.#speed.add((outputTokens * 1_000) / tookMs);
  }

  #compare({ decisions }: ClosedRecord, begun: Begun | undefined, answer: 'answer' | 'wrong'): void {
    const said = signalsIn(decisions);
    if (answer === 'wrong' && said.length === 0) return;
    for (const signal of said) this.#signals.set(signal, (this.#signals.get(signal) ?? 0) + 1);
    // Without its beginning nobody knows what we found in the request.
    if (begun === undefined) return;
    const ours = foundIn(decisions);
    const weFound = (categories: readonly Category[]) =>
      categories.some((category) => begun.found.has(category) || ours.has(category));
    const attack = [said.some((signal) => THEIR_ATTACKS.has(signal)), weFound(OUR_ATTACKS)] as const;
    const content = [said.some((signal) => THEIR_CONTENT.has(signal)), weFound(OUR_CONTENT)] as const;
    this.#agreement.attack.add(...attack);
    this.#agreement.content.add(...content);
    this.#agreement.either.add(attack[0] || content[0], attack[1] || content[1]);
  }

  #spend({ answer, cost }: ClosedRecord): void {
    const { usage } = answer;
    const tokens = this.#tokens;
    if (usage?.inputTokens === undefined && usage?.outputTokens === undefined) tokens.unknown += 1;
    tokens.input += usage?.inputTokens ?? 0;
    tokens.output += usage?.outputTokens ?? 0;
    tokens.cached += usage?.cachedTokens ?? 0;
    tokens.reasoning += usage?.reasoningTokens ?? 0;
    if (cost === undefined || (!this.#costs.has(cost.currency) && this.#costs.size === CURRENCIES_MAX)) {
      this.#unpriced += 1;
      return;
    }
    const sum = this.#costs.get(cost.currency) ?? { micros: 0, exchanges: 0, unverified: 0 };
    sum.micros += cost.settled;
    sum.exchanges += 1;
    if (cost.unverified === true) sum.unverified += 1;
    this.#costs.set(cost.currency, sum);
  }
}

function entryOf<Name>(counts: ReadonlyMap<Name, number>, name: Name): readonly (readonly [Name, number])[] {
  const count = counts.get(name);
  return count === undefined ? [] : [[name, count]];
}

function signalsIn(decisions: ClosedRecord['decisions']): readonly ProviderSignalType[] {
  let said: Set<ProviderSignalType> | undefined;
  for (const recorded of decisions) {
    if (recorded.kind === 'access') continue;
    for (const { category, type, score } of recorded.question.context.findings) {
      const signal = category === 'provider' && score >= SIGNAL_MIN_SCORE ? SIGNAL_OF.get(type) : undefined;
      if (signal === undefined) continue;
      said ??= new Set();
      said.add(signal);
    }
  }
  return said === undefined ? [] : [...said];
}
