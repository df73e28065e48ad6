import type { Severity } from '@sallyport/core';
import type { AlertRule } from '@sallyport/monitor';
import type { Secret } from './secret.ts';

/** Where alerts go. `url` of a Slack webhook lets whoever knows it post: it is kept as a secret. */
export type AlertSinkConfig = { readonly name: string; readonly minSeverity: Severity } & (
  | { readonly kind: 'webhook'; readonly url: string; readonly secret: Secret }
  | { readonly kind: 'slack'; readonly url: Secret }
);

export interface AlertsConfig {
  readonly rules: readonly AlertRule[];
  readonly sinks: readonly AlertSinkConfig[];
  readonly maxPerHour: number;
}
