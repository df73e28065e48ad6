import type { Message, ToolCall } from '../transcript.ts';

/** A message's calls and results, as far as pairing them needs. */
export type MessageShape = Pick<Message, 'role' | 'calls'> & {
  readonly results: readonly { readonly tool?: string; readonly id?: string }[];
};

/** Calls that wait for a result at a time; beyond, the oldest is given up. */
const MAX_OPEN_CALLS = 256;

/**
 * Finds the call that each result answers: by its id, where the model gave one and it is the only one of that name; else the oldest
 * open call of the tool that the result names; else the oldest open call. A result without a call brings what nobody asked for.
 * INVARIANT: the answer for one message depends on the messages before it alone.
 */
export class ResultPairing {
  #open: ToolCall[] = [];

  /** The calls that the message's results answer, in their order; then the message's own calls are open. */
  next({ role, calls, results }: MessageShape): readonly (ToolCall | undefined)[] {
    const answered = results.map((result) => this.#take(result));
    // A new answer of the model closes what its last one left open.
    if (role === 'assistant') this.#open = calls.slice(-MAX_OPEN_CALLS);
    return answered;
  }

  #take({ tool, id }: MessageShape['results'][number]): ToolCall | undefined {
    const sameId = id === undefined || id === '' ? [] : this.#open.filter((call) => call.id === id);
    const found =
      (sameId.length === 1 ? sameId[0] : undefined) ??
      this.#open.find((call) => tool === undefined || tool === '' || call.tool === tool);
    if (found === undefined) return undefined;
    this.#open = this.#open.filter((call) => call !== found);
    return found;
  }
}
