import type { CallHistory, ToolCall } from '@sallyport/core';

const WINDOW_CALLS = 10;
const MAX_NAMES = 256;

/**
 * Counts the calls before one of `tool`.
 * @param before the calls of each earlier message, oldest first
 * @param writes whether a call's tool changes anything; asked once for each tool
 * Cost: O(calls), some nanoseconds each.
 */
export function callHistory(
  before: readonly { readonly calls: readonly ToolCall[] }[],
  tool: string,
  writes: (call: ToolCall) => boolean,
): CallHistory {
  const counts = new Map<string, { readonly first: ToolCall; times: number }>();
  const recent: string[] = [];
  let total = 0;
  for (const { calls } of before) {
    for (const call of calls) {
      total++;
      const known = counts.get(call.tool);
      if (known === undefined) counts.set(call.tool, { first: call, times: 1 });
      else known.times++;
      recent[total % WINDOW_CALLS] = call.tool;
    }
  }
  let changes = 0;
  for (const { first, times } of counts.values()) if (writes(first)) changes += times;
  return {
    total,
    writes: changes,
    sameTool: counts.get(tool)?.times ?? 0,
    sameToolWithin10: recent.filter((name) => name === tool).length,
    formerly: [...counts.keys()].slice(0, MAX_NAMES).sort(),
  };
}
