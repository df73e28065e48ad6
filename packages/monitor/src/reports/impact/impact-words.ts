import type { CATEGORIES } from '@sallyport/core';
import type { Fate, StopType } from './attack-counts.ts';

export const FATE_WORDS: Readonly<Record<Fate, string>> = {
  block: 'blocked',
  ask: 'left to a person',
  redact: 'redacted',
  flag: 'flagged',
  passed: 'let pass',
};

const WITHOUT: Readonly<Record<Exclude<StopType, (typeof CATEGORIES)[number]>, string>> = {
  'policy-alone': 'where values came from',
  'blind-spot': 'not looked at',
  policy: 'another rule',
  containment: 'held back for a time',
  scope: 'beyond a credential',
};

export function stopWords(type: StopType): string {
  return type in WITHOUT ? WITHOUT[type as keyof typeof WITHOUT] : type;
}
