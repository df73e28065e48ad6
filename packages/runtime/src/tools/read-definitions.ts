import {
  isFault,
  type KeyedSlice,
  PIN_NAME_MAX_CHARS,
  PIN_TEXT_MAX_CHARS,
  type PlacedFinding,
  type Segment,
  TOOL_INTEGRITY,
} from '@sallyport/core';
import { CROSS_REFERENCES_MAX_CHARS, crossReferences } from '@sallyport/detectors';
import { offeredTools } from '@sallyport/protocols';
import { nameSkeleton } from '@sallyport/text';

/** Where a finding about a tool is placed: the text that names it. */
export type ToolPlace = PlacedFinding['places'][number];

/** One definition, as far as it must be known to be compared. Holds its name and no other text. */
export interface ReadTool {
  /** Cut to `PIN_NAME_MAX_CHARS`, and then ended by a fingerprint. */
  readonly name: string;
  /** The same for names that read alike. */
  readonly skeleton: string;
  /** Keyed fingerprint of the whole definition. */
  readonly hash: string;
  readonly place: ToolPlace;
}

/** Keyed fingerprint, hexadecimal. */
export type Fingerprinter = (value: string) => string;

/** Characters of a long name that are kept before its fingerprint. */
const NAME_KEPT_CHARS = PIN_NAME_MAX_CHARS - 33;
const NO_TEXT: ToolPlace = { segment: 0, span: { start: 0, end: 0 } };

/** The tools of one slice. `undefined` when it can't be read as definitions. Cost: O(bytes). */
export function readTools({ slice }: KeyedSlice, fingerprint: Fingerprinter): readonly ReadTool[] | undefined {
  const offered = offeredTools(slice.bytes);
  if (isFault(offered)) return undefined;
  const texts = textsOf(slice);
  return offered.map(({ name, canonical }) => ({
    name: name.length <= PIN_NAME_MAX_CHARS ? name : `${name.slice(0, NAME_KEPT_CHARS)}~${fingerprint(name)}`,
    skeleton: nameSkeleton(name.slice(0, PIN_NAME_MAX_CHARS)),
    hash: hashOf(canonical, fingerprint),
    place: placeOf(name, texts),
  }));
}

/** What the definitions of some slices say that are short enough to be kept, by hash. Cost: O(bytes). */
export function definitionTexts(
  slices: readonly KeyedSlice[],
  wanted: ReadonlySet<string>,
  fingerprint: Fingerprinter,
): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const { slice } of slices) {
    const offered = offeredTools(slice.bytes);
    for (const { canonical } of isFault(offered) ? [] : offered) {
      if (canonical.length > PIN_TEXT_MAX_CHARS) continue;
      const hash = hashOf(canonical, fingerprint);
      if (wanted.has(hash)) texts.set(hash, canonical);
    }
  }
  return texts;
}

function hashOf(canonical: string, fingerprint: Fingerprinter): string {
  return fingerprint(`tool definition\n${canonical}`);
}

/** What the texts of one slice say about other tools. `whole`: nothing of them was too long to be read. */
export interface ReadReferences {
  readonly findings: readonly PlacedFinding[];
  readonly whole: boolean;
}

/** @param names of all tools of the request, in lower case */
export function readReferences(
  { slice }: KeyedSlice,
  names: ReadonlySet<string>,
  fingerprint: Fingerprinter,
): ReadReferences {
  const findings: PlacedFinding[] = [];
  let whole = true;
  for (const [segment, { text, origin }] of textsOf(slice).entries()) {
    whole &&= text.length <= CROSS_REFERENCES_MAX_CHARS;
    const own = origin.tool?.toLowerCase() ?? '';
    for (const { span, score, about, via } of crossReferences(text, { names, own })) {
      const type = 'tool-cross-reference';
      const value = `${type}\n${about}\n${text.slice(span.start, span.end)}`;
      const finding = { detector: TOOL_INTEGRITY, category: 'tool-integrity', type, score, span, via } as const;
      findings.push({ finding: { ...finding, fingerprint: fingerprint(value) }, places: [{ segment, span }] });
    }
  }
  return { findings, whole };
}

function textsOf(slice: KeyedSlice['slice']): readonly Segment[] {
  const content = slice.open();
  return isFault(content) ? [] : content.segments;
}

function placeOf(name: string, texts: readonly Segment[]): ToolPlace {
  let segment = texts.findIndex(({ text }) => text === name);
  if (segment < 0) segment = texts.findIndex(({ origin }) => origin.tool === name);
  const text = texts[Math.max(0, segment)]?.text;
  return text === undefined ? NO_TEXT : { segment: Math.max(0, segment), span: { start: 0, end: text.length } };
}
