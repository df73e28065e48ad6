import type { AuditRecord } from '@sallyport/core';
import { alertEvent } from './alert-event.ts';
import type { AlertCause, AlertRule } from './alert-rule.ts';
import { RuleWatch } from './rule-watch.ts';

/** All alert rules over the records as they come. */
export class AlertBoard {
  readonly #watches: readonly RuleWatch[];

  constructor(rules: readonly AlertRule[]) {
    this.#watches = rules.map((rule) => new RuleWatch(rule));
  }

  /** What the record brings about. Cost: 2 us, and 1 us a rule. */
  take(record: AuditRecord): readonly AlertCause[] {
    if (this.#watches.length === 0) return [];
    const event = alertEvent(record);
    return event === undefined ? [] : this.#watches.flatMap((watch) => watch.take(event));
  }
}
