import table from './items.json' with { type: 'json' };

/** How an item says what a tool is called with. */
export interface CallKind {
  /** The member that says it. */
  readonly args: string;
  /** The tool, where the item's type alone says it. */
  readonly tool?: string;
  readonly custom?: boolean;
}

const CALLS: ReadonlyMap<string, CallKind> = new Map(Object.entries(table.calls));
const OUTPUTS: ReadonlySet<string> = new Set(table.outputs);
const RESULTS: ReadonlySet<string> = new Set(table.results);
const DEFINITIONS: ReadonlySet<string> = new Set(table.definitions);

export function callKind(type: string): CallKind | undefined {
  return CALLS.get(type);
}

/** An item that is what a tool answered. */
export function isToolOutput(type: string): boolean {
  return OUTPUTS.has(type);
}

/** A member of a call that holds what the provider's own tool answered. */
export function isResult(name: string): boolean {
  return RESULTS.has(name);
}

/** An item that defines tools. */
export function definesTools(type: string): boolean {
  return DEFINITIONS.has(type);
}
