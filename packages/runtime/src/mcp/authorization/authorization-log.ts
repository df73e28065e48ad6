import { type AuthorizationRecord, type Recorder, SallyportError } from '@sallyport/core';

export interface AuthorizationLogParts {
  readonly recorder: Recorder;
  readonly newId: () => string;
  readonly dateMs: () => number;
  readonly report: (error: SallyportError) => void;
}

export type ToldStep = Omit<AuthorizationRecord, 'v' | 'kind' | 'at' | 'exchange'>;

/** Tells the audit log what becomes of authorizations; never a token. */
export class AuthorizationLog {
  readonly #parts: AuthorizationLogParts;

  constructor(parts: AuthorizationLogParts) {
    this.#parts = parts;
  }

  /** Before it counts. @throws {SallyportError} `RECORD_FAILED` */
  async tell(step: ToldStep): Promise<void> {
    const { recorder, newId, dateMs } = this.#parts;
    const at = new Date(dateMs()).toISOString();
    try {
      await recorder.append({ v: 1, kind: 'authorization', exchange: newId(), at, ...step });
    } catch (error) {
      throw error instanceof SallyportError ? error : new SallyportError('RECORD_FAILED', { cause: error });
    }
  }

  /** What happened already, such as an authorization that is lost: a failure is reported. */
  async tellAfter(step: ToldStep): Promise<void> {
    try {
      await this.tell(step);
    } catch (error) {
      this.#parts.report(error instanceof SallyportError ? error : new SallyportError('RECORD_FAILED'));
    }
  }
}
