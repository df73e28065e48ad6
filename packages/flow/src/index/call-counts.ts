import type { CallHistory, ToolCall } from '@sallyport/core';

const WINDOW_CALLS = 10;
const MAX_NAMES = 256;

interface Counted {
  readonly first: ToolCall;
  readonly times: number;
}

/** Counts the calls of a transcript, oldest first. */
export class CallCounts {
  #total: number;
  readonly #byTool: Map<string, Counted>;
  /** Names of the last ones. */
  readonly #recent: string[];

  /** Cost: O(tools). @param earlier those of a transcript that this one goes on with */
  constructor(earlier?: CallCounts) {
    this.#total = earlier === undefined ? 0 : earlier.#total;
    this.#byTool = new Map(earlier === undefined ? [] : earlier.#byTool);
    this.#recent = earlier === undefined ? [] : [...earlier.#recent];
  }

  take(call: ToolCall): void {
    const known = this.#byTool.get(call.tool);
    this.#byTool.set(call.tool, { first: known?.first ?? call, times: (known?.times ?? 0) + 1 });
    this.#recent[this.#total % WINDOW_CALLS] = call.tool;
    this.#total++;
  }

  /**
   * What came before a call of `tool`. Cost: O(tools).
   * @param writes whether a call's tool changes anything; asked once for each tool
   */
  before(tool: string, writes: (call: ToolCall) => boolean): CallHistory {
    let changes = 0;
    for (const { first, times } of this.#byTool.values()) if (writes(first)) changes += times;
    return {
      total: this.#total,
      writes: changes,
      sameTool: this.#byTool.get(tool)?.times ?? 0,
      sameToolWithin10: this.#recent.filter((name) => name === tool).length,
      formerly: [...this.#byTool.keys()].slice(0, MAX_NAMES).sort(),
    };
  }
}
