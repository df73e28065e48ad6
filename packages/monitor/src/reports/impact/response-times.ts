import {
  type AlertRecord,
  BoundedCache,
  type ContainmentRecord,
  type RecordedDecision,
  SEVERITIES,
  type Severity,
} from '@sallyport/core';
import { QuantileSketch } from '../../sketch/quantile-sketch.ts';
import { type Distribution, distributionOf } from '../distribution.ts';
import { foundIn } from '../open-exchanges.ts';
import { isAttack } from './attack-counts.ts';

/** Sessions with an attack, and exchanges of these, that are remembered: of what was forgotten nobody knows when it began. */
export const ATTACKED_SESSIONS_MAX = 50_000;
/** Alerts that were raised and to which nobody answered yet; the oldest make room. */
export const WAITING_ALERTS_MAX = 10_000;

/** How soon attacks are told of, and something is done. */
export interface ResponseReport {
  /** Alerts that were raised in the period. */
  readonly raised: number;
  /** Alerts that were counted and not recorded, since there were too many within an hour; in none of the other figures. */
  readonly suppressed: number;
  readonly bySeverity: Readonly<Partial<Record<Severity, number>>>;
  /**
   * Milliseconds from the first finding of an attack in a session that the alert names to the alert. What is found after an alert named the
   * session begins anew.
   */
  readonly detect: Distribution;
  /** Alerts of which that is not defined: none of the exchanges that they name is of a session with an attack that is remembered. */
  readonly detectUndefined: number;
  /** Milliseconds from the alert to the first step of a person: acknowledged, resolved, or something held back because of it. */
  readonly byPeople: Distribution;
  /** Milliseconds from the alert to what its rule held back. */
  readonly byRule: Distribution;
  /** Alerts to which neither answered before the end of the period. */
  readonly unanswered: number;
}

interface Attacked {
  readonly firstMs: number;
  /** An alert named it. */
  readonly isTold: boolean;
}

interface Waiting {
  readonly atMs: number;
  people: boolean;
  rule: boolean;
}

/** Whose decisions these are, and when they were taken. */
interface Seen {
  readonly exchange: string;
  readonly session: string;
  readonly atMs: number;
}

/** Follows attacks from their first finding to the alert, and from there to who did something. Bounded. */
export class ResponseTimes {
  readonly #attacked = new BoundedCache<Attacked>(bound());
  readonly #sessions = new BoundedCache<string>(bound());
  readonly #waiting = new Map<string, Waiting>();
  readonly #bySeverity = new Map<Severity, number>();
  readonly #detect = new QuantileSketch();
  readonly #people = new QuantileSketch();
  readonly #rule = new QuantileSketch();
  #raised = 0;
  #suppressed = 0;
  #undefined = 0;
  #answered = 0;

  /** Of the time before the period too: attacks may have begun there. */
  found(decisions: readonly RecordedDecision[], { exchange, session, atMs }: Seen): void {
    if (![...foundIn(decisions)].some(isAttack)) return;
    const known = this.#attacked.get(session);
    if (known === undefined || known.isTold) this.#attacked.set(session, { firstMs: atMs, isTold: false }, 1);
    this.#sessions.set(exchange, session, 1);
  }

  alert(record: AlertRecord, atMs: number): void {
    this.#suppressed += record.suppressed ?? 0;
    if (record.step === 'raised') this.#raise(record, atMs);
    else if (record.step === 'repeated') this.#tell(record);
    else if (record.by !== undefined) this.#answer(record.alert, atMs, 'people');
  }

  contained({ step, containment, by }: ContainmentRecord, atMs: number): void {
    if (step !== 'begun' || containment.alert === undefined) return;
    this.#answer(containment.alert, atMs, by === undefined ? 'rule' : 'people');
  }

  report(): ResponseReport {
    return {
      raised: this.#raised,
      suppressed: this.#suppressed,
      bySeverity: Object.fromEntries(
        SEVERITIES.flatMap((severity) => {
          const count = this.#bySeverity.get(severity);
          return count === undefined ? [] : [[severity, count] as const];
        }),
      ),
      detect: distributionOf(this.#detect),
      detectUndefined: this.#undefined,
      byPeople: distributionOf(this.#people),
      byRule: distributionOf(this.#rule),
      unanswered: this.#raised - this.#answered,
    };
  }

  /** @returns when the first attack began of those that it tells of; infinity for none */
  #tell({ evidence }: { readonly evidence?: AlertRecord['evidence'] | undefined }): number {
    let firstMs = Number.POSITIVE_INFINITY;
    for (const exchange of evidence?.exchanges ?? []) {
      const session = this.#sessions.get(exchange) ?? '';
      const attacked = this.#attacked.get(session);
      if (attacked === undefined) continue;
      firstMs = Math.min(firstMs, attacked.firstMs);
      this.#attacked.set(session, { ...attacked, isTold: true }, 1);
    }
    return firstMs;
  }

  #raise({ alert, severity, evidence }: AlertRecord, atMs: number): void {
    this.#raised += 1;
    this.#bySeverity.set(severity, (this.#bySeverity.get(severity) ?? 0) + 1);
    const firstMs = this.#tell({ evidence });
    if (firstMs === Number.POSITIVE_INFINITY) this.#undefined += 1;
    else this.#detect.add(Math.max(0, atMs - firstMs));
    const [oldest] = this.#waiting.keys();
    if (this.#waiting.size >= WAITING_ALERTS_MAX && oldest !== undefined) this.#waiting.delete(oldest);
    this.#waiting.set(alert, { atMs, people: false, rule: false });
  }

  #answer(alert: string, atMs: number, who: 'people' | 'rule'): void {
    const waiting = this.#waiting.get(alert);
    if (waiting === undefined || waiting[who]) return;
    if (!waiting.people && !waiting.rule) this.#answered += 1;
    waiting[who] = true;
    (who === 'people' ? this.#people : this.#rule).add(Math.max(0, atMs - waiting.atMs));
    if (waiting.people) this.#waiting.delete(alert);
  }
}

function bound() {
  return { maxEntries: ATTACKED_SESSIONS_MAX, maxWeight: ATTACKED_SESSIONS_MAX };
}
