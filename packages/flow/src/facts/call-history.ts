import type { ToolProfile } from '../tools/tool-profile.ts';
import type { ToolCall } from '../transcript.ts';
import type { CallHistory } from './flow-facts.ts';

const WINDOW_CALLS = 10;
const MAX_NAMES = 256;

/** Counts the calls before one of `tool`. Cost: O(calls). */
export function callHistory(
  calls: readonly ToolCall[],
  tool: string,
  profileFor: (call: ToolCall) => ToolProfile,
): CallHistory {
  const names = new Set<string>();
  let writes = 0;
  let sameTool = 0;
  let recent = 0;
  for (const [at, call] of calls.entries()) {
    if (names.size < MAX_NAMES) names.add(call.tool);
    if (profileFor(call).effect === 'write') writes++;
    if (call.tool !== tool) continue;
    sameTool++;
    if (at >= calls.length - WINDOW_CALLS) recent++;
  }
  return { total: calls.length, writes, sameTool, sameToolWithin10: recent, formerly: [...names].sort() };
}
