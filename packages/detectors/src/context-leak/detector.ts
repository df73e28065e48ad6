import { type Detector, type Inspection, NOTHING_TO_COMPARE } from '@sallyport/core';
import { findingsOf, rawPendingFrom } from '../matches/layer-matches.ts';
import { tableVersion } from '../matches/table-version.ts';
import { canaryMatches, canaryPendingFrom } from './canary.ts';
import commonWords from './common-words.json' with { type: 'json' };
import { condense } from './gram-index.ts';
import { type LeakIndex, type RequestIndex, requestIndex } from './leak-index.ts';
import { type LeakSource, leakMatches, leakPendingFrom, MAX_LEAK_CHARS, mayLeak } from './shared-text.ts';

const ID = 'context-leak';

/** Descriptions of tools are often repeated for good reasons. */
const DEFINITION_FACTOR = 0.75;

/**
 * Finds the request's own instructions, tool definitions and planted marks in what the model answers. Runs are compared
 * on letters and digits alone. The first ten letters of a run (`GRAM_CHARS`) are not part of its span: until they have
 * matched, nothing tells a leak from ordinary text, and a stream need not be held for them.
 * Cost: O(n), about 2 us per KB of answer that shares nothing with its context, else 15 us; the index is built once per context text.
 */
export const contextLeakDetector: Detector = {
  id: ID,
  version: tableVersion(2, commonWords),
  points: ['output', 'tool-call'],
  types: ['system-prompt-leak', 'tool-definition-leak', 'canary-token'],
  cache: 'request',
  reach: { kind: 'local', maxMatchChars: MAX_LEAK_CHARS, lookaheadChars: 1, lookbehindChars: 256 },
  triggers: [],
  inspect(view, ask) {
    if (ask.request === undefined) return { status: 'abstained', reason: NOTHING_TO_COMPARE };
    if (!mayLeakIn(ask)) return { status: 'inspected', findings: [] };
    const index = requestIndex(ask.request);
    if (isEmpty(index)) return { status: 'inspected', findings: [] };
    const sources = sourcesOf(index);
    const findings = findingsOf(view, ask, {
      detector: ID,
      category: 'context-leak',
      find: ({ text }) => {
        if (index.canaries.length === 0 && !mayLeak(text, sources)) return [];
        const condensed = condense(text);
        const reading = { text, condensed };
        return [...leakMatches(reading, sources), ...canaryMatches(reading, index.canaries)];
      },
    });
    return { status: 'inspected', findings };
  },
  pendingFrom(tail, ask) {
    if (ask.request === undefined || !mayLeakIn(ask)) return tail.raw.length;
    const index = requestIndex(ask.request);
    if (isEmpty(index)) return tail.raw.length;
    const sources = sourcesOf(index);
    return rawPendingFrom(tail, (text) => {
      const reading = { text, condensed: condense(text) };
      return Math.min(canaryPendingFrom(reading, index.canaries), leakPendingFrom(reading, sources));
    });
  },
};

/** Some protocols tell a caller its own request again: only the model's own words give something away. */
function mayLeakIn({ origin }: Inspection): boolean {
  return origin.role === 'assistant';
}

function isEmpty({ instructions, definitions, canaries }: RequestIndex): boolean {
  return instructions.grams.grams === 0 && definitions.grams.grams === 0 && canaries.length === 0;
}

function sourcesOf(index: RequestIndex): readonly LeakSource[] {
  const source = (type: string, leak: LeakIndex, factor: number): LeakSource => ({ type, index: leak, factor });
  return [
    source('system-prompt-leak', index.instructions, 1),
    source('tool-definition-leak', index.definitions, DEFINITION_FACTOR),
  ].filter(({ index: { grams } }) => grams.grams > 0);
}
