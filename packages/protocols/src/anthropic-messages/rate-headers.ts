import type { RateHeaders } from '@sallyport/core';

/** Limits in Anthropic's own headers, which its clients read. Source: Anthropic, "Rate limits", section "Response headers". */
export const rateHeaders: RateHeaders = (standings) => {
  const headers: Record<string, string> = {};
  for (const unit of ['requests', 'tokens', 'input-tokens', 'output-tokens'] as const) {
    const standing = standings.get(unit);
    if (standing === undefined) continue;
    headers[`anthropic-ratelimit-${unit}-limit`] = `${standing.max}`;
    headers[`anthropic-ratelimit-${unit}-remaining`] = `${standing.remaining}`;
    headers[`anthropic-ratelimit-${unit}-reset`] = `${new Date(standing.resetsAtMs).toISOString().slice(0, 19)}Z`;
  }
  return headers;
};
