import type { AlertAbout, AlertEvidence, AlertRecord, RecordedBy, Severity } from '@sallyport/core';

/** Alerts that are remembered, resolved ones too. */
export const ALERTS_KEPT_MAX = 1_000;

export const ALERT_STATES = ['open', 'acknowledged', 'resolved'] as const;
export type AlertState = (typeof ALERT_STATES)[number];

/** An alert as it stands by its records. */
export interface Alert {
  readonly id: string;
  readonly rule: string;
  readonly severity: Severity;
  readonly state: AlertState;
  readonly about: AlertAbout;
  /** RFC 3339. */
  readonly raisedAt: string;
  /** When it last came about, as far as it is recorded. */
  readonly lastAt: string;
  /** Times that it came about, as far as they are recorded. */
  readonly times: number;
  /** Of the last time. */
  readonly evidence: AlertEvidence;
  /** Who acknowledged or resolved it last, when, and what they said. */
  readonly settled?: { readonly by?: RecordedBy; readonly at: string; readonly reason?: string };
}

/** Alerts, as the records of the log say that they are: the same records always make the same alerts. */
export class AlertBook {
  /** The one that was raised last comes last. */
  readonly #alerts = new Map<string, Alert>();
  /** Those that are not resolved, by rule and what they are about. */
  readonly #live = new Map<string, string>();

  /** The newest first. */
  get all(): readonly Alert[] {
    return [...this.#alerts.values()].reverse();
  }

  get(id: string): Alert | undefined {
    return this.#alerts.get(id);
  }

  /** The one of this rule about this that is not resolved. */
  live(rule: string, about: AlertAbout): Alert | undefined {
    return this.#alerts.get(this.#live.get(keyOf(rule, about)) ?? '');
  }

  /** The oldest one that is not resolved, where there is no room for a further one. */
  get inTheWay(): Alert | undefined {
    if (this.#live.size < ALERTS_KEPT_MAX) return undefined;
    for (const id of this.#live.values()) return this.#alerts.get(id);
    return undefined;
  }

  /** @returns the alert as it is now; nothing for a step of one that is not known any more */
  take({
    step,
    alert: id,
    rule,
    severity,
    about,
    evidence,
    times = 1,
    at,
    by,
    reason,
  }: AlertRecord): Alert | undefined {
    const known = this.#alerts.get(id);
    if (step === 'raised') {
      const found = evidence ?? { exchanges: [] };
      return this.#put({ id, rule, severity, state: 'open', about, raisedAt: at, lastAt: at, times, evidence: found });
    }
    if (known === undefined) return undefined;
    if (step === 'repeated') {
      // What comes about again after somebody looked needs another look.
      const state = known.state === 'acknowledged' ? 'open' : known.state;
      return this.#put({
        ...known,
        state,
        lastAt: at,
        times: known.times + times,
        evidence: evidence ?? known.evidence,
      });
    }
    const settled = { at, ...(by !== undefined && { by }), ...(reason !== undefined && { reason }) };
    return this.#put({ ...known, state: step, settled });
  }

  #put(alert: Alert): Alert {
    this.#alerts.set(alert.id, alert);
    const key = keyOf(alert.rule, alert.about);
    if (alert.state !== 'resolved') this.#live.set(key, alert.id);
    else if (this.#live.get(key) === alert.id) this.#live.delete(key);
    if (this.#alerts.size > ALERTS_KEPT_MAX) this.#forget();
    return alert;
  }

  #forget(): void {
    for (const { id, state } of this.#alerts.values()) {
      if (state !== 'resolved') continue;
      this.#alerts.delete(id);
      return;
    }
  }
}

function keyOf(rule: string, about: AlertAbout): string {
  return JSON.stringify([rule, ...Object.entries(about).sort(([a], [b]) => (a < b ? -1 : 1))]);
}
