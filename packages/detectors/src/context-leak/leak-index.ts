import type { RequestContext } from '@sallyport/core';
import { type Canary, canaryOf } from './canary.ts';
import { condense, flatText, GRAM_CHARS, GramIndex } from './gram-index.ts';

/** Shared runs shorter than this, in condensed characters, are common phrases (about eight words) and are not reported. */
export const MIN_RUN_CHARS = 40;
/** Share of a text shorter than `MIN_RUN_CHARS` that must reappear at one stretch. */
export const SHORT_TEXT_SHARE = 0.8;
/** Indexes kept for texts that come again with the next request; the oldest goes first. */
const CACHED_INDEXES_MAX = 64;
/** Texts longer than this in all, UTF-16 units, are indexed for their request alone and not kept. */
const CACHED_TEXT_CHARS_MAX = 262_144;

/** What to look for on behalf of one kind of context text. */
export interface LeakIndex {
  readonly grams: GramIndex;
  /** Condensed texts too short for `MIN_RUN_CHARS`, at least a gram long. */
  readonly shorts: readonly string[];
  /** Condensed characters of the shortest shared run that can be reported. */
  readonly fewest: number;
}

export interface RequestIndex {
  readonly instructions: LeakIndex;
  readonly definitions: LeakIndex;
  readonly canaries: readonly Canary[];
}

const byRequest = new WeakMap<RequestContext, RequestIndex>();
const byText = new Map<string, LeakIndex>();

/**
 * The index of a request, built when its answer is first looked at. A system prompt that comes with every request is
 * indexed once. Cost: about 40 ns per character of context, once; then a map lookup.
 */
export function requestIndex(request: RequestContext): RequestIndex {
  const known = byRequest.get(request);
  if (known !== undefined) return known;
  const index: RequestIndex = {
    instructions: indexOfTexts(request.instructions),
    definitions: indexOfTexts(request.definitions),
    canaries: request.canaries.filter((exact) => exact.length > 0).map(canaryOf),
  };
  byRequest.set(request, index);
  return index;
}

function indexOfTexts(texts: readonly string[]): LeakIndex {
  const key = texts.join('\u0000');
  const known = byText.get(key);
  if (known !== undefined) {
    byText.delete(key);
    byText.set(key, known);
    return known;
  }
  const index = buildIndex(texts);
  if (key.length <= CACHED_TEXT_CHARS_MAX) {
    byText.set(key, index);
    const oldest = byText.keys().next();
    if (byText.size > CACHED_INDEXES_MAX && !oldest.done) byText.delete(oldest.value);
  }
  return index;
}

function buildIndex(texts: readonly string[]): LeakIndex {
  const condensed = texts.map(condense);
  const shorts = condensed
    .filter((text) => text.length >= GRAM_CHARS && text.length < MIN_RUN_CHARS)
    .map((text) => flatText(text));
  const fewest = shorts.map(({ length }) => Math.max(GRAM_CHARS, Math.ceil(length * SHORT_TEXT_SHARE)));
  return { grams: new GramIndex(condensed), shorts, fewest: Math.min(MIN_RUN_CHARS, ...fewest) };
}
