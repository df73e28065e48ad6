import { PROVIDER_SIGNALS, type ProviderSignal, type ProviderSignalType } from '@sallyport/core';
import table from './signals.json' with { type: 'json' };

const REASONS: ReadonlyMap<string, string> = new Map(Object.entries(table.stopReason));
const CATEGORIES: ReadonlyMap<string, string> = new Map(Object.entries(table.category));

/** What the end of an answer says of it. The provider acted: the score is 1. */
export function reasonSignal(stopReason: string): ProviderSignal | undefined {
  const type = REASONS.get(stopReason);
  return type === undefined ? undefined : { type: known(type), score: 1, about: 'output' };
}

/** What a refusal's category says: it names what the request could enable (SDK 1.14.0, `RefusalStopDetails`). */
export function categorySignal(category: string): ProviderSignal {
  return { type: known(CATEGORIES.get(category)), score: 1, about: 'input' };
}

function known(type: string | undefined): ProviderSignalType {
  return PROVIDER_SIGNALS.find((each) => each === type) ?? 'other';
}
