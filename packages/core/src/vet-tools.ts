import type { DetectedRequest, DetectedSlice } from './detect.ts';
import type { Fingerprint, ReceiptLine } from './detector.ts';
import type { PlacedFinding } from './joined.ts';
import type { PinOwner } from './tool-pins.ts';
import { TOOL_INTEGRITY } from './vocabulary.ts';

/** Whose definitions they are, and in which exchange they came. */
export interface VettingQuestion {
  readonly owner: PinOwner;
  readonly exchange: string;
  /** Tools of others that the same agent may be offered; absent where nobody knows of any. */
  readonly beside?: ToolsBeside | undefined;
}

/** Tools that stand beside those that are vetted: at other servers. */
export interface ToolsBeside {
  /** Changes whenever there are others. */
  readonly version: string;
  readonly names: ReadonlySet<string>;
}

/** What became of comparing the definitions of a request. */
export interface Vetting {
  /** Of each of the slices that were asked about, in their order. */
  readonly findings: readonly (readonly PlacedFinding[])[];
  /** How far it went, for the receipt. */
  readonly line: ReceiptLine;
}

/** A slice, and the key under which what is known of it is remembered. */
export type KeyedSlice = Pick<DetectedSlice, 'key' | 'slice'>;

/** Vets tools as they travel: their definitions, and how much they answer. Synchronous. */
export interface ToolVetter {
  /** UTF-16 units of the tool results of one message; what is beyond is a finding. */
  readonly maxResultChars: number;
  /**
   * Compares definitions with those that were seen before, and with each other. What it knows of a slice it remembers under
   * the slice's key, so that one that was seen before is not read again.
   */
  vet(question: VettingQuestion, slices: readonly KeyedSlice[]): Vetting;
  /** Keyed fingerprint. */
  fingerprint(value: string): Fingerprint;
}

/** Adds what a vetter finds to a request's own findings: on every request anew, since it depends on who asks and what was before. */
export function vetTools(detected: DetectedRequest, question: VettingQuestion, vetter: ToolVetter): DetectedRequest {
  const definitions = detected.slices.filter(({ slice }) => slice.kind === 'tool-definition');
  const vetting = definitions.length === 0 ? undefined : vetter.vet(question, definitions);
  let at = -1;
  const slices = detected.slices.map((each) => {
    if (each.slice.kind !== 'tool-definition') return bounded(each, vetter);
    at += 1;
    const findings = [...each.findings, ...(vetting?.findings[at] ?? [])];
    // One line speaks for all of them.
    return at === 0 && vetting !== undefined ? { ...withLine(each, vetting.line), findings } : { ...each, findings };
  });
  return { ...detected, slices };
}

function withLine(detected: DetectedSlice, line: ReceiptLine): DetectedSlice {
  const lines = [...detected.lines, line];
  return line.status === 'inspected'
    ? { ...detected, lines }
    : { ...detected, lines, uninspected: [...detected.uninspected, line] };
}

/** Names of members of so many characters stay, however large the result: without them it would be another one. */
const NAME_MAX_CHARS = 64;

/** One finding, in all places of a message's tool results that lie beyond the bound. */
function bounded(detected: DetectedSlice, { maxResultChars, fingerprint }: ToolVetter): DetectedSlice {
  if (detected.chars <= maxResultChars) return detected;
  let before = 0;
  const places: { readonly segment: number; readonly span: { readonly start: number; readonly end: number } }[] = [];
  for (const [segment, { point, chars, isName }] of detected.segments.entries()) {
    if (point !== 'tool-result') continue;
    const start = Math.max(0, maxResultChars - before);
    before += chars;
    if (start < chars && !(isName && chars <= NAME_MAX_CHARS)) places.push({ segment, span: { start, end: chars } });
  }
  const [first] = places;
  if (first === undefined) return detected;
  const finding = {
    detector: TOOL_INTEGRITY,
    category: 'tool-integrity',
    type: 'oversized',
    score: 1,
    span: first.span,
    via: [],
    fingerprint: fingerprint(`oversized ${detected.key}`),
  } as const;
  return { ...detected, findings: [...detected.findings, { finding, places }] };
}
