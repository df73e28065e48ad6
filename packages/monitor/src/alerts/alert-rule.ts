import type {
  AlertAbout,
  AlertAttribute,
  Checkpoint,
  ContainmentAction,
  Effect,
  FoundCategory,
  Severity,
} from '@sallyport/core';
import { RATE_SIGNALS } from '../signals/signal.ts';

/** What an alert rule may count. `call`: a tool call; `approval`: a human was asked; the others are of an exchange that ended. */
export const ALERT_COUNTS = ['exchange', ...RATE_SIGNALS, 'finding', 'call', 'approval'] as const;
export type AlertCount = (typeof ALERT_COUNTS)[number];

/** What may be new: what is measured of a principal or a route, and names that were never seen in the gateway. */
export const NEW_SIGNALS = {
  tool: 'new-tool',
  destination: 'new-destination',
  'personal-data': 'new-personal-data',
} as const;
export const NEW_NAMES = ['model', 'provider', 'agent'] as const;
export const NEW_THINGS = ['tool', 'destination', 'personal-data', ...NEW_NAMES] as const;
export type NewThing = (typeof NEW_THINGS)[number];

/** What has to come about. Lists that are empty leave nothing out. */
export type AlertCondition =
  | {
      readonly kind: 'finding';
      readonly categories: readonly FoundCategory[];
      readonly points: readonly Checkpoint[];
      readonly effects: readonly Effect[];
    }
  | { readonly kind: 'count'; readonly of: AlertCount; readonly atLeast: number; readonly withinMs: number }
  | {
      readonly kind: 'share';
      readonly of: (typeof RATE_SIGNALS)[number];
      /** 0..1. */
      readonly above: number;
      readonly withinMs: number;
      /** Exchanges below which a share says nothing. */
      readonly minimum: number;
    }
  | { readonly kind: 'moved'; readonly signals: readonly string[]; readonly minStrength: number }
  | { readonly kind: 'new'; readonly of: readonly NewThing[] };

/** Whom an alert holds back. */
export const RESPONSE_TARGETS = ['principal', 'tool', 'model'] as const;
export type ResponseTarget = (typeof RESPONSE_TARGETS)[number];

export interface AlertResponse {
  readonly action: ContainmentAction;
  /** One of the rule's `by`. */
  readonly target: ResponseTarget;
  readonly forMs: number;
  /** Of `throttle`. */
  readonly perMinute?: number;
}

export interface AlertRule {
  readonly name: string;
  readonly severity: Severity;
  readonly when: AlertCondition;
  /** What is told apart: each has an alert, and a count, of its own. */
  readonly by: readonly AlertAttribute[];
  /** While an alert is open, it is not told again within so many milliseconds. */
  readonly dedupeMs: number;
  readonly respond?: AlertResponse;
}

/** A rule came about. */
export interface AlertCause {
  readonly rule: AlertRule;
  readonly about: AlertAbout;
  /** The newest last. */
  readonly exchanges: readonly string[];
  /** Exchanges that are not named. */
  readonly more: number;
  readonly value?: number;
  readonly bound?: number;
}
