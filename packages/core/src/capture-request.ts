import { apply } from './call-lane.ts';
import { type CaptureBook, formOfRuling, maskFor } from './capture-book.ts';
import type { DetectedRequest, DetectedSlice } from './detect.ts';
import { merge, textKey } from './enforce.ts';
import { isFault } from './errors.ts';
import type { WholeMatter } from './exchange-log.ts';
import type { TextEdit } from './protocol.ts';
import { recordedPlace } from './recorded-name.ts';
import type { CaptureForm, Checkpoint } from './vocabulary.ts';

/**
 * Puts into a book what the decisions on a request want under lock: of the texts that are new in it, those of the checkpoints that were
 * decided so; and the values that the vault keeps.
 */
export function captureRequest(matter: WholeMatter, book: CaptureBook): void {
  const { detected, ruling, enforced } = matter;
  const forms = new Map<Checkpoint, CaptureForm>();
  for (const one of ruling.present) {
    const form = one.recorded.kind === 'guard' ? formOfRuling(one) : undefined;
    if (form !== undefined && one.recorded.kind === 'guard') forms.set(one.recorded.question.point, form);
  }
  if (forms.size > 0) {
    const masks = [...forms.values()].includes('redacted') ? masksOf(matter) : NO_MASKS;
    for (const [at, slice] of detected.slices.entries()) {
      if (slice.slice.kind === 'message' && at < ruling.firstNew) continue;
      captureSlice({ at, slice, forms, masks, changes: enforced.changes }, book);
    }
  }
  for (const value of enforced.vaulted) book.addValue(value);
}

type Edits = ReadonlyMap<string, readonly TextEdit[]>;

interface Capturing {
  readonly at: number;
  readonly slice: DetectedSlice;
  readonly forms: ReadonlyMap<Checkpoint, CaptureForm>;
  readonly masks: Edits;
  readonly changes: Edits;
}

function captureSlice({ at, slice, forms, masks, changes }: Capturing, book: CaptureBook): void {
  if (!slice.segments.some(({ point }) => forms.has(point))) return;
  const content = slice.slice.open();
  if (isFault(content)) return;
  for (const [ordinal, { point, origin, text }] of content.segments.entries()) {
    const form = forms.get(point);
    if (form === undefined) continue;
    const { role, field, tool } = origin;
    const key = textKey(at, ordinal);
    const edits = form === 'raw' ? [] : merge([...(changes.get(key) ?? []), ...(masks.get(key) ?? [])]);
    book.add({
      point,
      where: recordedPlace(`${slice.where}/${field}`),
      role,
      ...(tool !== undefined && { tool }),
      form,
      text: apply(text, edits),
    });
  }
}

const NO_MASKS: Edits = new Map();

/** What the redacted form leaves out besides what policy redacts. */
function masksOf({ detected, enforced }: Pick<WholeMatter, 'detected' | 'enforced'>): Edits {
  const masks = new Map<string, TextEdit[]>();
  for (const { finding, places } of placedFindings(detected)) {
    const mask = maskFor(finding, enforced.placeholders);
    if (mask === undefined) continue;
    for (const [index, { slice, segment, span }] of places.entries()) {
      const key = textKey(slice, segment);
      const edit = { start: span.start, end: span.end, text: index === 0 ? mask : '' };
      const own = masks.get(key);
      if (own === undefined) masks.set(key, [edit]);
      else own.push(edit);
    }
  }
  return masks;
}

function placedFindings({ slices, across }: DetectedRequest): DetectedRequest['across'] {
  const within = slices.flatMap(({ findings }, slice) =>
    findings.map(({ finding, places }) => ({ finding, places: places.map((place) => ({ slice, ...place })) })),
  );
  return [...within, ...across];
}
