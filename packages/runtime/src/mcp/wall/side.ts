import type { McpAnswer, McpEnd, RequestId } from '@sallyport/mcp';
import type { Crossing, SideName } from './crossing.ts';

/** What waits for an answer of one side: a request of the other one, or one of the wall's own. */
export type Awaited =
  | { readonly kind: 'crossing'; readonly crossing: Crossing }
  | { readonly kind: 'own'; readonly answered: (answer: McpAnswer | undefined) => void };

/** One side of the wall: what it asked, and what it was asked. */
export class Side {
  readonly name: SideName;
  readonly end: McpEnd;
  /** Its requests that have no answer yet. */
  readonly asks = new Map<RequestId, Crossing>();
  /** Requests that went to it, by our numbers. */
  private readonly awaited = new Map<RequestId, Awaited>();
  private last = 0;
  private tokens = 0;

  constructor(name: SideName, end: McpEnd) {
    this.name = name;
    this.end = end;
  }

  /** A number for a request to it. */
  await(what: Awaited): number {
    this.last += 1;
    this.awaited.set(this.last, what);
    return this.last;
  }

  /** The request of the other side that went to it under this number. */
  crossingOf(id: RequestId): Crossing | undefined {
    const found = this.awaited.get(id);
    return found?.kind === 'crossing' ? found.crossing : undefined;
  }

  /** What this answers, once. */
  take(id: RequestId): Awaited | undefined {
    const found = this.awaited.get(id);
    this.awaited.delete(id);
    return found;
  }

  /** All that it will not answer any more. */
  takeAll(): readonly Awaited[] {
    const all = [...this.awaited.values()];
    this.awaited.clear();
    return all;
  }

  /** What the other side is to call the progress of a request: of requests that stand for themselves several may have one name for it. */
  progressOf({ progress }: Crossing): RequestId | undefined {
    let token = progress;
    while (token !== undefined && this.askOf(token) !== undefined) {
      this.tokens += 1;
      token = `${progress}.${this.tokens}`;
    }
    return token;
  }

  /** Whose progress this is about. */
  askOf(progress: RequestId | undefined): Crossing | undefined {
    if (progress === undefined) return undefined;
    for (const crossing of this.asks.values()) if (crossing.progressAs === progress) return crossing;
    return undefined;
  }

  /** The only request that it waits for: what the other side says meanwhile is about that one. */
  get onlyAsk(): Crossing | undefined {
    if (this.asks.size !== 1) return undefined;
    const [only] = this.asks.values();
    return only;
  }
}
