import { type CallLinks, type Owner, ownerParts, type ReleasedCall } from '@sallyport/core';
import { canonicalArguments } from '@sallyport/wire';

/** Calls that are remembered at a time; the oldest go first. */
export const CALLS_MAX = 4_096;
/** How long a call that a model made may take to reach its tool, milliseconds. */
export const LINK_MAX_MS = 600_000;

interface Linked {
  readonly call: ReleasedCall;
  readonly atMs: number;
}

/**
 * The calls that models made and nobody has brought to their tools yet. A call is found again by who made it, what it is given and when:
 * it is the same call, and its values came from where they came from. Found once: a second call with the same arguments is another one.
 */
export class CallBook implements CallLinks {
  private readonly byKey = new Map<string, Linked[]>();
  private size = 0;
  private readonly nowMs: () => number;
  private readonly fingerprint: (text: string) => string;

  constructor({
    nowMs,
    fingerprint,
  }: { readonly nowMs: () => number; readonly fingerprint: (text: string) => string }) {
    this.nowMs = nowMs;
    this.fingerprint = fingerprint;
  }

  released(call: ReleasedCall): void {
    const key = this.keyOf(call.owner, call.arguments);
    const entry = { call, atMs: this.nowMs() };
    const own = this.byKey.get(key);
    // What came last goes last: the oldest key is the first.
    this.byKey.delete(key);
    this.byKey.set(key, own === undefined ? [entry] : [...own, entry]);
    this.size += 1;
    while (this.size > CALLS_MAX) this.forgetOldest();
  }

  /** The call that a model made for this owner, with these arguments, of a tool of this name. @param given JSON */
  take(owner: Owner, tool: string, given: string): ReleasedCall | undefined {
    const key = this.keyOf(owner, given);
    const since = this.nowMs() - LINK_MAX_MS;
    const own = this.byKey.get(key) ?? [];
    const found = own.find(({ call, atMs }) => atMs >= since && isNamed(call.tool, tool));
    if (found === undefined) return undefined;
    this.put(
      key,
      own.filter((each) => each !== found),
    );
    this.size -= 1;
    return found.call;
  }

  private forgetOldest(): void {
    const [oldest] = this.byKey;
    if (oldest === undefined) return;
    const [key, [, ...rest]] = oldest;
    if (rest.length === 0) this.byKey.delete(key);
    else this.byKey.set(key, rest);
    this.size -= 1;
  }

  private put(key: string, entries: Linked[]): void {
    if (entries.length === 0) this.byKey.delete(key);
    else this.byKey.set(key, entries);
  }

  private keyOf(owner: Owner, given: string): string {
    return this.fingerprint(JSON.stringify(['mcp call', ...ownerParts(owner), canonicalArguments(given)]));
  }
}

/** What may stand between the name of a server and that of its tool: `mcp__files__read`, `files.read`, `files-read`. */
const BETWEEN = new Set(['_', '.', '-', '/', ':']);

/** Whether a model's name for a tool is a server's own, perhaps behind the name of the server. */
export function isNamed(byModel: string, tool: string): boolean {
  if (byModel === tool) return true;
  return byModel.endsWith(tool) && tool !== '' && BETWEEN.has(byModel.at(-tool.length - 1) ?? '');
}
