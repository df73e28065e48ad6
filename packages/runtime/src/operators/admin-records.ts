import {
  ADMIN_TARGETS_MAX,
  type AdminRecord,
  ERRORS,
  type ErrorCode,
  type RecordedOperator,
  type Recorder,
} from '@sallyport/core';
import { RecordRate } from '../record-rate.ts';

/** Refusals and failures that are recorded at once, and per second afterwards; of strangers, and of operators. */
export const REFUSALS_BURST = 100;
export const REFUSALS_PER_SECOND = 10;

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

/** Writes down what operators do. What is done is always recorded; what is not done, at a bounded rate, strangers apart from operators. */
export class AdminRecords {
  readonly #parts: AdminRecordsParts;
  readonly #strangers: RecordRate;
  readonly #operators: RecordRate;

  constructor(parts: AdminRecordsParts) {
    this.#parts = parts;
    const bound = { burst: REFUSALS_BURST, perSecond: REFUSALS_PER_SECOND };
    this.#strangers = new RecordRate(bound, parts.nowMs);
    this.#operators = new RecordRate(bound, parts.nowMs);
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
    const taken = (operator === undefined ? this.#strangers : this.#operators).take();
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
