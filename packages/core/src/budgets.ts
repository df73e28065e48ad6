import type { BudgetWindow } from './budget-counters.ts';
import type { BudgetStanding, BudgetUnit } from './budget-standing.ts';
import type { Principal } from './decision.ts';
import type { Fault } from './errors.ts';
import type { AnswerFacts, BodyFacts } from './protocol.ts';

/** A limit that was reached, as records show it. */
export interface BudgetHit {
  /** Its name in configuration. */
  readonly limit: string;
  readonly unit: BudgetUnit;
  readonly window: BudgetWindow;
  /** `hard` refused, `soft` let pass, `uncounted`: it could not be counted, and the posture says what became of that. */
  readonly mode: 'hard' | 'soft' | 'uncounted';
}

export interface BudgetAsk {
  readonly principal: Principal;
  readonly route: string;
  readonly model: string;
  /** The first provider that it may go to. */
  readonly provider: string;
  readonly body: Uint8Array;
  readonly facts: Pick<BodyFacts, 'stream' | 'maxOutputTokens' | 'choices' | 'generates' | 'countsOnly' | 'worksOn'>;
}

/** What is reserved of tokens before anybody has counted them. */
export interface TokenEstimate {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** The request itself bounds its output. */
  readonly bounded: boolean;
  /** No model works for it, whatever usage its answer tells of, such as that of an earlier one. */
  readonly free: boolean;
  /** The provider works on when its answer has ended. */
  readonly worksOn: boolean;
  /** The answer comes in one piece: before any of it is there, the provider has made all of it. */
  readonly whole: boolean;
}

/** Tokens that were used. */
export interface TokenUse extends NonNullable<AnswerFacts['usage']> {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** The provider did not say all of it. */
  readonly estimated?: true;
}

/** No room: what the client is told, and what the record says. */
export interface BudgetRefusal extends Fault {
  readonly fault: 'RATE_LIMITED' | 'BUDGET_EXCEEDED' | 'BUDGETS_FAILED';
  readonly hits: readonly BudgetHit[];
  readonly standings: readonly BudgetStanding[];
  /** Milliseconds after which there may be room; absent where no time makes any. */
  readonly retryAfterMs?: number;
}

/** What came of a reservation, for the record. Costs in millionths. */
export interface SettledBudget {
  readonly reserved: Pick<TokenUse, 'inputTokens' | 'outputTokens'>;
  readonly cost?: {
    readonly reserved: number;
    readonly settled: number;
    readonly currency: string;
    /** Nobody has checked the price against the provider's list. */
    readonly unverified?: true;
  };
}

/** What one exchange holds of its budgets, from its first byte to its end. */
export interface Reservation {
  readonly estimate: TokenEstimate;
  /** Limits that were reached and let it pass. */
  readonly hits: readonly BudgetHit[];
  /** Hard limits, how they stood when this was taken. */
  readonly standings: readonly BudgetStanding[];
  /** The exchange belongs to this session: takes from the limits of sessions too. */
  join(session: string): BudgetRefusal | undefined;
  /** Whether it may go to this provider too: takes from the limits that look at providers, once for each. */
  admits(provider: string): boolean;
  /** Takes one tool call. @param made its arguments as the tool would get them */
  call(tool: string, made: string): BudgetRefusal | undefined;
  /** Puts what was used in the place of what was reserved. Counts once. @param provider that served */
  settle(used: TokenUse, provider?: string): SettledBudget;
}

/** Limits on what principals, tenants, models, tools and sessions may use. Cost: some microseconds an exchange for each limit that holds. */
export interface Budgets {
  /** All or nothing, in one step: what concurrent exchanges reserve never adds up to more than a hard limit. */
  reserve(ask: BudgetAsk): Reservation | BudgetRefusal;
}

/** Characters of an answer that count as one token where its provider does not say how many it had. */
export const ANSWER_CHARS_PER_TOKEN = 3;
