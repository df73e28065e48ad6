/** What an operator vouches for about a provider. What is not said counts as the worst. */
export interface ProviderRegistration {
  /** Where it works, in the operator's own words, such as `eu`. */
  readonly region?: string;
  /** How long it keeps what it is sent, days; 0: not at all. */
  readonly retentionDays?: number;
  readonly trainsOnData?: boolean;
  readonly approvedBy?: string;
  /** RFC 3339 date. */
  readonly approvedAt?: string;
  /** Guardrails of its own, by name. */
  readonly guardrails: readonly string[];
}
