import type { Finding, Inspector, InspectorQuestion, ReceiptLine } from './detector.ts';
import { isBroken } from './receipt.ts';
import type { Span } from './vocabulary.ts';

/** Longest run of text that takes part whole in a joined view; of a longer one the two ends do, in characters. */
export const JOIN_WHOLE_MAX_CHARS = 512;
const JOIN_END_CHARS = 256;

/** A finding together with the places that carry it: one, or several when it was split over adjacent texts. */
export interface PlacedFinding {
  readonly finding: Finding;
  readonly places: readonly { readonly segment: number; readonly span: Span }[];
}

/** What adjacent texts yielded together. */
export interface JoinedInspection {
  /** Only findings that cross a boundary, `via` led by `joined`; their spans are given per text. */
  readonly findings: readonly PlacedFinding[];
  /** Lines of detectors that broke on the joined text: what they would have found there is not known. */
  readonly broken: readonly ReceiptLine[];
}

interface Stretch {
  readonly segment: number;
  /** Offset of the stretch in its segment. */
  readonly from: number;
  readonly text: string;
}

/**
 * Inspects adjacent texts as one, since a match that is split over two parts shows in neither.
 * @param texts in order, with the number under which findings name them
 */
export function inspectJoined(
  texts: readonly { readonly segment: number; readonly text: string }[],
  inspector: Inspector,
  question: InspectorQuestion,
): JoinedInspection {
  const findings: PlacedFinding[] = [];
  const broken: ReceiptLine[] = [];
  for (const run of runsOf(texts)) {
    if (run.length < 2) continue;
    const joined = run.map(({ text }) => text).join('');
    const starts = startsOf(run);
    const inspected = inspector.inspect(joined, question);
    for (const line of inspected.lines) if (isBroken(line)) broken.push(line);
    for (const finding of inspected.findings) {
      const places = placesOf(run, starts, finding.span);
      if (places.length < 2) continue;
      findings.push({ finding: { ...finding, via: ['joined', ...finding.via] }, places });
    }
  }
  return { findings, broken };
}

/** Cuts where a long text stands between two boundaries, so that its middle is not scanned again. */
function runsOf(
  texts: readonly { readonly segment: number; readonly text: string }[],
): readonly (readonly Stretch[])[] {
  const runs: Stretch[][] = [[]];
  for (const { segment, text } of texts) {
    if (text.length <= JOIN_WHOLE_MAX_CHARS) {
      runs.at(-1)?.push({ segment, from: 0, text });
      continue;
    }
    const from = text.length - JOIN_END_CHARS;
    runs.at(-1)?.push({ segment, from: 0, text: text.slice(0, JOIN_END_CHARS) });
    runs.push([{ segment, from, text: text.slice(from) }]);
  }
  return runs;
}

/** The stretches that a range touches: many findings in many stretches must not cost their product. */
function placesOf(run: readonly Stretch[], starts: readonly number[], { start, end }: Span): PlacedFinding['places'] {
  const places: { segment: number; span: Span }[] = [];
  for (let at = lastStartingBy(starts, start); at < run.length; at += 1) {
    const [stretch, offset] = [run[at], starts[at]];
    if (stretch === undefined || offset === undefined || offset >= end) break;
    const { segment, from, text } = stretch;
    const first = Math.max(start, offset);
    const last = Math.min(end, offset + text.length);
    if (first < last) places.push({ segment, span: { start: first - offset + from, end: last - offset + from } });
  }
  return places;
}

function startsOf(run: readonly Stretch[]): readonly number[] {
  const starts: number[] = [];
  let offset = 0;
  for (const { text } of run) {
    starts.push(offset);
    offset += text.length;
  }
  return starts;
}

/** Index of the last stretch that starts at or before an offset. */
function lastStartingBy(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}
