import { type Resource, UNSEEN_IDENTITY } from '@sallyport/core';
import { longOrFailed } from './fields-record.ts';
import { type RecordValue, type Result, SetValue } from './value.ts';

/** Days for which a provider keeps data of which nobody says how long. */
export const UNKNOWN_RETENTION_DAYS = 36_500;
const NAMES = [
  'name',
  'registered',
  'region',
  'retentionDays',
  'keepsData',
  'trainsOnData',
  'approved',
  'approvedBy',
  'guardrails',
  'identity',
] as const;

/** What policies may read of the provider that would serve a model: always whole, and the worst where nothing is registered. */
export class ProviderRecord implements RecordValue {
  readonly #resource: Pick<Resource, 'provider' | 'registration' | 'identity'>;

  constructor(resource: Pick<Resource, 'provider' | 'registration' | 'identity'>) {
    this.#resource = resource;
  }

  get(key: string): Result | undefined {
    const { provider, registration, identity } = this.#resource;
    switch (key) {
      case 'name':
        return provider ?? '';
      case 'registered':
        return registration !== undefined;
      case 'region':
        return registration?.region ?? 'unknown';
      case 'retentionDays':
        return longOrFailed(registration?.retentionDays ?? UNKNOWN_RETENTION_DAYS);
      case 'keepsData':
        return registration?.retentionDays !== 0;
      case 'trainsOnData':
        return registration?.trainsOnData !== false;
      case 'approved':
        return registration?.approvedBy !== undefined;
      case 'approvedBy':
        return registration?.approvedBy ?? '';
      case 'guardrails':
        return new SetValue(registration?.guardrails ?? []);
      case 'identity':
        return identity ?? UNSEEN_IDENTITY;
      default:
        return undefined;
    }
  }

  keys(): Iterable<string> {
    return NAMES;
  }
}
