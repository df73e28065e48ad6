import type { BudgetStanding, RateHeaders } from '@sallyport/core';

/**
 * Limits in OpenAI's own headers, which its clients read. They know requests and tokens and nothing apart for input or output.
 * Source: OpenAI, "Rate limits", section "Rate limits in headers".
 */
export const rateHeaders: RateHeaders = (standings) => {
  const headers: Record<string, string> = {};
  for (const unit of ['requests', 'tokens'] as const) {
    const standing = standings.get(unit);
    if (standing === undefined) continue;
    headers[`x-ratelimit-limit-${unit}`] = `${standing.max}`;
    headers[`x-ratelimit-remaining-${unit}`] = `${standing.remaining}`;
    headers[`x-ratelimit-reset-${unit}`] = duration(standing);
  }
  return headers;
};

/** Such as `1s`, `6m0s` or `120ms`. */
function duration({ resetsInMs }: BudgetStanding): string {
  if (resetsInMs < 1_000) return `${Math.max(0, Math.ceil(resetsInMs))}ms`;
  const seconds = Math.ceil(resetsInMs / 1_000);
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor((seconds % 3_600) / 60)];
  return `${hours > 0 ? `${hours}h` : ''}${hours > 0 || minutes > 0 ? `${minutes}m` : ''}${seconds % 60}s`;
}
