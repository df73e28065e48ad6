import type { CallFinding, CallLane } from './call-lane.ts';
import { apply } from './call-lane.ts';
import { type CaptureBook, formOf, formOfRuling, maskFor } from './capture-book.ts';
import type { Ruling } from './decide.ts';
import { merge } from './enforce.ts';
import type { TextPoint } from './output-ruling.ts';
import type { CapturedText, VaultedValue } from './payload-store.ts';
import type { PlaceholderTable } from './placeholders.ts';
import type { Lane, LaneId } from './protocol.ts';
import { recordedPlace } from './recorded-name.ts';
import { RestoredText } from './restored-text.ts';
import { type LaneFinding, TextLane } from './text-lane.ts';
import type { CaptureForm, Checkpoint, Effect } from './vocabulary.ts';
import type { WatchedLane } from './watched-lane.ts';

/** As much of the ruling on a call as says what is kept of it. */
interface RuledCall {
  readonly guard: Ruling;
  readonly decided: { readonly effect: Effect };
}

interface KeptText {
  readonly lane: Lane;
  readonly found: LaneFinding[];
  /** As it came, as far as it is kept. */
  text: string;
  received: number;
}

interface KeptCall {
  readonly form: CaptureForm;
  readonly call: CallLane;
  /** Absent where the call was not read. */
  readonly found?: readonly CallFinding[];
}

export interface AnswerCaptureParts {
  readonly placeholders: PlaceholderTable;
  /** Checkpoints at which policy may want something. */
  readonly points: ReadonlySet<Checkpoint>;
  /** Characters of each text that are kept until it is known whether they are wanted. */
  readonly maxChars: number;
}

/** Keeps the texts of an answer until it is decided whether they are to be put under lock, and in which form. */
export class AnswerCapture {
  private readonly parts: AnswerCaptureParts;
  private readonly texts = new Map<LaneId, KeptText>();
  private readonly calls: KeptCall[] = [];
  private readonly values: VaultedValue[] = [];
  /** The decisions on texts as they stand. */
  private readonly rulings = new Map<Checkpoint, Ruling>();

  constructor(parts: AnswerCaptureParts) {
    this.parts = parts;
  }

  /** Calls keep their own text. */
  open(lane: Lane): void {
    if (lane.release === 'whole' || !this.parts.points.has(pointOf(lane))) return;
    this.texts.set(lane.id, { lane, found: [], text: '', received: 0 });
  }

  push(id: LaneId, text: string): void {
    const kept = this.texts.get(id);
    if (kept === undefined) return;
    kept.received += text.length;
    const room = this.parts.maxChars - kept.text.length;
    if (room > 0) kept.text += text.length > room ? text.slice(0, room) : text;
  }

  found(id: LaneId, findings: readonly LaneFinding[]): void {
    this.texts.get(id)?.found.push(...findings);
  }

  /** Told of every ruling; those on calls come by `call()`. */
  heed(ruling: Ruling): void {
    const { recorded } = ruling;
    if (recorded.kind === 'guard' && recorded.question.point !== 'tool-call') {
      this.rulings.set(recorded.question.point, ruling);
    }
  }

  call({ guard, decided }: RuledCall, kept: Omit<KeptCall, 'form'>): void {
    const form = formOf(guard.decision.capture, decided.effect);
    if (form !== undefined) this.calls.push({ ...kept, form });
  }

  /** The vault keeps a value that was taken out of the answer. */
  value(vaulted: VaultedValue): void {
    this.values.push(vaulted);
  }

  /** Puts what is wanted into a book, as the decisions stand. */
  fill(book: CaptureBook, lanes: ReadonlyMap<LaneId, WatchedLane>): void {
    for (const kept of this.texts.values()) {
      const ruling = this.rulings.get(pointOf(kept.lane));
      const form = ruling === undefined ? undefined : formOfRuling(ruling);
      if (form === undefined || kept.received === 0) continue;
      if (form === 'raw') book.add(told(kept.lane, form, this.raw(kept)), kept.received - kept.text.length);
      else this.addRedacted(kept, lanes.get(kept.lane.id), book);
    }
    for (const each of this.calls) this.addCall(each, book);
    for (const value of this.values) book.addValue(value);
  }

  /** With the values in the place of placeholders, as it was judged. */
  private raw({ lane, text }: KeptText): string {
    if (lane.fixed === true) return text;
    const restored = new RestoredText(this.parts.placeholders);
    return restored.push(text) + restored.end();
  }

  /** As it came, as far as all findings in it are known: a value of which only the beginning is there would stand in clear. */
  private addRedacted({ lane, text, found, received }: KeptText, watched: WatchedLane | undefined, book: CaptureBook) {
    const watch = watched?.watch;
    const certain = watch instanceof TextLane && watched !== undefined ? watch.certainTo : 0;
    const known = text.slice(0, certain);
    const masks = found.flatMap(({ finding, wire }) => {
      const mask = this.isPlaced(text.slice(wire.start, wire.end))
        ? undefined
        : maskFor(finding, this.parts.placeholders);
      return mask === undefined || wire.start >= known.length ? [] : [{ ...wire, text: mask }];
    });
    const edits = merge(masks).map((edit) => ({ ...edit, end: Math.min(edit.end, known.length) }));
    if (known === '') book.leave();
    else book.add(told(lane, 'redacted', apply(known, edits)), received - known.length);
  }

  private addCall({ form, call, found }: KeptCall, book: CaptureBook): void {
    if (found === undefined) {
      // Nobody knows what stands in it.
      if (form === 'redacted') book.leave();
      else book.add(told(call.lane, form, call.unread), call.received - call.unread.length);
      return;
    }
    const masks = withoutRemains(found).flatMap(({ leaf, finding, wire }) => {
      const mask = maskFor(finding, this.parts.placeholders);
      return mask === undefined ? [] : [{ leaf, edit: { ...wire, text: mask } }];
    });
    book.add(told(call.lane, form, form === 'raw' ? call.made : call.edited(masks)));
  }

  /** Whether nothing but a placeholder stands there. */
  private isPlaced(text: string): boolean {
    const pieces = this.parts.placeholders.pieces(text);
    return pieces.length === 1 && pieces[0]?.kind === 'placeholder';
  }
}

/** An address, read together with the name of the argument that it stands in, looks like a longer one: the name is left as it is. */
function withoutRemains(found: readonly CallFinding[]): readonly CallFinding[] {
  const alone = found.filter(({ finding }) => !isJoined(finding));
  const covered = new Set(
    found.flatMap(({ leaf, finding, wire }) => {
      const isWithin = (one: CallFinding) =>
        one.leaf === leaf &&
        one.finding.type === finding.type &&
        one.wire.start <= wire.start &&
        wire.end <= one.wire.end;
      return isJoined(finding) && alone.some(isWithin) ? [finding] : [];
    }),
  );
  return covered.size === 0 ? found : found.filter(({ finding }) => !covered.has(finding));
}

function isJoined({ via }: CallFinding['finding']): boolean {
  return via[0] === 'joined';
}

function pointOf({ point }: Lane): TextPoint {
  return point === 'tool-result' ? 'tool-result' : 'output';
}

function told({ id, point, origin }: Lane, form: CaptureForm, text: string): Omit<CapturedText, 'cutChars'> {
  const { role, tool } = origin;
  return { point, where: recordedPlace(`answer/${id}`), role, ...(tool !== undefined && { tool }), form, text };
}
