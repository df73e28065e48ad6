import {
  ADMIN_TARGETS_MAX,
  type AdminRecord,
  BoundedCache,
  ERRORS,
  type ErrorCode,
  type RecordedOperator,
  type Recorder,
} from '@sallyport/core';
import { RecordRate } from '../record-rate.ts';

/** Refusals and failures that are recorded at once, and per second afterwards: of all strangers, and of each operator. */
export const REFUSALS_BURST = 100;
export const REFUSALS_PER_SECOND = 10;
/** Operators whose refusals are counted; of more, those who were not heard of lately begin anew. */
const OPERATORS_MAX = { maxEntries: 2_000, maxWeight: 2_000 };

export interface AdminRecordsParts {
  readonly recorder: Recorder;
  readonly newId: () => string;
  /** Milliseconds of a clock that only goes forward. */
  readonly nowMs: () => number;
  /** Milliseconds since 1970. */
  readonly dateMs: () => number;
}

/** What is done: to what, and why. */
export interface AdminStep {
  /** Names or ids that the gateway made, or checked. */
  readonly targets: readonly string[];
  /** The operator's own words. */
  readonly reason?: string | undefined;
}

/** Something that is not done. */
export interface NotDone {
  /** Absent: nobody was recognised. */
  readonly operator?: RecordedOperator | undefined;
  /** Empty for what there is not. */
  readonly action: string;
  readonly fault: ErrorCode;
}

/** Writes down what operators do. What is done is always recorded; what is not done, at a bounded rate, so that nobody fills the log, or hides what others do. */
export class AdminRecords {
  readonly #parts: AdminRecordsParts;
  readonly #strangers: RecordRate;
  readonly #operators = new BoundedCache<RecordRate>(OPERATORS_MAX);

  constructor(parts: AdminRecordsParts) {
    this.#parts = parts;
    this.#strangers = this.#newRate();
  }

  /**
   * Comes before what it tells of.
   * @returns the id under which it stands
   * @throws {SallyportError} `RECORD_FAILED`, and it must not be done
   */
  async done(operator: RecordedOperator, action: string, step: AdminStep): Promise<string> {
    const exchange = this.#parts.newId();
    await this.#append({ exchange, operator, action, outcome: 'done', ...told(step) });
    return exchange;
  }

  /** It was recorded as done, and was not. */
  async undone(exchange: string, { operator, action, fault }: NotDone): Promise<void> {
    await this.#append({ exchange, ...(operator && { operator }), action, targets: [], outcome: 'failed', fault });
  }

  async notDone({ operator, action, fault }: NotDone): Promise<void> {
    const taken = (operator === undefined ? this.#strangers : this.#rateOf(operator)).take();
    if (taken === undefined) return;
    const { suppressed } = taken;
    const { status } = ERRORS[fault];
    await this.#append({
      exchange: this.#parts.newId(),
      ...(operator && { operator }),
      action,
      targets: [],
      outcome: status === 401 || status === 403 || status === 429 ? 'refused' : 'failed',
      fault,
      ...(suppressed > 0 && { suppressed }),
    });
  }

  #rateOf({ by, id }: RecordedOperator): RecordRate {
    const name = `${by} ${id}`;
    const known = this.#operators.get(name);
    if (known !== undefined) return known;
    const rate = this.#newRate();
    this.#operators.set(name, rate, 1);
    return rate;
  }

  #newRate(): RecordRate {
    return new RecordRate({ burst: REFUSALS_BURST, perSecond: REFUSALS_PER_SECOND }, this.#parts.nowMs);
  }

  #append(record: Omit<AdminRecord, 'v' | 'kind' | 'at'>): Promise<void> {
    const { recorder, dateMs } = this.#parts;
    return recorder.append({ v: 1, kind: 'admin', at: new Date(dateMs()).toISOString(), ...record });
  }
}

function told({ targets, reason }: AdminStep): Pick<AdminRecord, 'targets' | 'more' | 'reason'> {
  const more = targets.length - ADMIN_TARGETS_MAX;
  return {
    targets: targets.slice(0, ADMIN_TARGETS_MAX),
    ...(more > 0 && { more }),
    ...(reason !== undefined && reason !== '' && { reason }),
  };
}
