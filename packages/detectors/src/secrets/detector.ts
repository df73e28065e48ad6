import { CHECKPOINTS, type Detector, type TextLayer } from '@sallyport/core';
import { findingsOf, type Match, rawPendingFrom, withoutOverlaps } from '../matches/layer-matches.ts';
import { tableVersion } from '../matches/table-version.ts';
import intros from './intros.json' with { type: 'json' };
import notSecrets from './not-secrets.json' with { type: 'json' };
import { privateKeyRule } from './private-key.ts';
import { compileRule, PREFIX_CHARS, type Rule } from './rule.ts';
import { indexRules } from './rule-index.ts';
import rows from './rules.json' with { type: 'json' };

const ID = 'secrets';

/** Every rule of the detector, compiled. */
export const SECRET_RULES: readonly Rule[] = [privateKeyRule, ...rows.map(compileRule)];

const INDEX = indexRules(SECRET_RULES);
const TRIGGER = 'keyword';
const LONGEST_RULE_CHARS = Math.max(...SECRET_RULES.map((rule) => rule.maxChars));
/** A keyword and its intro before a value, and words before the keyword. */
const LOOKBEHIND_CHARS = 200;

/**
 * Finds credentials by structure and checksum, and by name where they have no structure.
 * Score: 0.99 with a checksum verified, about 0.9 by structure, 0.4..0.85 by name and randomness.
 * Types, sources of the forms and limits: README.md beside this file. Cost: O(n), no expression runs without a keyword.
 */
export const secretsDetector: Detector = {
  id: ID,
  version: tableVersion(1, [rows, intros, notSecrets]),
  types: [...new Set(SECRET_RULES.map((rule) => rule.type))].sort(),
  points: CHECKPOINTS,
  cache: 'content',
  reach: {
    kind: 'local',
    maxMatchChars: LONGEST_RULE_CHARS,
    lookaheadChars: 2,
    lookbehindChars: LOOKBEHIND_CHARS + PREFIX_CHARS,
  },
  triggers: [{ rule: TRIGGER, keywords: INDEX.keywords }],
  inspect: (view, ask) => ({
    status: 'inspected',
    findings: findingsOf(view, ask, {
      detector: ID,
      category: 'secrets',
      find: (layer) => secretsIn(layer, ask.hits(layer, TRIGGER)),
    }),
  }),
  pendingFrom: (tail, ask) => rawPendingFrom(tail, (text, layer) => openFrom(text, ask.hits(layer, TRIGGER))),
};

function secretsIn({ text }: TextLayer, hits: readonly number[]): readonly Match[] {
  const matches: Match[] = [];
  for (const hit of hits) {
    for (const rule of INDEX.at(text, hit)) {
      const match = rule.match(text, hit);
      if (match !== undefined) matches.push(match);
    }
  }
  return withoutOverlaps(matches);
}

function openFrom(text: string, hits: readonly number[]): number {
  let open = INDEX.openBeginning(text);
  for (let i = hits.length - 1; i >= 0; i--) {
    const hit = hits[i] ?? 0;
    if (hit < text.length - LONGEST_RULE_CHARS - LOOKBEHIND_CHARS) break;
    if (hit >= text.length) continue;
    const reach = text.length - hit - LOOKBEHIND_CHARS;
    for (const rule of INDEX.at(text, hit)) if (reach <= rule.maxChars) open = Math.min(open, rule.openFrom(text, hit));
  }
  return open;
}
