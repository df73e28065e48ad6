import type { Message, ToolCall, ToolResult } from '@sallyport/core';

/** Calls that wait for a result at a time; beyond, the oldest is given up. */
const MAX_OPEN_CALLS = 256;

/**
 * Finds the call that each of a message's results answers: the one that the result has with it; else by its id, where the model gave
 * one and it is the only one of that name; else the oldest open call of the tool that the result names; else the oldest open call. A
 * result without a call brings what nobody asked for.
 * @param open calls that wait when the message comes
 * @returns the call of each result, and the calls that wait after the message
 */
export function pairResults(
  { role, calls, results }: Message,
  open: readonly ToolCall[],
): { readonly answered: readonly (ToolCall | undefined)[]; readonly open: readonly ToolCall[] } {
  let waiting = open;
  const answered = results.map((result) => {
    const call = result.call ?? callOf(result, waiting);
    const at = call === undefined ? -1 : waiting.findIndex((other) => isSame(other, call));
    waiting = at === -1 ? waiting : waiting.toSpliced(at, 1);
    return call;
  });
  // A new answer of the model closes what its last one left open.
  return { answered, open: role === 'assistant' ? calls.slice(-MAX_OPEN_CALLS) : waiting };
}

function callOf({ tool, id }: ToolResult, open: readonly ToolCall[]): ToolCall | undefined {
  const sameId = id === undefined || id === '' ? [] : open.filter((call) => call.id === id);
  if (sameId.length === 1) return sameId[0];
  return open.find((call) => tool === undefined || tool === '' || call.tool === tool);
}

function isSame(a: ToolCall, b: ToolCall): boolean {
  return a.tool === b.tool && a.arguments === b.arguments && a.id === b.id;
}
