import type {
  AnswerCodec,
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
import { bufferOf, type Frame, parseJson, SseParser } from '@sallyport/wire';
import { ChunkReader } from './chunk-reader.ts';
import type { TemplateMatch } from './event-template.ts';
import { errorBody } from './faults.ts';
import { isIdentifier } from './fields.ts';
import { type ChatEvent, LaneBook } from './lane-book.ts';
import type { ChatRequest } from './parse-request.ts';
import { errorEvents, frameOf, type RefusedChoice, refusalError, refusalEvents } from './refusals.ts';
import { rewriteEvent } from './rewrite-event.ts';
import { TemplateSet } from './template-set.ts';

/** What ends a stream of this protocol. */
const DONE = '[DONE]';
const LF = 0x0a;
/** Names of lines that are not data; the empty one is a comment. */
const FIELD_NAMES: ReadonlySet<string> = new Set(['', 'event', 'id', 'retry']);

/** A stream of chunks. After its terminal event, or a fault, it takes nothing more. */
export class StreamCodec implements AnswerCodec {
  readonly #request: ChatRequest;
  readonly #limits: ParseLimits;
  readonly #parser: SseParser;
  readonly #book = new LaneBook();
  readonly #reader: ChunkReader;
  readonly #templates = new TemplateSet();
  #ended: Fault | 'done' | undefined;

  constructor({ request, limits }: { readonly request: ChatRequest; readonly limits: ParseLimits }) {
    this.#request = request;
    this.#limits = limits;
    this.#parser = new SseParser(limits.maxBodyBytes);
    this.#reader = new ChunkReader(this.#book, { logprobs: request.logprobs, carrier: 'delta' });
  }

  push(bytes: Uint8Array): readonly WireEvent[] | Fault {
    if (this.#ended !== undefined) return this.#ended === 'done' ? [] : this.#ended;
    const chunk = bufferOf(bytes);
    const out: WireEvent[] = [];
    let from = 0;
    while (from < chunk.length) {
      const blank = this.#parser.idle ? blankEnd(chunk, from) : from;
      if (blank > from) {
        out.push(this.#book.take({ raw: chunk.subarray(from, blank), pieces: [], facts: undefined }, false));
        from = blank;
        continue;
      }
      const known = this.#parser.idle ? this.#templates.match(chunk, from) : undefined;
      if (known !== undefined) {
        out.push(this.#readAgain(chunk.subarray(from, known.eventEnd), known));
        from = known.eventEnd;
        continue;
      }
      const taken = this.#parser.take(chunk, from);
      if (taken === undefined) break;
      if (isFault(taken)) return this.#fail(taken);
      const read = this.#read(taken.frame);
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
    const rest = this.#parser.end();
    // A last event without its blank line is let through when it is the end and nothing else.
    if (rest === undefined || isFault(rest) || rest.data?.trim() !== DONE)
      return this.#fail({ fault: 'UPSTREAM_BROKEN' });
    const last = this.#read(rest);
    if (isFault(last)) return this.#fail(last);
    this.#ended = 'done';
    return [last];
  }

  leaves(lane: Lane, text: string): readonly LaneLeaf[] {
    return this.#reader.calls.leaves(lane, text);
  }

  rewrite(event: WireEvent, edits: readonly PartEdits[]): Uint8Array {
    return isChatEvent(event) ? rewriteEvent(event, edits) : event.raw;
  }

  refuse(refusal: Refusal, held: readonly WireEvent[] = []): Uint8Array {
    if (refusal.form === 'error') return errorEvents(refusalError(refusal));
    const { facts, created } = this.#reader;
    const { facts: asked } = this.#request;
    const ends: RefusedChoice[] = [];
    for (const [index, { texts, ends: ended }] of this.#atClient(held)) {
      // Half an answer in a schema cannot be parsed any more: there `content_filter` is the error that says why.
      if (ended === 0) ends.push({ index, continues: texts > 0, structured: asked.structured && texts === 0 });
    }
    // Every choice has ended at the client: only an error can still say that this answer was refused.
    if (ends.length === 0) return errorEvents(refusalError(refusal));
    const frame = frameOf(this.#request, refusal.exchange);
    const known = { id: facts.id ?? frame.id, model: facts.model ?? frame.model, created: created ?? frame.created };
    return refusalEvents(refusal, { ...frame, ...known, usage: facts.usage }, ends);
  }

  fault(code: ErrorCode): Uint8Array {
    return errorEvents(errorBody(code));
  }

  /** What the client was told of each choice, asked for or seen. */
  #atClient(held: readonly WireEvent[]): ReadonlyMap<number, { readonly texts: number; readonly ends: number }> {
    const told = new Map<number, { texts: number; ends: number }>();
    for (let index = 0; index < this.#request.facts.choices; index += 1) told.set(index, { texts: 0, ends: 0 });
    for (const [index, { texts, ends }] of this.#reader.choices) told.set(index, { texts, ends });
    for (const event of held) {
      if (!isChatEvent(event)) continue;
      for (const { choice, says } of event.marks) {
        const counts = told.get(choice);
        if (counts !== undefined) counts[says === 'text' ? 'texts' : 'ends'] -= 1;
      }
    }
    return told;
  }

  #fail(fault: Fault): Fault {
    this.#ended = fault;
    return fault;
  }

  #read(event: Frame): ChatEvent | Fault {
    if (!this.#readFields(event)) return { fault: 'UPSTREAM_GARBAGE' };
    const { raw, pieces, data } = event;
    if (data === undefined) return this.#book.take({ raw, pieces, facts: undefined }, false);
    if (data.trim() === DONE) {
      this.#book.close(() => true);
      return this.#book.take({ raw, pieces, facts: undefined }, true);
    }
    const node = parseJson(data, { maxDepth: this.#limits.maxDepth, strict: true });
    if (isFault(node) || node.kind !== 'object') return { fault: 'UPSTREAM_GARBAGE' };
    const facts = this.#reader.read(node, data);
    if (this.#book.broken) return { fault: 'UPSTREAM_GARBAGE' };
    const terminal = this.#reader.errored;
    if (terminal) this.#book.close(() => true);
    const read = this.#book.take({ raw, pieces, facts }, terminal);
    if (event.fields.length === 0) this.#templates.learn({ event: read, data, node, book: this.#book });
    return read;
  }

  #readAgain(raw: Uint8Array, known: TemplateMatch): ChatEvent {
    this.#reader.again(known);
    const pieces = [{ offset: 0, start: known.dataStart, end: raw.length - 2 }];
    return this.#book.take({ raw, pieces, facts: undefined }, false);
  }

  /** Comments and other lines beside the data are text too, unless they are mere identifiers. */
  #readFields({ fields }: Frame): boolean {
    for (const { name, value, start, end } of fields) {
      if (!FIELD_NAMES.has(name) && !isIdentifier(name)) return false;
      if (isIdentifier(value)) continue;
      const field = name === '' ? 'comment' : name;
      this.#book.value({ id: `stream/${field}`, field }, value, { kind: 'line', start, end });
    }
    return true;
  }
}

/** Offset behind the blank lines at `from`: each would be an event that says nothing, and cost as much as one that does. */
function blankEnd(chunk: Uint8Array, from: number): number {
  let at = from;
  while (chunk[at] === LF) at += 1;
  return at;
}

function isChatEvent(event: WireEvent): event is ChatEvent {
  return 'places' in event;
}
