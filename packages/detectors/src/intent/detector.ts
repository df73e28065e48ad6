import type { Detector, Inspection, Outcome, TextView } from '@sallyport/core';
import { tableVersion } from '../matches/table-version.ts';
import background from './background.json' with { type: 'json' };
import followUps from './follow-ups.json' with { type: 'json' };
import { type IntentOptions, IntentProfile } from './intent-profile.ts';
import tuning from './tuning.json' with { type: 'json' };

const ID = 'intent';
const TYPE = 'off-intent';
/** Least score that is a finding: below, a text is as usual as most of the examples. */
const LEAST_SCORE = 0.3;
/** Text that is read: its beginning and its end where it is longer. Characters. */
const READ_MAX_CHARS = 16_384;

const NOTHING_SAID: IntentOptions = { description: '', onIntent: [], offIntent: [] };

/**
 * Finds what is not what the assistant is for, measured against examples. Without eight of them it runs nowhere, and no receipt names it.
 * Cost: making it some 30 ms for 200 examples; a short message 20-60 us.
 */
export function createIntentDetector(options: IntentOptions = NOTHING_SAID): Detector {
  const profile = IntentProfile.isPossible(options) ? new IntentProfile(options) : undefined;
  const { description, onIntent, offIntent } = options;
  return {
    id: ID,
    version: tableVersion(1, [tuning, background, followUps, description, onIntent, offIntent]),
    points: profile === undefined ? [] : ['input', 'output'],
    types: [TYPE],
    cache: 'content',
    reach: { kind: 'whole' },
    triggers: [],
    inspect: (view, ask) => (profile === undefined ? NOTHING_FOUND : inspected(profile, view, ask)),
  };
}

const NOTHING_FOUND: Outcome = { status: 'inspected', findings: [] };
const OTHER_LANGUAGE: Outcome = { status: 'abstained', reason: 'language' };

function inspected(profile: IntentProfile, { raw }: TextView, ask: Inspection): Outcome {
  if (ask.origin.role !== 'user' && ask.origin.role !== 'assistant') return NOTHING_FOUND;
  const measured = profile.measure(excerptOf(raw), ask.point === 'output' ? 'answer' : 'question');
  if (measured === 'language') return OTHER_LANGUAGE;
  if (measured === 'follow-up' || measured.offIntent < LEAST_SCORE) return NOTHING_FOUND;
  const span = { start: 0, end: raw.length };
  const fingerprint = ask.fingerprint(raw);
  const score = measured.offIntent;
  return {
    status: 'inspected',
    findings: [{ detector: ID, category: ID, type: TYPE, score, span, via: [], fingerprint }],
  };
}

function excerptOf(text: string): string {
  if (text.length <= READ_MAX_CHARS) return text;
  const half = READ_MAX_CHARS >> 1;
  return `${text.slice(0, half)} ${text.slice(-half)}`;
}
