import type { ProviderSignal } from './protocol.ts';
import type { RecordedFinding } from './recorded-decision.ts';
import { providerFindingType } from './vocabulary.ts';

/** Id under which findings of the providers' own guardrails stand beside ours. */
export const PROVIDER_DETECTOR = 'provider';

/**
 * What the provider's guardrails said of one exchange, as findings. Providers repeat themselves with every event: what was
 * said before, as strongly, is not said again. Bounded by the vocabulary.
 */
export class ProviderSignals {
  private readonly strongest = new Map<string, number>();

  /** The findings among these signals that are new. They have no place in a text, and nothing to redact. */
  take(signals: readonly ProviderSignal[]): readonly RecordedFinding[] {
    return signals.flatMap(({ type, score, about }) => {
      const key = `${about} ${type}`;
      if (score <= (this.strongest.get(key) ?? 0)) return [];
      this.strongest.set(key, score);
      return [
        {
          detector: PROVIDER_DETECTOR,
          category: 'provider' as const,
          type: providerFindingType(type),
          score: Math.min(score, 1),
          span: { start: 0, end: 0 },
          via: [],
          fingerprint: '',
          where: `provider/${about}`,
        },
      ];
    });
  }
}
