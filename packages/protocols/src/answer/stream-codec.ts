import type { Buffer } from 'node:buffer';
import type {
  AnswerCodec,
  AnswerFacts,
  ErrorCode,
  Fault,
  Lane,
  LaneLeaf,
  ParseLimits,
  PartEdits,
  Refusal,
  WireEvent,
} from '@sallyport/core';
import { isFault } from '@sallyport/core';
import { bufferOf, type Frame, type Framing, parseJson } from '@sallyport/wire';
import { isIdentifier } from '../fields.ts';
import type { AnswerReader, AnswerVoice } from './answer-reader.ts';
import { bookedRun } from './booked-run.ts';
import { latin1Of } from './event-template.ts';
import { type BookedEvent, isBooked, type LaneBook } from './lane-book.ts';
import type { RepeatedEvents } from './repeated-events.ts';
import { rewriteEvent } from './rewrite-event.ts';
import { TemplateSet } from './template-set.ts';

export interface StreamParts {
  readonly book: LaneBook;
  readonly reader: AnswerReader;
  readonly voice: AnswerVoice;
  readonly framing: Framing;
  readonly limits: ParseLimits;
  /** The field of a frame that names its kind, such as `event`. */
  readonly nameField?: string;
}

const LF = 0x0a;
/** Names of a frame's fields that any of them may have; the empty one is a comment. */
const FIELD_NAMES: ReadonlySet<string> = new Set(['', 'event', 'id', 'retry']);
/** What an event stream calls its payload: there it stands before every event, and is no text. */
const CONTENT_TYPE = ':content-type';
const MEDIA_TYPE = /^[a-z0-9.+-]{1,64}\/[a-z0-9.+-]{1,64}$/;
const NOTHING = new Uint8Array(0);
const BROKEN: Fault = { fault: 'UPSTREAM_BROKEN' };
const GARBAGE: Fault = { fault: 'UPSTREAM_GARBAGE' };

/** A stream of events in any framing. After its terminal event, or a fault, it takes nothing more. */
export class StreamCodec implements AnswerCodec {
  readonly streams = true;
  readonly heartbeat: Uint8Array;
  readonly #parts: StreamParts;
  readonly #templates: TemplateSet | undefined;
  #ended: Fault | 'done' | undefined;

  constructor(parts: StreamParts) {
    this.#parts = parts;
    this.#templates = parts.reader.again === undefined ? undefined : new TemplateSet();
    this.heartbeat = parts.voice.heartbeat ?? NOTHING;
  }

  push(bytes: Uint8Array): readonly WireEvent[] | Fault {
    if (this.#ended !== undefined) return this.#ended === 'done' ? [] : this.#ended;
    const { framing, book } = this.#parts;
    const chunk = bufferOf(bytes);
    const out: WireEvent[] = [];
    // The bytes as a text, once a shape of events is known that may come again.
    let units: string | undefined;
    let from = 0;
    while (from < chunk.length) {
      const blank = this.#templates !== undefined && framing.idle ? blankEnd(chunk, from) : from;
      if (blank > from) {
        out.push(book.take({ raw: chunk.subarray(from, blank), pieces: [], facts: undefined }, false));
        from = blank;
        continue;
      }
      const known = framing.idle ? this.#known(from, () => (units ??= latin1Of(chunk))) : undefined;
      if (known !== undefined) {
        out.push(this.#readAgain(chunk.subarray(from, known.end), known));
        from = known.end;
        continue;
      }
      const taken = framing.take(chunk, from);
      if (taken === undefined) break;
      if (isFault(taken)) return this.#fail(taken);
      const read = this.#readWhole(taken.frame);
      if (isFault(read)) return this.#fail(read);
      out.push(read);
      if (read.terminal) {
        this.#ended = 'done';
        break;
      }
      from = taken.end;
    }
    return out;
  }

  end(): readonly WireEvent[] | Fault {
    if (this.#ended !== undefined) return this.#ended === 'done' ? [] : this.#ended;
    const { framing, reader, book } = this.#parts;
    const rest = framing.end();
    if (rest !== undefined && isFault(rest)) return this.#fail(rest);
    const out: WireEvent[] = [];
    if (rest !== undefined) {
      // Where a frame lacks its own end, it is let through when it is the answer's end and nothing else.
      const whole = framing.endsOpen || reader.isEnd?.(rest.data?.trim() ?? '') === true;
      const last = whole ? this.#read(rest) : BROKEN;
      if (isFault(last)) return this.#fail(last);
      out.push(last);
    }
    if (out.at(-1)?.terminal !== true) {
      if (!reader.complete) return this.#fail(BROKEN);
      book.close(() => true);
      out.push(book.take({ raw: NOTHING, pieces: [], facts: undefined }, true));
    }
    this.#ended = 'done';
    return out;
  }

  leaves(lane: Lane, text: string): readonly LaneLeaf[] {
    return this.#parts.reader.leaves(lane, text);
  }

  rewrite(event: WireEvent, edits: readonly PartEdits[]): Uint8Array {
    if (!isBooked(event)) return event.raw;
    const bytes = rewriteEvent(event, edits);
    const { framing, book } = this.#parts;
    book.wrote(event, edits);
    return bytes === event.raw || framing.reseal === undefined ? bytes : framing.reseal(bytes);
  }

  refuse(refusal: Refusal, held: readonly WireEvent[] = []): Uint8Array {
    return this.#parts.voice.refuse(refusal, held);
  }

  fault(code: ErrorCode): Uint8Array {
    return this.#parts.voice.fault(code);
  }

  #fail(fault: Fault): Fault {
    this.#ended = fault;
    return fault;
  }

  #read(frame: Frame): BookedEvent | Fault {
    const { book, reader, limits } = this.#parts;
    if (!this.#readFields(frame)) return GARBAGE;
    const { raw, pieces, data, fields } = frame;
    if (data !== undefined && reader.isEnd?.(data.trim())) {
      book.close(() => true);
      return book.take({ raw, pieces, facts: undefined }, true);
    }
    if (data === undefined) return this.#take(frame, reader.readBare?.(fields));
    const node = parseJson(data, { maxDepth: limits.maxDepth, maxNodes: limits.maxNodes, strict: true });
    if (isFault(node) && node.fault === 'BODY_TOO_MANY_VALUES') return { fault: 'UPSTREAM_TOO_LARGE' };
    if (isFault(node) || node.kind !== 'object') return GARBAGE;
    const read = this.#take(frame, reader.read({ node, data, name: this.#nameOf(frame), fields }));
    if (!isFault(read)) this.#templates?.learn({ event: read, data, node, book });
    return read;
  }

  /** What the frame at hand was read as. */
  #take({ raw, pieces }: Frame, facts: AnswerFacts | undefined): BookedEvent | Fault {
    const { book, reader } = this.#parts;
    if (book.broken) return GARBAGE;
    const terminal = reader.ended;
    if (terminal) book.close(() => true);
    return book.take({ raw, pieces, facts }, terminal);
  }

  /** Reads a frame that a chunk's end may have cut in two: its shape may be known all the same. */
  #readWhole(frame: Frame): BookedEvent | Fault {
    const known = this.#known(0, () => latin1Of(frame.raw));
    return known?.end === frame.raw.length ? this.#readAgain(frame.raw, known) : this.#read(frame);
  }

  /** Events of a shape that was read before. */
  #known(from: number, units: () => string): RepeatedEvents | undefined {
    return this.#templates?.isEmpty === false ? this.#templates.match(units(), from) : undefined;
  }

  #readAgain(raw: Uint8Array, events: RepeatedEvents): BookedEvent {
    const { book, reader } = this.#parts;
    reader.again?.(events);
    const { marks, closes, parts } = book.take({ raw, pieces: [], facts: undefined }, false);
    const at = parts.find(({ lane }) => lane === events.laneId)?.at;
    return bookedRun({ events, raw, marks, closes, at });
  }

  #nameOf({ fields }: Frame): string | undefined {
    const { nameField } = this.#parts;
    return nameField === undefined ? undefined : fields.findLast(({ name }) => name === nameField)?.value;
  }

  /** Comments and other fields beside the data are text too, unless they are mere identifiers. */
  #readFields({ fields }: Frame): boolean {
    // Where a frame has lengths and checksums, what stands before its data keeps its length.
    const fixed = this.#parts.framing.reseal !== undefined;
    for (const { name, value, start, end } of fields) {
      if (!FIELD_NAMES.has(name) && !isIdentifier(name)) return false;
      if (isIdentifier(value) || (name === CONTENT_TYPE && MEDIA_TYPE.test(value))) continue;
      const field = name === '' ? 'comment' : name;
      this.#parts.book.value({ id: `stream/${field}`, field, fixed }, value, { kind: 'line', start, end });
    }
    return true;
  }
}

/** Offset behind the blank lines at `from`: each would be an event that says nothing, and cost as much as one that does. */
function blankEnd(chunk: Buffer, from: number): number {
  let at = from;
  while (chunk[at] === LF) at += 1;
  return at;
}
