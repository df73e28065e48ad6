import { CHECKPOINTS, type Detector } from '@sallyport/core';
import { findingsOf, type Match, rawPendingFrom, withoutOverlaps } from '../matches/layer-matches.ts';
import { tableVersion } from '../matches/table-version.ts';
import networks from './card-networks.json' with { type: 'json' };
import { email } from './email.ts';
import { iban } from './iban.ts';
import { identifier } from './identifier.ts';
import identifiers from './identifiers.json' with { type: 'json' };
import { ipv4Address, ipv6Address } from './ip-address.ts';
import type { Kind } from './kind.ts';
import labelledTable from './labelled.json' with { type: 'json' };
import { labelled } from './labelled.ts';
import { CONTEXT_CHARS } from './near-words.ts';
import { paymentCard } from './payment-card.ts';
import { announcedName, knownName } from './person-name.ts';
import names from './person-names.json' with { type: 'json' };
import { phone } from './phone.ts';
import plans from './phone-plans.json' with { type: 'json' };
import { postalAddress } from './postal-address.ts';
import streets from './street-types.json' with { type: 'json' };
import topLevel from './top-level-domains.json' with { type: 'json' };
import words from './words.json' with { type: 'json' };

const ID = 'personal-data';

/**
 * Letters, results of tools and answers are full of these, and most of them are meant to be there: however sure, they stay below
 * 0.5, from where the pack `baseline` redacts. The pack `strict` does from 0.3.
 */
const EVERYDAY_TYPES: ReadonlySet<string> = new Set(['person-name', 'postal-address']);
/** Where what is barely a name lies, before and after: from there up to 0.85 scores are pressed together below 0.5. */
const BARELY = { from: 0.4, to: 0.3 };
const PRESSED = 0.4;

function everydayScore(score: number): number {
  if (score <= BARELY.from) return (score * BARELY.to) / BARELY.from;
  return BARELY.to + (score - BARELY.from) * PRESSED;
}

/** Every kind by the name of its trigger. */
const KINDS: readonly (readonly [rule: string, kind: Kind])[] = [
  ['email', email],
  ['phone', phone],
  ['payment-card', paymentCard],
  ['iban', iban],
  ['ipv4-address', ipv4Address],
  ['ipv6-address', ipv6Address],
  ['identifier', identifier],
  ['labelled', labelled],
  ['announced-name', announcedName],
  ['known-name', knownName],
  ['postal-address', postalAddress],
];

/**
 * Finds what identifies or reaches a person: ways to reach one, accounts, national numbers, documents, and the names,
 * addresses and dates of birth that a text announces.
 * Score: 0.95 and above where a checksum or a numbering plan confirms it, less where only form and words do.
 * Fingerprints are of canonical values: lower-case address, E.164 number, digits of a card. Limits: README.md beside this
 * file. Cost: O(n); nothing runs without an `@`, a run of digits, hexadecimal digits behind a
 * colon, a cue or the beginning of a given name.
 */
export const personalDataDetector: Detector = {
  id: ID,
  version: tableVersion(3, [networks, identifiers, labelledTable, names, plans, streets, topLevel, words]),
  types: [...new Set(KINDS.flatMap(([, kind]) => kind.types))].sort(),
  points: CHECKPOINTS,
  cache: 'content',
  reach: {
    kind: 'local',
    maxMatchChars: Math.max(...KINDS.map(([, { maxChars }]) => maxChars)),
    lookaheadChars: 16,
    lookbehindChars: 2 * CONTEXT_CHARS,
  },
  triggers: KINDS.map(([rule, { trigger }]) => ({ rule, ...trigger })),
  inspect: (view, ask) => ({
    status: 'inspected',
    findings: findingsOf(view, ask, {
      detector: ID,
      category: 'personal-data',
      find: (layer) => dataIn(layer.text, (rule) => ask.hits(layer, rule)),
    }),
  }),
  pendingFrom: (tail, ask) => rawPendingFrom(tail, (text, layer) => openFrom(text, (rule) => ask.hits(layer, rule))),
};

type HitsOf = (rule: string) => readonly number[];

function dataIn(text: string, hitsOf: HitsOf): readonly Match[] {
  return withoutOverlaps(matchesIn(text, hitsOf)).map((match) =>
    EVERYDAY_TYPES.has(match.type) ? { ...match, score: everydayScore(match.score) } : match,
  );
}

function matchesIn(text: string, hitsOf: HitsOf): readonly Match[] {
  const matches: Match[] = [];
  for (const [rule, kind] of KINDS) {
    const hits = hitsOf(rule);
    if (hits.length > 0) matches.push(...kind.matches(text, hits));
  }
  return matches;
}

/** Where the first match begins that the end of a text leaves open, or that one which is open may take the place of. */
function openFrom(text: string, hitsOf: HitsOf): number {
  const within: HitsOf = (rule) => {
    const hits = hitsOf(rule);
    return (hits.at(-1) ?? 0) < text.length ? hits : hits.filter((hit) => hit < text.length);
  };
  let open = text.length;
  for (const [rule, kind] of KINDS) open = Math.min(open, kind.openFrom(text, within(rule)));
  if (open === text.length) return open;
  for (const { start, end } of [...matchesIn(text, within)].sort((a, b) => b.start - a.start)) {
    if (start < open && open < end) open = start;
  }
  return open;
}
