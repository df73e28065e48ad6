import { hitsHeader, ietfRateHeaders, nearest } from './budget-headers.ts';
import type { RateHeaders } from './budget-standing.ts';
import {
  ANSWER_CHARS_PER_TOKEN,
  type BudgetAsk,
  type BudgetHit,
  type BudgetRefusal,
  type Budgets,
  type Reservation,
  type TokenEstimate,
  type TokenUse,
} from './budgets.ts';
import type { Containments } from './containment.ts';
import type { Principal } from './decision.ts';
import { isFault } from './errors.ts';
import type { AnswerFacts } from './protocol.ts';
import type { ClosedRecord } from './record.ts';
import type { Effect } from './vocabulary.ts';

/** How an exchange ended, as far as what it used goes. */
export interface SpentMatter extends Pick<ClosedRecord, 'outcome' | 'fault'> {
  /** It went to a provider. */
  readonly sent: boolean;
  /** Status that a provider answered with. */
  readonly upstreamStatus?: number | undefined;
  /** Who served. */
  readonly provider?: string | undefined;
  readonly guard?: { readonly facts: AnswerFacts; readonly receivedChars: number } | undefined;
}

/** What a record says of budgets. */
export type RecordedBudget = Pick<ClosedRecord, 'usage' | 'cost' | 'budgets'>;

/** What sets limits: budgets of configuration, and throttles that hold for a time. */
export interface BudgetSources {
  readonly budgets?: Budgets | undefined;
  readonly containments?: Pick<Containments, 'throttled'> | undefined;
}

/** What one exchange takes of budgets; nothing where none are configured. */
export class ExchangeBudget {
  private readonly sources: BudgetSources;
  private principal: Principal | undefined;
  private reservation: Reservation | undefined;
  private refusals: readonly BudgetRefusal[] = [];
  private settled: RecordedBudget | undefined;

  constructor(sources: BudgetSources) {
    this.sources = sources;
  }

  /** Reserves what the exchange may come to. */
  reserve(ask: BudgetAsk): BudgetRefusal | undefined {
    const { principal, model } = ask;
    const { budgets, containments } = this.sources;
    this.principal = principal;
    // A message to a server of tools has no model: it counts where its call is made.
    const asked = model === '' ? undefined : { principal, resource: { kind: 'model', id: model, groups: [] } as const };
    const throttled = asked && containments?.throttled(asked);
    if (throttled !== undefined) return this.refused(throttled);
    const reserved = budgets?.reserve(ask);
    if (reserved === undefined) return undefined;
    if (isFault(reserved)) return this.refused(reserved);
    this.reservation = reserved;
    return undefined;
  }

  /** The exchange belongs to this session. */
  join(session: string | undefined): BudgetRefusal | undefined {
    return session === undefined ? undefined : this.refused(this.reservation?.join(session));
  }

  /** Whether it may go to this provider too. */
  admits(provider: string): boolean {
    return this.reservation?.admits(provider) ?? true;
  }

  /** Takes a tool call. */
  call(tool: string, made: () => string, groups: readonly string[]): BudgetRefusal | undefined {
    const { reservation, principal, sources } = this;
    const throttled =
      principal && sources.containments?.throttled({ principal, resource: { kind: 'tool', id: tool, groups } });
    if (throttled !== undefined) return this.refused(throttled);
    return reservation === undefined ? undefined : this.refused(reservation.call(tool, made()));
  }

  /** Puts what was used in the place of what was reserved; the first end of an exchange counts. */
  settle(matter: SpentMatter): void {
    const { reservation } = this;
    if (reservation === undefined || this.settled !== undefined) return;
    const settled = usedTokens(matter, reservation.estimate);
    const { reserved, cost } = reservation.settle(settled, matter.provider);
    this.settled = { usage: { reserved, settled }, ...(cost !== undefined && { cost }) };
  }

  /** What a record says of it so far. */
  get recorded(): RecordedBudget {
    const { hits } = this;
    return { ...this.settled, ...(hits.length > 0 && { budgets: hits }) };
  }

  get effect(): Effect {
    return this.hits.length === 0 ? 'allow' : 'flag';
  }

  /** Headers that tell the client, in its protocol's own form, of limits that apply. */
  headers(form: RateHeaders = ietfRateHeaders): Readonly<Record<string, string>> {
    const { hits, refusals, reservation } = this;
    const refusal = refusals.at(-1);
    const standings = refusal?.standings ?? reservation?.standings ?? [];
    if (standings.length === 0 && hits.length === 0) return {};
    const waitMs = refusal?.retryAfterMs;
    return {
      ...form(nearest(standings)),
      ...(hits.length > 0 && { 'x-sallyport-budget': hitsHeader(hits) }),
      ...(waitMs !== undefined && { 'retry-after': `${Math.max(1, Math.ceil(waitMs / 1_000))}` }),
    };
  }

  private get hits(): readonly BudgetHit[] {
    return [...(this.reservation?.hits ?? []), ...this.refusals.flatMap(({ hits }) => hits)];
  }

  private refused(refusal: BudgetRefusal | undefined): BudgetRefusal | undefined {
    if (refusal !== undefined) this.refusals = [...this.refusals, refusal];
    return refusal;
  }
}

const NOTHING: TokenUse = { inputTokens: 0, outputTokens: 0 };

/**
 * What an exchange used. The provider's word counts where there is one. Where there is none, the input counts as it was
 * estimated if a provider may have read it, and the output by what came of it, no more than the request allowed; of an answer in one
 * piece that was cut off, all that was reserved. What failed before an answer began, or was answered with an error, used nothing.
 */
export function usedTokens(matter: SpentMatter, estimate: TokenEstimate): TokenUse {
  const { sent, outcome, fault, upstreamStatus, guard } = matter;
  if (!sent || estimate.free) return NOTHING;
  if (upstreamStatus === undefined) {
    // Whoever was cut off while it worked has read the request.
    const wasRead = outcome === 'client-aborted' || fault === 'UPSTREAM_TIMEOUT';
    if (!wasRead) return NOTHING;
    // Of what streams nothing had been made; of what comes in one piece, nobody knows how much: or whoever leaves in time pays for none of it.
    const outputTokens = estimate.whole || estimate.worksOn ? estimate.outputTokens : 0;
    return { inputTokens: estimate.inputTokens, outputTokens, estimated: true };
  }
  const { usage, error } = guard?.facts ?? {};
  if (usage === undefined && (upstreamStatus >= 300 || error === true)) return NOTHING;
  const inputTokens = counted(usage?.inputTokens);
  const outputTokens = counted(usage?.outputTokens);
  // What came before a break is not all that the provider had by then; some say one token at the start and the sum at the end.
  const isFinal = outcome === 'completed' && outputTokens !== undefined;
  const came = Math.ceil((guard?.receivedChars ?? 0) / ANSWER_CHARS_PER_TOKEN);
  const wasCutOff = estimate.whole && outputTokens === undefined && outcome !== 'completed' && outcome !== 'refused';
  const bounded =
    estimate.worksOn || wasCutOff
      ? Math.max(came, estimate.outputTokens)
      : Math.min(came, estimate.bounded ? estimate.outputTokens : came);
  return {
    ...usage,
    inputTokens: inputTokens ?? estimate.inputTokens,
    outputTokens: isFinal ? outputTokens : Math.max(outputTokens ?? 0, bounded),
    ...((inputTokens === undefined || !isFinal) && { estimated: true }),
  };
}

/** A provider's number that can be one of tokens: a whole one that stays exact when it is priced. */
function counted(tokens: number | undefined): number | undefined {
  return tokens !== undefined && Number.isInteger(tokens) && tokens >= 0 && tokens <= TOKENS_MAX ? tokens : undefined;
}

/** More than any model reads or writes at once. */
const TOKENS_MAX = 1_000_000_000;
