import type { BudgetStanding, BudgetUnit, RateHeaders } from './budget-standing.ts';
import type { BudgetHit } from './budgets.ts';

const WINDOW_SECONDS: Readonly<Record<string, number>> = {
  second: 1,
  minute: 60,
  hour: 3_600,
  day: 86_400,
  month: 2_592_000,
};

/**
 * `RateLimit` and `RateLimit-Policy`; the quota unit is in the policy's name. A month counts as 30 days.
 * Source: draft-ietf-httpapi-ratelimit-headers-10, sections 3 and 4.
 */
export const ietfRateHeaders: RateHeaders = (standings) => {
  const all = [...standings.values()];
  if (all.length === 0) return {};
  const name = ({ unit, window }: BudgetStanding) => `"${unit}-${window}"`;
  return {
    'ratelimit-policy': all
      .map((each) => `${name(each)};q=${each.max};w=${WINDOW_SECONDS[each.window] ?? 1}`)
      .join(', '),
    ratelimit: all
      .map((each) => `${name(each)};r=${each.remaining};t=${Math.ceil(each.resetsInMs / 1_000)}`)
      .join(', '),
  };
};

/** Units that clients have headers for. */
const SHOWN: ReadonlySet<BudgetUnit> = new Set(['requests', 'tokens', 'input-tokens', 'output-tokens']);

/** Of each unit the limit of which the smallest share is left. */
export function nearest(standings: readonly BudgetStanding[]): ReadonlyMap<BudgetUnit, BudgetStanding> {
  const byUnit = new Map<BudgetUnit, BudgetStanding>();
  for (const standing of standings) {
    const known = byUnit.get(standing.unit);
    if (SHOWN.has(standing.unit) && (known === undefined || shareLeft(standing) < shareLeft(known)))
      byUnit.set(standing.unit, standing);
  }
  return byUnit;
}

function shareLeft({ remaining, max }: BudgetStanding): number {
  return max === 0 ? 0 : remaining / max;
}

/** Says which limits were reached, without an operator's words: `soft;cost/month, hard;requests/minute`. */
export function hitsHeader(hits: readonly BudgetHit[]): string {
  return [...new Set(hits.map(({ mode, unit, window }) => `${mode};${unit}/${window}`))].join(', ');
}
