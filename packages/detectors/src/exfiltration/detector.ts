import type { Checkpoint, Detector, Finding, Inspection, TextLayer, Trigger } from '@sallyport/core';
import { findingsOf, type Match, rawPendingFrom, withoutOverlaps } from '../matches/layer-matches.ts';
import { tableVersion } from '../matches/table-version.ts';
import {
  attributeValue,
  bareUrl,
  type Candidate,
  CONTEXT_CHARS,
  inlineDestination,
  MAX_URL_CHARS,
  openSchemeFrom,
  referenceDestination,
  styleResource,
} from './candidates.ts';
import { hostTricks, isAllowed, isLocalHost, normalisedHosts, parseAsBrowser } from './hosts.ts';
import { carriedData } from './payload.ts';
import payloadWords from './payload-words.json' with { type: 'json' };
import ruleTable from './rules.json' with { type: 'json' };

const ID = 'exfiltration';
const BARE = 'bare-url';
/** Findings below this are ordinary links. */
const SCORE_MIN = 0.25;
const SCORE_MAX = 0.99;

const READERS: Readonly<Record<string, (text: string, at: number) => Candidate | undefined>> = {
  'markdown-inline': inlineDestination,
  'markdown-reference': referenceDestination,
  'html-attribute': attributeValue,
  'style-url': styleResource,
  [BARE]: bareUrl,
};

export interface ExfiltrationOptions {
  /** Hosts (and their subdomains) to which links and images may carry data; default none. */
  readonly allowHosts?: readonly string[];
}

/**
 * Finds URLs that would carry data to hosts outside the allow-list: images and other resources that load by themselves,
 * links and bare URLs. A finding's span is the URL alone, so that a stream is held only while a URL is being written.
 * Cost: O(n), next to nothing without a URL, about 3 us per URL.
 */
export function createExfiltrationDetector(options: ExfiltrationOptions = {}): Detector {
  const allowed = normalisedHosts(options.allowHosts ?? []);
  const triggers: readonly Trigger[] = ruleTable.triggers;
  return {
    id: ID,
    version: tableVersion(1, [ruleTable, payloadWords, [...allowed].sort()]),
    points: ['output', 'tool-call', 'tool-result', 'ingest'],
    types: ['markdown-image', 'markdown-link', 'html-resource', 'url-with-data', OUTSIDE],
    cache: 'content',
    reach: { kind: 'local', maxMatchChars: MAX_URL_CHARS, lookaheadChars: 1, lookbehindChars: CONTEXT_CHARS },
    triggers,
    inspect(view, ask) {
      const findings = findingsOf(view, ask, {
        detector: ID,
        category: 'exfiltration',
        find: (layer) => matchesIn(layer, ask, allowed),
      });
      return { status: 'inspected', findings: withoutEchoes(findings) };
    },
    pendingFrom: (tail, ask) => rawPendingFrom(tail, (text, layer) => openFrom(text, (rule) => ask.hits(layer, rule))),
  };
}

/** A link or resource of an answer that leads outside, against which nothing speaks by itself. */
const OUTSIDE = 'outside-link';
const WEB = /^(?:https?|ftps?|wss?):$/;

type HitsOf = (rule: string) => readonly number[];

/** Every URL of the text, those of a context first; `from` leaves out what begins before it. */
function candidatesIn(text: string, hitsOf: HitsOf, from = 0): readonly Candidate[] {
  const contextual: Candidate[] = [];
  const bare: Candidate[] = [];
  for (const { rule } of ruleTable.triggers) {
    const read = READERS[rule];
    const found = rule === BARE ? bare : contextual;
    let insideTo = 0;
    for (const at of hitsOf(rule)) {
      if (at < from || at < insideTo || at >= text.length) continue;
      const candidate = read?.(text, at);
      if (candidate === undefined) continue;
      found.push(candidate);
      // A URL within a bare URL is part of it, unless the outer one is none.
      if (rule === BARE && parseAsBrowser(candidate.url, false) !== undefined) insideTo = candidate.end;
    }
  }
  contextual.sort((a, b) => a.start - b.start);
  return [...contextual, ...outside(bare, contextual)];
}

/** The bare URLs that are not part of a URL whose context is known. Both lists ascend. */
function outside(bare: readonly Candidate[], contextual: readonly Candidate[]): readonly Candidate[] {
  let next = 0;
  let coveredTo = 0;
  return bare.filter((candidate) => {
    for (
      let other = contextual[next];
      other !== undefined && other.start <= candidate.start;
      other = contextual[next]
    ) {
      coveredTo = Math.max(coveredTo, other.end);
      next += 1;
    }
    return candidate.start >= coveredTo;
  });
}

function matchesIn(layer: TextLayer, ask: Inspection, allowed: ReadonlySet<string>): readonly Match[] {
  const matches: Match[] = [];
  for (const candidate of candidatesIn(layer.text, (rule) => ask.hits(layer, rule))) {
    const url = parseAsBrowser(candidate.url, candidate.contextual);
    if (url === undefined) continue;
    const { kind, start, end } = candidate;
    const score = Math.min(SCORE_MAX, scoreOf(candidate, url, { allowed, point: ask.point }));
    if (score >= SCORE_MIN) matches.push({ type: kind, score, start, end, value: url.href });
    else if (ask.point === 'output' && kind !== 'url-with-data' && leadsOutside(url, allowed)) {
      matches.push({ type: OUTSIDE, score: ruleTable.outside, start, end, value: url.href });
    }
  }
  return withoutOverlaps(matches);
}

function scoreOf(
  candidate: Candidate,
  url: URL,
  setting: { readonly allowed: ReadonlySet<string>; readonly point: Checkpoint },
): number {
  const active = activeScheme(url, candidate);
  if (active > 0) return active;
  if (!WEB.test(url.protocol)) return 0;
  if (isAllowed(url.hostname, setting.allowed)) return 0;
  const carried = carriedData(url);
  const weights = ruleTable.weights[candidate.loads ? 'loads' : candidate.kind === 'url-with-data' ? 'bare' : 'click'];
  // Pages are full of images; only an answer has no reason to show one from elsewhere.
  const unprompted = setting.point === 'output' && candidate.kind === 'markdown-image' ? weights.unprompted : 0;
  const tricks = hostTricks(url);
  const score = Math.max(unprompted, tricks) + weights.carried * carried + (carried > 0.3 ? tricks * 0.5 : 0);
  return isLocalHost(url.hostname) ? score * ruleTable.localHostFactor : score;
}

function leadsOutside(url: URL, allowed: ReadonlySet<string>): boolean {
  return WEB.test(url.protocol) && !isAllowed(url.hostname, allowed) && !isLocalHost(url.hostname);
}

/** Schemes that run or show a document of their own. */
function activeScheme(url: URL, candidate: Candidate): number {
  if (!candidate.contextual) return 0;
  if (url.protocol === 'javascript:' || url.protocol === 'vbscript:') return ruleTable.activeScheme;
  if (url.protocol === 'data:' && !/^data:(?:image\/(?!svg)|font\/|application\/(?:font|pdf))/i.test(url.href)) {
    return ruleTable.dataScheme;
  }
  return 0;
}

/** A URL that is seen in clear is not told again by the decodings of its own parts. `findings` ascend. */
function withoutEchoes(findings: readonly Finding[]): readonly Finding[] {
  let clearTo = 0;
  return findings.filter(({ via, span }) => {
    if (via.length === 0) clearTo = Math.max(clearTo, span.end);
    return via.length === 0 || span.start >= clearTo;
  });
}

/** Start of the first URL that the text's end leaves open; its length when there is none. */
function openFrom(text: string, hitsOf: HitsOf): number {
  let from = openSchemeFrom(text);
  for (const candidate of candidatesIn(text, hitsOf, text.length - MAX_URL_CHARS - 32)) {
    if (!candidate.closed) from = Math.min(from, candidate.start);
  }
  return from;
}
