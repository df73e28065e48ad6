import type { Failure } from './fate.ts';
import type { AgreementTopic } from './vendor-model.ts';
import type { Concern } from './vendor-rules.ts';
import type { VendorEvent } from './vendor-timeline.ts';

export const FAILURE_WORDS: Readonly<Record<Failure, string>> = {
  timeout: 'no answer in time',
  unreachable: 'could not be reached',
  'broken-off': 'broke off its answer',
  unreadable: 'answered what cannot be inspected',
  limited: 'had no room for us (429)',
  'refused-request': 'took the request for wrong (4xx)',
  'server-error': 'failed (5xx)',
  'in-answer': 'reported an error within its answer',
  other: 'failed, and the record does not say how',
};

export const CONCERN_WORDS: Readonly<Record<Concern, string>> = {
  'provider-unregistered': 'nothing stands in the registry about the provider: the worst is assumed of it',
  'registration-unseen': 'no record says what stands in the registry about the provider',
  'region-unknown': 'where it works is not registered',
  'retention-unknown': 'how long it keeps what it is sent is not registered',
  'training-unknown': 'whether it trains on what it is sent is not registered',
  'trains-on-data': 'it trains on what it is sent',
  'provider-unapproved': 'nobody is registered as having approved the provider',
  'no-own-guardrails': 'no guardrail of its own is registered',
  'model-unfollowed': 'no record says whether it is still the model that it was',
  'model-unapproved': 'nobody approved the model',
  'model-warned': 'something speaks against its still being the same model',
  'model-changed': 'it is another model than it was',
  'forbidden-to-some': 'policies forbade some of the requests for it',
  'forbidden-to-all': 'policies forbade every request for it',
};

export const TOPIC_WORDS: Readonly<Record<AgreementTopic, string>> = {
  attack: 'attacks on the model',
  content: 'harmful content',
  either: 'either',
};

/** What happened, for people. */
export function eventWords(event: VendorEvent): string {
  if (event.kind === 'drift') {
    const { signal, direction, before, after, strength, scope, name } = event;
    const moved = before === undefined || after === undefined ? '' : ` from ${shown(before)} to ${shown(after)}`;
    return `${signal} of the ${scope} ${name} moved ${DIRECTIONS[direction]}${moved} (${shown(strength)} times beyond what counts as a move)`;
  }
  const { step, state, signals, by } = event;
  const why = signals.length === 0 ? '' : `, because of ${[...new Set(signals)].join(', ')}`;
  return `identity ${step}: ${state}${why}${by === undefined ? '' : `, by ${by}`}`;
}

const DIRECTIONS = { up: 'up', down: 'down', other: 'otherwise' } as const;

function shown(value: number): string {
  return String(Number(value.toPrecision(3)));
}
