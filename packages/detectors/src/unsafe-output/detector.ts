import type { Detector, Inspection, TextLayer } from '@sallyport/core';
import { findingsOf, type Match, withoutOverlaps } from '../matches/layer-matches.ts';
import { tableVersion } from '../matches/table-version.ts';
import { activeIn } from './active-markup.ts';
import { FENCED_CHARS, fencesOf, INLINE_CHARS, isInline } from './code-ranges.ts';
import { deceptiveAnchor, deceptiveMarkdown, isAnchorOpen, isDestinationOpen } from './deceptive-links.ts';
import packageNames from './package-names.json' with { type: 'json' };
import { lookalikesIn } from './package-names.ts';
import ruleTable from './rules.json' with { type: 'json' };
import { openPipeFrom, shellDownload } from './shell-downloads.ts';
import { isNameOpen, MAX_TAG_CHARS, tagAt } from './tags.ts';

const ID = 'unsafe-output';
/** A fence, the markup before it that would undo it, and a tag. */
const LOOKBEHIND_CHARS = FENCED_CHARS + MAX_TAG_CHARS;

/** What was found from one trigger on. `openFrom`: where more text may still change it, or begin something. */
interface Sighting {
  readonly matches: readonly Match[];
  readonly openFrom: number;
}

/**
 * Finds what an answer would do where it is shown, or where somebody follows it: markup that runs, loads, redirects or
 * sends, links that name another host than they lead to, downloads that a shell runs unread, and packages whose name is
 * one slip away from a well-known one. Judged in the raw text alone: what is escaped does nothing.
 * Cost: O(n); next to nothing without a trigger.
 */
export const unsafeOutputDetector: Detector = {
  id: ID,
  version: tableVersion(2, [ruleTable, packageNames]),
  points: ['output', 'tool-call'],
  types: Object.keys(ruleTable.scores),
  cache: 'content',
  reach: {
    kind: 'local',
    maxMatchChars: MAX_TAG_CHARS,
    lookaheadChars: INLINE_CHARS,
    lookbehindChars: LOOKBEHIND_CHARS,
  },
  triggers: ruleTable.triggers,
  inspect(view, ask) {
    const findings = findingsOf(view, ask, {
      detector: ID,
      category: ID,
      find: (layer) => (layer.via.length === 0 ? matchesIn(layer, ask) : []),
    });
    return { status: 'inspected', findings };
  },
  pendingFrom(tail, ask) {
    const [raw] = tail.layers;
    if (raw === undefined) return tail.raw.length;
    let pending = raw.text.length;
    for (const { openFrom } of sightingsIn(raw, ask)) pending = Math.min(pending, openFrom);
    return pending;
  },
};

function matchesIn(layer: TextLayer, ask: Inspection): readonly Match[] {
  return withoutOverlaps([...sightingsIn(layer, ask)].flatMap(({ matches }) => matches));
}

/** Arguments of a call are shown to nobody: of them the packages alone count, and commands are the business of `tool-misuse`. */
function* sightingsIn(layer: TextLayer, ask: Inspection): Generator<Sighting> {
  const { text } = layer;
  for (const at of ask.hits(layer, 'install')) yield lookalikesIn(text, at);
  if (ask.point !== 'output') return;
  for (const at of ask.hits(layer, 'download')) yield downloadAt(text, at);
  yield* shownIn(layer, ask, { rule: 'tag', sightingAt: tagSighting });
  yield* shownIn(layer, ask, { rule: 'link', sightingAt: linkSighting });
}

function downloadAt(text: string, at: number): Sighting {
  const download = shellDownload(text, at);
  if (download === undefined) return { matches: [], openFrom: openPipeFrom(text, at) };
  const { match, open } = download;
  return { matches: [match], openFrom: open ? match.start : text.length };
}

/** What a renderer would not show as code. */
function* shownIn(
  layer: TextLayer,
  ask: Inspection,
  { rule, sightingAt }: { rule: string; sightingAt: (text: string, at: number) => Sighting | undefined },
): Generator<Sighting> {
  const { text } = layer;
  const hits = ask.hits(layer, rule);
  if (hits.length === 0) return;
  const inFence = fencesOf(text, ask.isCut === true);
  for (const at of hits) {
    const sighting = sightingAt(text, at);
    if (sighting === undefined) continue;
    const [first] = sighting.matches;
    const last = sighting.matches.at(-1);
    if (first === undefined || last === undefined) yield sighting;
    else if (!inFence(at)) yield unlessInline(text, sighting, { start: at, end: last.end });
  }
}

function unlessInline(
  text: string,
  sighting: Sighting,
  place: { readonly start: number; readonly end: number },
): Sighting {
  const inline = isInline(text, place.start, place.end);
  if (inline === true) return { matches: [], openFrom: text.length };
  const first = sighting.matches[0]?.start ?? text.length;
  return inline === undefined ? { ...sighting, openFrom: Math.min(first, sighting.openFrom) } : sighting;
}

function tagSighting(text: string, at: number): Sighting | undefined {
  const tag = tagAt(text, at);
  if (tag === undefined) return isNameOpen(text, at) ? { matches: [], openFrom: at } : undefined;
  const deceptive = deceptiveAnchor(text, tag);
  const matches = [...activeIn(tag), ...(deceptive === undefined ? [] : [deceptive])];
  if (tag.open) return { matches, openFrom: at };
  return { matches, openFrom: isAnchorOpen(text, tag) ? tag.end : text.length };
}

function linkSighting(text: string, at: number): Sighting | undefined {
  const match = deceptiveMarkdown(text, at);
  const openFrom = isDestinationOpen(text, at) ? at + 2 : text.length;
  return { matches: match === undefined ? [] : [match], openFrom };
}
