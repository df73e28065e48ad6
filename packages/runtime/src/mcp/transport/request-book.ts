import {
  ERROR_CODES,
  idKey,
  type LostReason,
  type McpMessage,
  type McpNotification,
  type McpRequest,
  META,
  type RequestId,
} from '@sallyport/mcp';
import { type JsonNode, memberOf } from '@sallyport/wire';
import type { TransportClock } from './transport-clock.ts';

export interface RequestBookParts {
  readonly clock: TransportClock;
  /** Requests without an answer, each way. */
  readonly maxPending: number;
  /** How long a request of ours may go without a sign of life, milliseconds; undefined: for ever. */
  readonly silenceMs: number | undefined;
  /** A request of ours will get no answer. */
  readonly onLost: (id: RequestId, reason: LostReason) => void;
}

/** What to do with a message of the other side: a `stray` one is no answer to anything that is open, or takes back nothing. */
export type Verdict = 'pass' | 'stray' | 'refuse';

/** What is answered to a request that is refused. */
export const TOO_MANY_REQUESTS = {
  code: ERROR_CODES.invalidRequest,
  message: 'too many requests, or one under an id that is taken',
};

interface Ours {
  readonly id: RequestId;
  readonly token: string | undefined;
  lastMs: number;
  callOff: (() => void) | undefined;
}

/** A subscription is answered when it ends: it is silent for as long as nothing happens. */
const ENDLESS_METHOD = 'subscriptions/listen';

/**
 * Requests under way between us and one other side, both ways. Each of ours gets an answer or is lost, once; each of theirs
 * is open once. While one of theirs waits for us, silence is ours, and none of ours is lost to it.
 */
export class RequestBook {
  readonly #parts: RequestBookParts;
  readonly #ours = new Map<string, Ours>();
  readonly #byToken = new Map<string, Ours>();
  readonly #theirs = new Map<string, RequestId>();

  constructor(parts: RequestBookParts) {
    this.#parts = parts;
  }

  /** Whether the request of ours is still waited for. */
  isOpen(id: RequestId): boolean {
    return this.#ours.has(idKey(id));
  }

  /** How many requests are under way, both ways. */
  get pending(): number {
    return this.#ours.size + this.#theirs.size;
  }

  /** Ids of the other side's requests that wait for an answer of ours. */
  get theirs(): readonly RequestId[] {
    return [...this.#theirs.values()];
  }

  /** Notes a message that goes to the other side. @returns whether it may go: a request beyond the bound is lost at once, an answer to nothing is dropped */
  sending(message: McpMessage): boolean {
    switch (message.kind) {
      case 'request':
        return this.#open(message);
      case 'notification': {
        const cancelled = cancelledId(message);
        if (cancelled !== undefined) this.#settle(cancelled);
        return true;
      }
      default:
        return message.id === undefined || this.#theirs.delete(idKey(message.id));
    }
  }

  /** Notes a message that came from the other side. */
  receiving(message: McpMessage): Verdict {
    switch (message.kind) {
      case 'request': {
        const key = idKey(message.id);
        if (this.#theirs.has(key) || this.#theirs.size >= this.#parts.maxPending) return 'refuse';
        this.#theirs.set(key, message.id);
        return 'pass';
      }
      case 'notification': {
        const cancelled = cancelledId(message);
        if (cancelled !== undefined) return this.#theirs.delete(idKey(cancelled)) ? 'pass' : 'stray';
        const ours = this.#progressing(message);
        if (ours !== undefined) ours.lastMs = this.#parts.clock.nowMs();
        return 'pass';
      }
      default:
        return message.id !== undefined && this.#settle(message.id) ? 'pass' : 'stray';
    }
  }

  /** Id of the request of ours that a message of theirs belongs to, where it says so itself. */
  relatedTo(message: McpMessage): RequestId | undefined {
    if (message.kind !== 'notification') return undefined;
    const subscription = memberOf(memberOf(message.params, '_meta'), META.subscriptionId);
    const key = keyOfNode(subscription);
    return (key === undefined ? this.#progressing(message) : this.#ours.get(key))?.id;
  }

  /** The other side did something for a request of ours. */
  alive(id: RequestId): void {
    const ours = this.#ours.get(idKey(id));
    if (ours !== undefined) ours.lastMs = this.#parts.clock.nowMs();
  }

  /** A request of ours is lost, if it is still waited for. */
  lose(id: RequestId, reason: LostReason): void {
    if (this.#settle(id)) this.#parts.onLost(id, reason);
  }

  /** Every request of ours is lost, and none of theirs is open any more. */
  loseAll(reason: LostReason): void {
    for (const { id } of [...this.#ours.values()]) this.lose(id, reason);
    this.#theirs.clear();
  }

  #open(request: McpRequest): boolean {
    const key = idKey(request.id);
    if (this.#ours.has(key) || this.#ours.size >= this.#parts.maxPending) {
      this.#parts.onLost(request.id, 'refused');
      return false;
    }
    const token = keyOfNode(memberOf(memberOf(request.params, '_meta'), 'progressToken'));
    const ours: Ours = { id: request.id, token, lastMs: this.#parts.clock.nowMs(), callOff: undefined };
    this.#ours.set(key, ours);
    if (token !== undefined) this.#byToken.set(token, ours);
    const { silenceMs } = this.#parts;
    if (silenceMs !== undefined && request.method !== ENDLESS_METHOD) this.#watch(ours, silenceMs);
    return true;
  }

  #watch(ours: Ours, inMs: number): void {
    const { clock, silenceMs = 0 } = this.#parts;
    ours.callOff = clock.after(inMs, () => {
      if (this.#theirs.size > 0) ours.lastMs = clock.nowMs();
      const leftMs = ours.lastMs + silenceMs - clock.nowMs();
      if (leftMs > 0) this.#watch(ours, leftMs);
      else this.lose(ours.id, 'silent');
    });
  }

  #settle(id: RequestId): boolean {
    const ours = this.#ours.get(idKey(id));
    if (ours === undefined) return false;
    ours.callOff?.();
    this.#ours.delete(idKey(id));
    if (ours.token !== undefined && this.#byToken.get(ours.token) === ours) this.#byToken.delete(ours.token);
    return true;
  }

  #progressing({ method, params }: McpNotification): Ours | undefined {
    if (method !== 'notifications/progress') return undefined;
    const token = keyOfNode(memberOf(params, 'progressToken'));
    return token === undefined ? undefined : this.#byToken.get(token);
  }
}

/** Id of the request that a notification takes back. */
export function cancelledId({ method, params }: McpNotification): RequestId | undefined {
  if (method !== 'notifications/cancelled') return undefined;
  const node = memberOf(params, 'requestId');
  return node?.kind === 'string' || node?.kind === 'number' ? node.value : undefined;
}

function keyOfNode(node: JsonNode | undefined): string | undefined {
  return node?.kind === 'string' || node?.kind === 'number' ? idKey(node.value) : undefined;
}
