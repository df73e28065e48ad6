import { type CallLinks, type Owner, ownerParts, type ReleasedCall } from '@sallyport/core';
import { isTellingId } from '@sallyport/flow';
import { canonicalArguments } from '@sallyport/wire';
import type { CallClaim } from './call-claim.ts';

/** Calls that are remembered at a time; the oldest go first. */
export const CALLS_MAX = 4_096;
/** How long a call that a model made may take to reach its tool, milliseconds. */
export const LINK_MAX_MS = 600_000;

interface Linked {
  readonly call: ReleasedCall;
  readonly atMs: number;
  /** Names whose it is and what it is given. */
  readonly key: string;
  /** Names whose it is and what the model called it, where that can be no other call's. */
  readonly idKey: string | undefined;
}

/** A call at the door of a tool. */
export interface ClaimedCall extends CallClaim {
  readonly tool: string;
  /** JSON. */
  readonly given: string;
}

/** The call of a model that one at the door of a tool is. */
export interface FoundCall {
  readonly call: ReleasedCall;
  /** It says that it is that one, and is of another tool or is given something else: where its values came from is not known by it. */
  readonly isChanged: boolean;
}

/**
 * The calls that models made and nobody has brought to their tools yet. A call is found again by who made it and what the model called it,
 * else by who made it, what it is given and when: it is the same call, and its values came from where they came from. Found once: a
 * second call with the same arguments is another one. Of several calls with the same arguments that of the same name or trace is
 * taken, else the oldest.
 */
export class CallBook implements CallLinks {
  private readonly byKey = new Map<string, Linked[]>();
  /** Where a provider said an id again, it tells none of its calls. */
  private readonly byId = new Map<string, readonly Linked[]>();
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
    const { owner, tool, id = '' } = call;
    const key = this.keyOf(owner, call.arguments);
    const idKey = isTellingId(id, tool) ? this.idKeyOf(owner, id) : undefined;
    const entry = { call, atMs: this.nowMs(), key, idKey };
    const own = this.byKey.get(key);
    // What came last goes last: the oldest key is the first.
    this.byKey.delete(key);
    this.byKey.set(key, own === undefined ? [entry] : [...own, entry]);
    if (idKey !== undefined) this.byId.set(idKey, [...(this.byId.get(idKey) ?? []), entry]);
    this.size += 1;
    while (this.size > CALLS_MAX) this.forgetOldest();
  }

  /** The call that a model made for this owner. */
  take(owner: Owner, { tool, given, id, trace }: ClaimedCall): FoundCall | undefined {
    const since = this.nowMs() - LINK_MAX_MS;
    const key = this.keyOf(owner, given);
    const [claimed, another] = id === undefined ? [] : (this.byId.get(this.idKeyOf(owner, id)) ?? []);
    if (claimed !== undefined && another === undefined && claimed.atMs >= since) {
      this.drop(claimed);
      return { call: claimed.call, isChanged: claimed.key !== key || !isNamed(claimed.call.tool, tool) };
    }
    const own = this.byKey.get(key)?.filter(({ call, atMs }) => atMs >= since && isNamed(call.tool, tool)) ?? [];
    const like = (what: 'id' | 'trace', said?: string) =>
      own.find(({ call }) => said !== undefined && call[what] === said);
    const found = like('id', id) ?? like('trace', trace) ?? own[0];
    if (found === undefined) return undefined;
    this.drop(found);
    return { call: found.call, isChanged: false };
  }

  private forgetOldest(): void {
    for (const [oldest] of this.byKey.values()) {
      if (oldest !== undefined) this.drop(oldest);
      return;
    }
  }

  private drop(entry: Linked): void {
    const { key, idKey } = entry;
    const left = this.byKey.get(key)?.filter((each) => each !== entry) ?? [];
    if (left.length === 0) this.byKey.delete(key);
    else this.byKey.set(key, left);
    if (idKey !== undefined) {
      const named = this.byId.get(idKey)?.filter((each) => each !== entry) ?? [];
      if (named.length === 0) this.byId.delete(idKey);
      else this.byId.set(idKey, named);
    }
    this.size -= 1;
  }

  private keyOf(owner: Owner, given: string): string {
    return this.fingerprint(JSON.stringify(['mcp call', ...ownerParts(owner), canonicalArguments(given)]));
  }

  private idKeyOf(owner: Owner, id: string): string {
    return this.fingerprint(JSON.stringify(['mcp call id', ...ownerParts(owner), id]));
  }
}

/** What may stand between the name of a server and that of its tool: `mcp__files__read`, `files.read`, `files-read`. */
const BETWEEN = new Set(['_', '.', '-', '/', ':']);

/** Whether a model's name for a tool is a server's own, perhaps behind the name of the server. */
export function isNamed(byModel: string, tool: string): boolean {
  if (byModel === tool) return true;
  return byModel.endsWith(tool) && tool !== '' && BETWEEN.has(byModel.at(-tool.length - 1) ?? '');
}
