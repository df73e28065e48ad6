import type { RecordedBy } from './operator-records.ts';
import type { RecordBase } from './recorded-decision.ts';

/** How grave an alert is, least first. */
export const SEVERITIES = ['low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/**
 * What becomes of an alert. `repeated`: it came about again while it was not resolved. `resolved`: an operator said so, or, where nobody did, it made room
 * for newer ones.
 */
export const ALERT_STEPS = ['raised', 'repeated', 'acknowledged', 'resolved'] as const;
export type AlertStep = (typeof ALERT_STEPS)[number];

/** What all records of alerts stand under, instead of an exchange: together they say which are open. */
export const ALERTS_KEY = 'alerts';
/** Exchanges that one record of an alert names at most. */
export const ALERT_EXCHANGES_MAX = 16;

/** What an alert is about: names, as records have them; never content. */
export const ALERT_ATTRIBUTES = [
  'tenant',
  'principal',
  'route',
  'model',
  'provider',
  'tool',
  'session',
  'category',
  'signal',
  'name',
] as const;
export type AlertAttribute = (typeof ALERT_ATTRIBUTES)[number];
export type AlertAbout = Readonly<Partial<Record<AlertAttribute, string>>>;

/** What shows that it is so: where to look, never what was said. */
export interface AlertEvidence {
  /** Ids of exchanges, the newest last. */
  readonly exchanges: readonly string[];
  /** Exchanges that are not named. */
  readonly more?: number;
  /** What was measured, and the bound that it went beyond. */
  readonly value?: number;
  readonly bound?: number;
}

/** A step of an alert. What it is about stands in the first. */
export interface AlertRecord extends RecordBase {
  readonly kind: 'alert';
  readonly step: AlertStep;
  /** `alr_` and 20 letters and digits. */
  readonly alert: string;
  /** Name of the rule in configuration. */
  readonly rule: string;
  readonly severity: Severity;
  readonly about: AlertAbout;
  /** Of `raised` and `repeated`. */
  readonly evidence?: AlertEvidence;
  /** Times that it came about since its last record, this one too. */
  readonly times?: number;
  /** Alerts that were counted and not recorded since the last one that was: there were too many within an hour. */
  readonly suppressed?: number;
  /** Who acknowledged or resolved it; absent where it made room. */
  readonly by?: RecordedBy;
  /** The operator's own words. */
  readonly reason?: string;
}
