import type { Detector } from '@sallyport/core';

export interface IntentOptions {
  readonly description: string;
  readonly onIntent: readonly string[];
  readonly offIntent: readonly string[];
}

const NOTHING_SAID: IntentOptions = { description: '', onIntent: [], offIntent: [] };

export function createIntentDetector(_options: IntentOptions = NOTHING_SAID): Detector {
  return {
    id: 'intent',
    version: '1',
    types: ['off-intent'],
    points: [],
    cache: 'content',
    reach: { kind: 'whole' },
    triggers: [],
    inspect: () => ({ status: 'inspected', findings: [] }),
  };
}
