import type { Detector, Inspection, TextLayer, Trigger } from '@sallyport/core';
import { findingsOf, type Match, withoutOverlaps } from '../matches/layer-matches.ts';
import { tableVersion } from '../matches/table-version.ts';
import addressTable from './addresses.json' with { type: 'json' };
import { internalAddress, tokenAt } from './addresses.ts';
import ruleTable from './rules.json' with { type: 'json' };

const ID = 'tool-misuse';
const ADDRESS_RULE = 'internal-address';
/** Characters before and behind a trigger in which a pattern may match: the longest pattern is shorter. */
const BEFORE_CHARS = 128;
const AFTER_CHARS = 512;

interface Rule {
  readonly rule: string;
  readonly type: string;
  readonly score: number;
  readonly pattern: RegExp;
}

const RULES: readonly Rule[] = ruleTable.patterns.map(({ rule, type, score, pattern }) => ({
  rule,
  type,
  score,
  pattern: new RegExp(pattern, 'gi'),
}));
const PATTERN_TYPES = [...new Set(RULES.map(({ type }) => type))];
const TRIGGERS: readonly Trigger[] = [
  ...ruleTable.patterns.map(({ rule, keywords }) => ({ rule, keywords })),
  { rule: ADDRESS_RULE, keywords: addressTable.keywords, digits: addressTable.digits },
];

/**
 * Judges the arguments of a tool call for what they would do: paths that leave their folder or lead to a machine's secrets,
 * addresses of the inside, SQL, shell, code and template injection. What a tool does with an argument is not known here:
 * a score says how sure it is that this does more than name a thing.
 * Cost: O(n); next to nothing without a trigger.
 */
export const toolMisuseDetector: Detector = {
  id: ID,
  version: tableVersion(1, [ruleTable, addressTable]),
  points: ['tool-call'],
  types: [...PATTERN_TYPES, ADDRESS_RULE],
  cache: 'content',
  reach: { kind: 'local', maxMatchChars: AFTER_CHARS, lookaheadChars: 8, lookbehindChars: BEFORE_CHARS },
  triggers: TRIGGERS,
  inspect(view, ask) {
    const findings = findingsOf(view, ask, {
      detector: ID,
      category: 'tool-misuse',
      find: (layer) => [...matchesIn(layer, ask), ...addressesIn(layer, ask)],
    });
    return { status: 'inspected', findings };
  },
};

function matchesIn(layer: TextLayer, ask: Inspection): readonly Match[] {
  const matches: Match[] = [];
  for (const { rule, type, score, pattern } of RULES) {
    for (const { from, to } of windowsOf(ask.hits(layer, rule), layer.text.length)) {
      for (const found of layer.text.slice(from, to).matchAll(pattern)) {
        const start = from + found.index;
        matches.push({ type, score, start, end: start + found[0].length, value: found[0] });
      }
    }
  }
  return strongestOfEachType(matches);
}

/** A command that two rules know is one finding. */
function strongestOfEachType(matches: readonly Match[]): readonly Match[] {
  return PATTERN_TYPES.flatMap((type) => withoutOverlaps(matches.filter((match) => match.type === type)));
}

interface Window {
  readonly from: number;
  readonly to: number;
}

/** Where a pattern may match, given where its triggers fired: disjoint, so that nothing is read twice. */
function windowsOf(hits: readonly number[], length: number): readonly Window[] {
  const windows: Window[] = [];
  let last: { from: number; to: number } | undefined;
  for (const at of hits) {
    const [from, to] = [Math.max(0, at - BEFORE_CHARS), Math.min(length, at + AFTER_CHARS)];
    if (last !== undefined && from <= last.to) last.to = to;
    else {
      last = { from, to };
      windows.push(last);
    }
  }
  return windows;
}

function addressesIn(layer: TextLayer, ask: Inspection): readonly Match[] {
  const matches: Match[] = [];
  let readTo = 0;
  for (const at of ask.hits(layer, ADDRESS_RULE)) {
    if (at < readTo) continue;
    const { start, end } = tokenAt(layer.text, at);
    readTo = end;
    const found = internalAddress(layer.text.slice(start, end));
    if (found === undefined) continue;
    matches.push({ type: ADDRESS_RULE, score: found.score, start, end, value: found.value });
  }
  return matches;
}
