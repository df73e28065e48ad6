import type {
  BudgetAsk,
  BudgetRefusal,
  Budgets,
  BudgetUnit,
  BudgetWindow,
  CounterState,
  Reservation,
  TokenEstimate,
} from '@sallyport/core';
import { MICROS } from '../config/index.ts';
import type { BudgetLimit } from './budget-limit.ts';
import { BudgetTaker, type TakerParts } from './budget-taker.ts';
import { namesOf } from './counter-key.ts';
import { estimateTokens } from './estimate-tokens.ts';
import { HeldReservation } from './held-reservation.ts';

/** Counters that are shown at a time. */
export const BUDGETS_SHOWN_MAX = 1_000;

/** How a limit stands for whom it counts. Costs in the currency. */
export interface ShownBudget {
  readonly limit: string;
  readonly counts: BudgetUnit;
  readonly per: BudgetWindow;
  readonly mode: 'hard' | 'soft';
  /** Whom it counts, by key of the limit. */
  readonly of: Readonly<Record<string, string>>;
  readonly max: number;
  readonly used: number;
  readonly reserved: number;
  /** RFC 3339, UTC; absent where no time resets it. */
  readonly resetsAt?: string;
}

/** Keeps the budgets of configuration: what may be used is reserved before, and settled after. */
export class BudgetOffice implements Budgets {
  readonly currency: string;
  private readonly parts: TakerParts;
  private readonly taker: BudgetTaker;

  constructor(parts: TakerParts) {
    this.parts = parts;
    this.currency = parts.config.currency;
    this.taker = new BudgetTaker(parts);
  }

  reserve(ask: BudgetAsk): Reservation | BudgetRefusal {
    const { taker, currency } = this;
    const held = new HeldReservation({ taker, ask, estimate: this.estimate(ask), currency });
    return held.begin() ?? held;
  }

  /** Every limit of configuration as it stands: the nearest to its end first. Sessions are not among them. */
  list(): readonly ShownBudget[] {
    const limits = new Map(this.taker.limits.map((limit) => [limit.config.name, limit]));
    const shown: { readonly share: number; readonly budget: ShownBudget }[] = [];
    const seen = new Set<BudgetLimit>();
    for (const state of this.parts.counters.states()) {
      const [name = '', window, ...values] = namesOf(state.key);
      const limit = limits.get(name);
      // What is left of another configuration counts for nothing until its window is over.
      if (limit === undefined || limit.config.window !== window || limit.config.by.length !== values.length) continue;
      seen.add(limit);
      const { max } = limit.config;
      const taken = state.used + state.reserved;
      shown.push({ share: max === 0 ? 1 : taken / max, budget: shownBudget(limit, state, values) });
    }
    for (const limit of this.taker.limits) {
      if (seen.has(limit) || limit.ofSession) continue;
      shown.push({ share: 0, budget: shownBudget(limit, { used: 0, reserved: 0 }, []) });
    }
    return shown
      .sort((a, b) => b.share - a.share)
      .slice(0, BUDGETS_SHOWN_MAX)
      .map(({ budget }) => budget);
  }

  private estimate({ body, facts, model, provider }: BudgetAsk): TokenEstimate {
    const { maxOutputTokens, choices } = facts;
    if (facts.generates === false || facts.countsOnly === true) return FREE;
    const each = maxOutputTokens ?? this.taker.priceOf(model, provider)?.outputTokens ?? this.parts.config.outputTokens;
    return {
      inputTokens: estimateTokens(body),
      outputTokens: Math.min(each * choices, OUTPUT_MAX),
      bounded: maxOutputTokens !== undefined,
      free: false,
      worksOn: facts.worksOn === true,
      whole: !facts.stream,
    };
  }
}

const FREE: TokenEstimate = {
  inputTokens: 0,
  outputTokens: 0,
  bounded: true,
  free: true,
  worksOn: false,
  whole: true,
};
/** A client may name any number; sums of them stay exact. */
const OUTPUT_MAX = 1_000_000_000;

function shownBudget(
  { config }: BudgetLimit,
  { used, reserved, resetsAtMs }: Pick<CounterState, 'used' | 'reserved' | 'resetsAtMs'>,
  values: readonly string[],
): ShownBudget {
  const { name, unit, window, mode, max, by } = config;
  const shown = (amount: number) => (unit === 'cost' ? amount / MICROS : amount);
  return {
    limit: name,
    counts: unit,
    per: window,
    mode,
    of: Object.fromEntries(values.map((value, at) => [by[at] ?? '', shownValue(by[at], value)])),
    max: shown(max),
    used: shown(used),
    reserved: shown(reserved),
    ...(resetsAtMs !== undefined && { resetsAt: new Date(resetsAtMs).toISOString() }),
  };
}

/** A principal stands with its tenant and its kind. */
function shownValue(key: string | undefined, value: string): string {
  return key === 'principal' || key === 'user' ? namesOf(value).join('/') : value;
}
