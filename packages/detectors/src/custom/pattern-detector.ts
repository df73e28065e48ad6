import { type Detector, SallyportError } from '@sallyport/core';
import { RE2JS, RE2JSException } from 're2js';
import { findingsOf, type Match, rawPendingFrom } from '../matches/layer-matches.ts';
import { tableVersion } from '../matches/table-version.ts';
import { answersOf, type CustomDetectorSpec } from './custom-detector-spec.ts';
import { CUSTOM_LIMITS } from './limits.ts';
import { type RequiredLiteral, requiredLiteral } from './required-literal.ts';

const TRIGGER = 'literal';
/** Word boundaries and line ends are seen one character on. */
const LOOKAHEAD_CHARS = 1;
/** Text before a match in which the search of a growing text falls into step with the search of the whole. */
const STEPS_BEHIND = 4;
/** Where nothing tells where to look, the text is searched in stretches, so that no search runs to its end again and again. */
const STRETCH_CHARS = 1_024;

interface Searcher {
  readonly spec: CustomDetectorSpec;
  readonly expression: RE2JS;
  readonly literal: RequiredLiteral | undefined;
}

/** Where matches may start, and how far they may be read. */
interface Region {
  readonly from: number;
  readonly startsBefore: number;
  readonly readTo: number;
}

/**
 * Finds what a configured expression matches: from the left, one match after the other, cut at `maxMatchChars`, on lines.
 * An expression with a literal in it runs only around that literal. A stream holds `maxMatchChars`, or, where every match
 * begins with the literal, only what that has opened.
 * Cost: O(text), about 0.1-0.4 us a character that is searched; bounded work, beyond which the answer is `abstained`.
 */
export function createPatternDetector(spec: CustomDetectorSpec, pattern: string): Detector {
  const { id, category, maxMatchChars } = spec;
  const literal = requiredLiteral(pattern);
  const searcher = { spec, literal, expression: compile(spec, pattern) };
  return {
    id,
    version: tableVersion(1, answersOf(spec)),
    types: [spec.type],
    points: spec.points,
    cache: 'content',
    reach: {
      kind: 'local',
      maxMatchChars,
      lookaheadChars: LOOKAHEAD_CHARS,
      lookbehindChars: STEPS_BEHIND * maxMatchChars,
    },
    triggers: literal === undefined ? [] : [{ rule: TRIGGER, keywords: [literal.text] }],
    inspect: (view, ask) => {
      const work = new Work(view.layers.reduce((sum, { text }) => sum + text.length, 0));
      const find = (layer: (typeof view.layers)[number]) =>
        search(searcher, layer.text, { regions: regionsOf(searcher, layer.text, ask.hits(layer, TRIGGER)), work });
      const findings = findingsOf(view, ask, { detector: id, category, find });
      return work.isDone ? { status: 'abstained', reason: 'too-much-work' } : { status: 'inspected', findings };
    },
    pendingFrom: (tail, ask) =>
      rawPendingFrom(tail, (text, layer) => openFrom(searcher, text, ask.hits(layer, TRIGGER))),
  };
}

/** Bounds what one inspection may cost: a search that reads on without matching would else read the text many times. */
class Work {
  #left: number;

  constructor(chars: number) {
    this.#left = CUSTOM_LIMITS.minSearchChars + CUSTOM_LIMITS.searchesPerChar * chars;
  }

  get isDone(): boolean {
    return this.#left < 0;
  }

  spend(chars: number): boolean {
    this.#left -= chars;
    return !this.isDone;
  }
}

function compile({ id, flags }: CustomDetectorSpec, pattern: string): RE2JS {
  const problem = (why: string, cause?: unknown) =>
    new SallyportError('CONFIG_INVALID', { detail: `custom detector \`${id}\`: its pattern ${why}`, cause });
  const ignoreCase = flags.includes('i') ? RE2JS.CASE_INSENSITIVE : 0;
  const dotAll = flags.includes('s') ? RE2JS.DOTALL : 0;
  let expression: RE2JS;
  try {
    expression = RE2JS.compile(pattern, RE2JS.MULTILINE | ignoreCase | dotAll);
  } catch (cause) {
    if (!(cause instanceof RE2JSException)) throw cause;
    throw problem('does not compile', cause);
  }
  if (expression.programSize() > CUSTOM_LIMITS.maxProgramInstructions) throw problem('compiles to too much');
  if (expression.matcher('').find()) throw problem('matches the empty text');
  return expression;
}

function regionsOf({ spec, literal }: Searcher, text: string, hits: readonly number[]): readonly Region[] {
  const reach = spec.maxMatchChars;
  const regions: Region[] = [];
  if (literal === undefined) {
    for (let from = 0; from < text.length; from += STRETCH_CHARS) {
      const startsBefore = Math.min(text.length, from + STRETCH_CHARS);
      regions.push({ from, startsBefore, readTo: startsBefore + reach });
    }
    return regions;
  }
  for (const hit of hits) {
    const from = literal.leads ? hit : Math.max(0, hit - reach);
    const region = { from, startsBefore: hit + 1, readTo: hit + reach + literal.text.length };
    const last = regions.at(-1);
    if (last === undefined || region.from > last.startsBefore) regions.push(region);
    else regions[regions.length - 1] = { ...region, from: last.from };
  }
  return regions;
}

function search(
  { spec, expression }: Searcher,
  text: string,
  { regions, work }: { regions: readonly Region[]; work: Work },
): readonly Match[] {
  const { type, score, maxMatchChars } = spec;
  const matches: Match[] = [];
  let at = 0;
  for (const { from, startsBefore, readTo } of regions) {
    const matcher = expression.matcher(text.slice(0, readTo));
    at = Math.max(at, from);
    while (at < startsBefore && work.spend(readTo - at) && matcher.find(at) && matcher.start() < startsBefore) {
      const start = matcher.start();
      const end = Math.min(matcher.end(), start + maxMatchChars);
      if (end > start) matches.push({ type, score, start, end, value: text.slice(start, end) });
      at = Math.max(end, start + 1);
    }
  }
  return matches;
}

function openFrom({ spec, literal }: Searcher, text: string, hits: readonly number[]): number {
  const windowStart = Math.max(0, text.length - spec.maxMatchChars);
  if (literal?.leads !== true) return windowStart;
  const hit = hits.find((offset) => offset >= windowStart && offset < text.length);
  return Math.min(hit ?? text.length, openLiteralFrom(text, literal.text.toLowerCase()));
}

/** Where the end of the text is the beginning of the literal, whatever its case. */
function openLiteralFrom(text: string, literal: string): number {
  for (let length = Math.min(literal.length - 1, text.length); length > 0; length--) {
    if (literal.startsWith(text.slice(-length).toLowerCase())) return text.length - length;
  }
  return text.length;
}
