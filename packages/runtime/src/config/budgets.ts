import type { BudgetUnit, BudgetWindow } from '@sallyport/core';
import type { BudgetLimitConfig, BudgetsConfig, ProviderConfig } from './config.ts';
import type { Report } from './problem.ts';
import type { ConfigFile } from './schema.ts';

/** Millionths of the currency in one of it. */
export const MICROS = 1_000_000;

type Budgets = NonNullable<ConfigFile['budgets']>;
type Limit = Budgets['limits'][number];

/** Budgets with every limit in whole units; what doesn't fit together is reported at its option. */
export function resolveBudgets(
  budgets: ConfigFile['budgets'],
  { providers, report }: { readonly providers: Readonly<Record<string, ProviderConfig>>; readonly report: Report },
): BudgetsConfig | undefined {
  if (budgets === undefined) return undefined;
  const { session, limits, prices, ...rest } = budgets;
  const names = new Set<string>();
  for (const [index, limit] of limits.entries()) {
    const at = (option: string, message: string) => report({ path: ['budgets', 'limits', index, option] }, message);
    if (names.has(limit.name)) at('name', 'another limit has this name');
    names.add(limit.name);
    checkLimit(limit, at);
  }
  for (const [index, { provider }] of prices.entries()) {
    if (provider !== undefined && !Object.hasOwn(providers, provider))
      report({ path: ['budgets', 'prices', index, 'provider'] }, 'no provider has this name');
  }
  if (session?.cost !== undefined && !isWhole(session.cost * MICROS))
    report({ path: ['budgets', 'session', 'cost'] }, DECIMALS);
  return {
    ...rest,
    prices,
    limits: limits.map(resolved),
    session: session === undefined ? [] : sessionLimits(session),
  };
}

const DECIMALS = 'must have six decimals at most';

function checkLimit({ counts, max, per, by, where }: Limit, at: (option: string, message: string) => void): void {
  if (counts === 'cost' ? !isWhole(max * MICROS) : !Number.isInteger(max))
    at('max', counts === 'cost' ? DECIMALS : 'must be a whole number');
  if (counts === 'cost' && max > Number.MAX_SAFE_INTEGER / MICROS) at('max', 'is too much');
  if (counts === 'concurrent' && per !== undefined) at('per', 'what goes on at the same time has no window');
  if (counts !== 'concurrent' && per === undefined) at('per', 'is required');
  if (new Set(by).size < by.length) at('by', 'names one thing twice');
  if (counts !== 'tool-calls' && by.includes('tool')) at('by', '`tool` is for `tool-calls` alone');
  if (counts !== 'tool-calls' && where.tools !== undefined) at('where', '`tools` is for `tool-calls` alone');
}

function resolved({ counts, max, per, by, where, ...limit }: Limit): BudgetLimitConfig {
  const whole = counts === 'cost' ? Math.round(max * MICROS) : max;
  return { ...limit, unit: counts, window: per ?? 'now', max: whole, by, where };
}

/** Limits of sessions, under names of their own. */
function sessionLimits({ mode, ...session }: NonNullable<Budgets['session']>): readonly BudgetLimitConfig[] {
  const { requests, requestsPerMinute, tokens, cost, toolCalls, repeatedCalls } = session;
  const named: readonly (readonly [string, BudgetUnit, BudgetWindow, number | undefined])[] = [
    ['session-requests', 'requests', 'session', requests],
    ['session-requests-per-minute', 'requests', 'minute', requestsPerMinute],
    ['session-tokens', 'tokens', 'session', tokens],
    ['session-cost', 'cost', 'session', cost === undefined ? undefined : Math.round(cost * MICROS)],
    ['session-tool-calls', 'tool-calls', 'session', toolCalls],
    ['session-repeated-calls', 'repeated-calls', 'session', repeatedCalls],
  ];
  return named.flatMap(([name, unit, window, max]) =>
    max === undefined ? [] : [{ name, unit, window, max, mode, by: [], where: {} }],
  );
}

/** Decimals of a currency are no sums of halves: what is this near to a whole number is one. */
function isWhole(micros: number): boolean {
  return Math.abs(micros - Math.round(micros)) < 1e-3;
}
