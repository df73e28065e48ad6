import { CHECKPOINTS, type Detector, type Inspection, type TextLayer } from '@sallyport/core';
import { findingsOf, type Match, rawPendingFrom, withoutOverlaps } from '../matches/layer-matches.ts';
import { privateKeyRule } from './private-key.ts';
import { compileRule, PREFIX_CHARS, type Rule } from './rule.ts';
import rows from './rules.json' with { type: 'json' };

const ID = 'secrets';

/** Every rule of the detector, compiled. */
export const SECRET_RULES: readonly Rule[] = [privateKeyRule, ...rows.map(compileRule)];

/** Rules by each beginning of their keywords, in lower case: what the end of a text may still become. */
const RULES_BY_BEGINNING = beginnings(SECRET_RULES);
const LONGEST_BEGINNING = Math.max(...[...RULES_BY_BEGINNING.keys()].map((beginning) => beginning.length));
/** A keyword and its intro before a value, and words before the keyword. */
const LOOKBEHIND_CHARS = 200;

/**
 * Finds credentials by structure and checksum, and by name where they have no structure.
 * Score: 0.99 with a checksum verified, about 0.9 by structure, 0.4..0.85 by name and randomness.
 * Types, sources of the forms and limits: README.md beside this file. Cost: O(n), no expression runs without a keyword.
 */
export const secretsDetector: Detector = {
  id: ID,
  version: '1',
  types: [...new Set(SECRET_RULES.map((rule) => rule.type))].sort(),
  points: CHECKPOINTS,
  cache: 'content',
  reach: {
    kind: 'local',
    maxMatchChars: Math.max(...SECRET_RULES.map((rule) => rule.maxChars)),
    lookaheadChars: 2,
    lookbehindChars: LOOKBEHIND_CHARS + PREFIX_CHARS,
  },
  triggers: SECRET_RULES.map(({ name, keywords }) => ({ rule: name, keywords })),
  inspect: (view, ask) => ({
    status: 'inspected',
    findings: findingsOf(view, ask, { detector: ID, category: 'secrets', find: (layer) => secretsIn(layer, ask) }),
  }),
  pendingFrom: (tail, ask) => rawPendingFrom(tail, (text, layer) => openFrom(text, (rule) => ask.hits(layer, rule))),
};

function secretsIn(layer: TextLayer, ask: Inspection): readonly Match[] {
  const matches: Match[] = [];
  for (const rule of SECRET_RULES) {
    for (const hit of ask.hits(layer, rule.name)) {
      const match = rule.match(layer.text, hit);
      if (match !== undefined) matches.push(match);
    }
  }
  return withoutOverlaps(matches);
}

function openFrom(text: string, hitsOf: (rule: string) => readonly number[]): number {
  let open = openBeginning(text);
  for (const rule of SECRET_RULES) {
    const hits = hitsOf(rule.name);
    const reach = text.length - rule.maxChars - LOOKBEHIND_CHARS;
    for (let i = hits.length - 1; i >= 0; i--) {
      const hit = hits[i] ?? 0;
      if (hit < reach) break;
      if (hit >= text.length) continue;
      open = Math.min(open, rule.openFrom(text, hit));
    }
  }
  return open;
}

function openBeginning(text: string): number {
  const end = text.slice(-LONGEST_BEGINNING).toLowerCase();
  let open = text.length;
  for (let length = end.length; length >= 0; length--) {
    for (const rule of RULES_BY_BEGINNING.get(end.slice(end.length - length)) ?? []) {
      open = Math.min(open, rule.openBefore(text, text.length - length));
    }
  }
  return open;
}

function beginnings(rules: readonly Rule[]): ReadonlyMap<string, readonly Rule[]> {
  const found = new Map<string, Set<Rule>>();
  for (const rule of rules) {
    for (const keyword of rule.keywords) {
      for (let length = rule.leads ? 0 : 1; length < keyword.length; length++) {
        const beginning = keyword.slice(0, length).toLowerCase();
        found.set(beginning, (found.get(beginning) ?? new Set()).add(rule));
      }
    }
  }
  return new Map([...found].map(([beginning, set]) => [beginning, [...set]]));
}
