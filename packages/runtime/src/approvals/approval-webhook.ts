import { SallyportError, type StoredApproval } from '@sallyport/core';
import type { ApprovalOfficeParts } from './approval-office.ts';
import { signWebhook } from './webhook-signature.ts';

/** Questions that wait to be told; beyond, further ones are on the page and in the API alone. */
export const WEBHOOKS_WAITING_MAX = 500;
/** Posts under way at a time. */
export const WEBHOOK_POSTS_MAX = 4;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 60_000;
/** The receiver says that it is gone for good. */
const GONE = 410;

export interface WebhookPost {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface ApprovalWebhookParts {
  readonly key: Uint8Array;
  /** Whether the arguments of the call go along. */
  readonly arguments: boolean;
  /** Posts one message. @returns the status; rejects when there is none */
  readonly post: (message: WebhookPost) => Promise<number>;
  /** What is known of a question. */
  readonly get: (id: string) => StoredApproval | undefined;
  readonly clock: Pick<ApprovalOfficeParts['clock'], 'dateMs' | 'after'>;
  readonly report: ApprovalOfficeParts['report'];
}

interface Delivery {
  readonly id: string;
  readonly tries: number;
}

/**
 * Tells another system of each new question, and again with growing pauses until that has taken it or the question has
 * ended. Nobody waits for it. A message bears the same id each time, also after a restart: the receiver knows it again.
 */
export class ApprovalWebhook {
  readonly #parts: ApprovalWebhookParts;
  /** Questions that are not told yet, those in a pause too, by what calls their pause off. */
  readonly #open = new Map<string, () => void>();
  readonly #queue: Delivery[] = [];
  #posts = 0;
  #closed = false;

  constructor(parts: ApprovalWebhookParts) {
    this.#parts = parts;
  }

  asked({ id, exchange }: Pick<StoredApproval, 'id' | 'exchange'>): void {
    if (this.#closed || this.#open.has(id)) return;
    if (this.#open.size >= WEBHOOKS_WAITING_MAX) {
      this.#parts.report(failure(`approval \`${id}\`: too many wait to be told`), exchange);
      return;
    }
    this.#line({ id, tries: 0 });
  }

  close(): void {
    this.#closed = true;
    for (const callOff of this.#open.values()) callOff();
    this.#open.clear();
    this.#queue.length = 0;
  }

  #line(delivery: Delivery): void {
    this.#open.set(delivery.id, () => undefined);
    this.#queue.push(delivery);
    this.#next();
  }

  #next(): void {
    while (this.#posts < WEBHOOK_POSTS_MAX) {
      const delivery = this.#queue.shift();
      if (delivery === undefined) return;
      const approval = this.#parts.get(delivery.id);
      if (approval?.status !== 'pending') this.#open.delete(delivery.id);
      else void this.#deliver(delivery, approval);
    }
  }

  async #deliver({ id, tries }: Delivery, approval: StoredApproval): Promise<void> {
    this.#posts += 1;
    const status = await this.#post(approval).catch(() => undefined);
    this.#posts -= 1;
    if (this.#closed) return;
    if (status !== undefined && status >= 200 && status < 300) this.#open.delete(id);
    else this.#failed({ id, tries: tries + 1 }, approval, status);
    this.#next();
  }

  async #post(approval: StoredApproval): Promise<number> {
    const { key, clock, post } = this.#parts;
    const body = JSON.stringify(this.#event(approval));
    const id = approval.id.replace('apr_', 'msg_');
    return post({ headers: signWebhook(key, { id, atMs: clock.dateMs(), body }), body });
  }

  #event({ id, tool, principal, route, protocol, exchange, policies, message, ...approval }: StoredApproval) {
    const { kind, id: name, tenant, onBehalfOf } = principal;
    const [askedAt, expiresAt] = [approval.askedMs, approval.expiresMs].map((ms) => new Date(ms).toISOString());
    return {
      type: 'approval.asked',
      timestamp: askedAt,
      data: {
        approval: id,
        tool,
        principal: { kind, id: name, tenant, ...(onBehalfOf !== undefined && { onBehalfOf: onBehalfOf.id }) },
        route,
        protocol,
        exchange,
        policies,
        message,
        askedAt,
        expiresAt,
        ...(this.#parts.arguments && { arguments: approval.arguments, provenance: approval.provenance }),
      },
    };
  }

  #failed(delivery: Delivery, { exchange, expiresMs }: StoredApproval, status: number | undefined): void {
    const { id, tries } = delivery;
    const { clock, report } = this.#parts;
    const pauseMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (tries - 1));
    const over = status === GONE || clock.dateMs() + pauseMs >= expiresMs;
    const said = status === undefined ? 'no answer' : `status ${status}`;
    // The first time, so that somebody knows while there is time left; and the last.
    if (tries === 1 || over) {
      report(failure(`approval \`${id}\`: ${said}${over ? `, given up after ${tries}` : ', trying again'}`), exchange);
    }
    if (over) this.#open.delete(id);
    else
      this.#open.set(
        id,
        clock.after(pauseMs, () => this.#line(delivery)),
      );
  }
}

function failure(detail: string): SallyportError {
  return new SallyportError('WEBHOOK_FAILED', { detail });
}
