import type { ErrorCode } from '@sallyport/core';
import type { AdminRecords, AdminStep } from './admin-records.ts';
import { type KnownOperator, recordedOperator } from './known-operator.ts';
import { type Permission, recordedAs } from './roles.ts';

/** One call of the admin API by an operator who may make it, and what the log is told of it. */
export class AdminCall {
  readonly operator: KnownOperator;
  readonly permission: Permission;
  readonly #records: AdminRecords;
  #recorded: string | undefined;
  #toldElsewhere = false;

  constructor(operator: KnownOperator, permission: Permission, records: AdminRecords) {
    this.operator = operator;
    this.permission = permission;
    this.#records = records;
  }

  /**
   * INVARIANT: whatever the call changes or shows, it does after this, unless a record of another kind tells of it.
   * @throws {SallyportError} `RECORD_FAILED`
   */
  async act(step: AdminStep): Promise<void> {
    this.#recorded = await this.#records.done(recordedOperator(this.operator), this.permission, step);
  }

  /** A record of another kind tells that it was refused. */
  toldElsewhere(): void {
    this.#toldElsewhere = true;
  }

  /** It came to nothing. Calls that need no record leave none when they fail, but for those that were refused. */
  async failed(fault: ErrorCode): Promise<void> {
    const about = { operator: recordedOperator(this.operator), action: this.permission, fault };
    if (this.#recorded !== undefined) return this.#records.undone(this.#recorded, about);
    if (this.#toldElsewhere || recordedAs(this.permission) === 'none') return;
    await this.#records.notDone(about);
  }
}
