import type { Redaction, RequestRuling } from './decide.ts';
import type { DetectedRequest, DetectedSlice } from './detect.ts';
import { isFault } from './errors.ts';
import type { Placed } from './ledger.ts';
import type { VaultedValue } from './payload-store.ts';
import { escapes, type NumberOf, PlaceholderTable } from './placeholders.ts';
import type { ProtocolAdapter, Segment, SegmentEdits, TextEdit } from './protocol.ts';
import { SpotlitMessage } from './spotlit-message.ts';
import type { Span } from './vocabulary.ts';

/** What stands in the place of an earlier message that may not be shown to the model again. */
export const WITHHELD = '[withheld by policy]';

export interface EnforcedRequest {
  /** The original bytes where nothing had to change. */
  readonly body: Uint8Array;
  readonly placeholders: PlaceholderTable;
  /** Replacements made, by finding type; `withheld` counts whole texts. */
  readonly redacted: Readonly<Record<string, number>>;
  /** What was changed in each text, under the indexes of its slice and segment (`textKey()`); marks of data are left out. */
  readonly changes: ReadonlyMap<string, readonly TextEdit[]>;
  /** Values that the vault keeps. */
  readonly vaulted: readonly VaultedValue[];
}

/** Names a text of a request. */
export function textKey(slice: number, segment: number): string {
  return `${slice} ${segment}`;
}

/** Names of tools and of their arguments stay what they are, or a provider would refuse every later turn for them. */
const NAME = /^[\w.$-]{1,64}$/;

interface Cut extends Span {
  readonly text: string;
}

export interface Enforcing {
  readonly adapter: Pick<ProtocolAdapter, 'patch'>;
  /** Placeholders of what the request goes on with. */
  readonly placed: readonly Placed[];
  /** The character that marks certain texts: always the same for the same ones, and not to be guessed. */
  readonly markerFor: (texts: string) => string;
  /** Numbers placeholders; without it they are counted. */
  readonly numberOf?: NumberOf | undefined;
}

/** Patches a request as its ruling says: placeholders for what is redacted, a mark for what is withheld, escapes for look-alikes. */
export function enforceRequest(
  detected: DetectedRequest,
  ruling: RequestRuling,
  { adapter, placed, markerFor, numberOf }: Enforcing,
): EnforcedRequest {
  const placeholders = new PlaceholderTable(numberOf);
  placeholders.continueFrom(placed);
  const redacted: Record<string, number> = {};
  const count = (type: string) => {
    redacted[type] = (redacted[type] ?? 0) + 1;
  };
  if (ruling.redactions.length === 0 && ruling.withheld.size === 0 && ruling.spotlit.size === 0) {
    placeholders.seal();
    return { body: detected.parsed.body, placeholders, redacted, changes: UNCHANGED, vaulted: NONE };
  }
  const texts = new OpenedTexts(detected.slices);
  const vaulted = new Map<string, VaultedValue>();
  const cuts = cutsOf({ ruling, texts, placeholders, count, vaulted });
  placeholders.seal();
  const edits: SegmentEdits[] = [];
  const made = new Map<string, readonly TextEdit[]>();
  const found = placesOf(detected);
  for (const [at, slice] of detected.slices.entries()) {
    const withheld = ruling.withheld.has(at);
    const spotlight = !withheld && ruling.spotlit.has(at) ? new SpotlitMessage(texts.all(at), markerFor) : undefined;
    for (const [ordinal, note] of slice.segments.entries()) {
      // What would have changed it was stopped.
      if (note.fixed) continue;
      const key = textKey(at, ordinal);
      const own = cuts.get(key) ?? [];
      const escaped = note.placed && placeholders.size > 0;
      const spotlit = spotlight !== undefined && note.point === 'tool-result' && !note.isName;
      if (own.length === 0 && !escaped && !withheld && !spotlit) continue;
      const segment = texts.get(at, ordinal);
      if (segment === undefined) continue;
      if (withheld && NAME.test(segment.text) && !found.has(key)) continue;
      if (withheld) count('withheld');
      const whole = [{ start: 0, end: segment.text.length, text: WITHHELD }];
      const changes = withheld ? whole : merge(own, escaped ? escapes(segment.text) : []);
      made.set(key, changes);
      edits.push({ at: segment.at, edits: spotlit ? spotlight.mark(segment.text, changes) : changes });
    }
    if (spotlight?.marked !== undefined) placeholders.mark(spotlight.marked);
  }
  const body = adapter.patch(detected.parsed, edits);
  return { body, placeholders, redacted, changes: made, vaulted: [...vaulted.values()] };
}

const UNCHANGED: EnforcedRequest['changes'] = new Map();
const NONE: readonly never[] = [];

/** The segments in which something was found. */
function placesOf({ slices, across }: DetectedRequest): ReadonlySet<string> {
  const found = new Set<string>();
  for (const [at, { findings }] of slices.entries()) {
    for (const { places } of findings) for (const { segment } of places) found.add(`${at} ${segment}`);
  }
  for (const { places } of across) for (const { slice, segment } of places) found.add(`${slice} ${segment}`);
  return found;
}

interface Cutting {
  readonly ruling: RequestRuling;
  readonly texts: OpenedTexts;
  readonly placeholders: PlaceholderTable;
  readonly count: (type: string) => void;
  /** Values that the vault keeps, by the names of their placeholders. */
  readonly vaulted: Map<string, VaultedValue>;
}

/** Numbers the placeholders in transcript order and says which ranges they replace, per segment. */
function cutsOf({ ruling, texts, placeholders, count, vaulted }: Cutting): ReadonlyMap<string, Cut[]> {
  const cuts = new Map<string, Cut[]>();
  const ordered = withoutCovered(ruling.redactions).sort((a, b) => {
    const [first, second] = [a.places[0], b.places[0]];
    if (first === undefined || second === undefined) return 0;
    return first.slice - second.slice || first.segment - second.segment || first.span.start - second.span.start;
  });
  const textOf = ({ places }: Redaction) =>
    places.map(({ slice, segment, span }) => texts.get(slice, segment)?.text.slice(span.start, span.end)).join('');
  const clear = new Map<string, string>();
  for (const one of ordered) {
    const key = `${one.finding.type} ${one.finding.fingerprint}`;
    if (one.finding.via.length === 0 && !clear.has(key)) clear.set(key, textOf(one));
  }
  for (const one of ordered) {
    const { finding, places } = one;
    // What is put back is how the value was spelt in clear, if it ever was: its base64 says nothing to a reader.
    const value = clear.get(`${finding.type} ${finding.fingerprint}`) ?? textOf(one);
    const text = placeholders.place(finding.type, finding.fingerprint, value);
    if (one.vaulted === true) vaulted.set(text, { placeholder: text.slice(1, -1), type: finding.type, value });
    count(finding.type);
    for (const [index, { slice, segment, span }] of places.entries()) {
      const key = `${slice} ${segment}`;
      const cut = { start: span.start, end: span.end, text: index === 0 ? text : '' };
      const own = cuts.get(key);
      if (own === undefined) cuts.set(key, [cut]);
      else own.push(cut);
    }
  }
  return cuts;
}

/**
 * Leaves those parts of what is split over several texts out that are replaced on their own account: an address that ends
 * one message and one that begins the next look like one more, and would leave nothing of the second.
 */
function withoutCovered(redactions: readonly Redaction[]): Redaction[] {
  const joined = redactions.filter(({ places }) => places.length > 1);
  if (joined.length === 0) return [...redactions];
  const single = new Map<string, Span[]>();
  for (const { places } of redactions) {
    const [place] = places;
    if (place === undefined || places.length > 1) continue;
    const key = `${place.slice} ${place.segment}`;
    const own = single.get(key);
    if (own === undefined) single.set(key, [place.span]);
    else own.push(place.span);
  }
  const covered = ({ slice, segment, span }: Redaction['places'][number]) =>
    single.get(`${slice} ${segment}`)?.some(({ start, end }) => start <= span.start && span.end <= end) === true;
  return redactions.flatMap((one) => {
    const { places } = one;
    const own = places.length < 2 ? places : places.filter((place) => !covered(place));
    return own.length === 0 ? [] : [{ ...one, places: own }];
  });
}

/** Opens each slice at most once. */
class OpenedTexts {
  private readonly opened = new Map<number, readonly Segment[]>();
  private readonly slices: readonly DetectedSlice[];

  constructor(slices: readonly DetectedSlice[]) {
    this.slices = slices;
  }

  all(slice: number): readonly Segment[] {
    let segments = this.opened.get(slice);
    if (segments === undefined) {
      const content = this.slices[slice]?.slice.open();
      segments = content === undefined || isFault(content) ? [] : content.segments;
      this.opened.set(slice, segments);
    }
    return segments;
  }

  get(slice: number, segment: number): Segment | undefined {
    const found = this.all(slice)[segment];
    return found === undefined ? undefined : { ...found, at: { ...found.at, slice } };
  }
}

/**
 * One ascending, disjoint list from ranges that may overlap: overlapping cuts become one, which keeps the text of the
 * cut that begins first (of the longer one where two begin together); an insertion inside a cut is dropped.
 */
export function merge(cuts: readonly Cut[], insertions: readonly TextEdit[] = []): readonly TextEdit[] {
  const sorted = [...cuts, ...insertions].sort((a, b) => a.start - b.start || b.end - a.end);
  const merged: { start: number; end: number; text: string }[] = [];
  for (const cut of sorted) {
    const last = merged.at(-1);
    if (last !== undefined && cut.start < last.end) last.end = Math.max(last.end, cut.end);
    else merged.push({ start: cut.start, end: cut.end, text: cut.text });
  }
  return merged;
}
