import type { AnswerFacts, Lane, LaneLeaf } from '@sallyport/core';
import {
  type FrameField,
  isNull,
  type JsonMember,
  type JsonNode,
  type JsonObject,
  memberOf,
  numberOf,
} from '@sallyport/wire';
import type { AnswerReader, ReadableEvent } from '../answer/answer-reader.ts';
import type { LaneBook } from '../answer/lane-book.ts';
import { MemberLanes } from '../answer/member-lanes.ts';
import { isIdentifier, isModelName } from '../fields.ts';
import { BlockReader } from './block-reader.ts';
import { fields, isDisguised, noFields } from './fields.ts';
import { stopSignal, traceSignals } from './guardrail-signals.ts';
import { MESSAGE } from './refusals.ts';

/** The header of a message that says what kind of message it is: an `event`, or one of two forms of an error. */
const MESSAGE_TYPE = ':message-type';
const EXCEPTION_TYPE = ':exception-type';
/** The only other kind of member that an answer has: an error that came as an event. */
const EXCEPTION = /Exception$/;
/** What stands in a record for words where an identifier belongs: they are text, and records hold none. */
const NO_IDENTIFIER = 'other';

/** Reads the events of a stream, or one whole answer: every text of every content block goes to its lane. */
export class ConverseReader implements AnswerReader {
  readonly #book: LaneBook;
  readonly #streams: boolean;
  readonly #blocks: BlockReader;
  readonly #members: MemberLanes;
  /** For values that are nobody's format. */
  readonly #free: MemberLanes;
  #stopped = false;
  #accounted = false;
  /** The provider reported an error in band: nothing follows it. */
  ended = false;
  facts: AnswerFacts = {};

  constructor(book: LaneBook, { streams }: { readonly streams: boolean }) {
    this.#book = book;
    this.#streams = streams;
    this.#blocks = new BlockReader(book);
    this.#members = new MemberLanes({ book, fields });
    this.#free = new MemberLanes({ book, fields: noFields });
  }

  /** A stream has no end of its own: it is whole once the message has ended and its metadata came. */
  get complete(): boolean {
    return this.#stopped && this.#accounted;
  }

  leaves(lane: Lane, text: string): readonly LaneLeaf[] {
    return this.#blocks.leaves(lane, text);
  }

  read({ node, data, name, fields: said }: ReadableEvent): AnswerFacts | undefined {
    const before = this.facts;
    if (node.kind !== 'object') this.#book.broken = true;
    else if (this.#streams) this.#frame(node, data, { name, said });
    else this.#whole(node, data);
    return this.facts === before ? undefined : this.facts;
  }

  /** An error may be told in headers alone. */
  readBare(said: readonly FrameField[]): AnswerFacts | undefined {
    const type = saidIn(said, MESSAGE_TYPE);
    const name = saidIn(said, ':event-type');
    if (type === 'exception' || type === 'error') this.#error();
    else if (type !== 'event' || name === undefined || EVENTS.has(name) || fields.isDisguised(name)) {
      // Of a part of an answer without its content, clients make what they like.
      this.#book.broken = true;
    }
    return this.ended ? this.facts : undefined;
  }

  readOther(root: JsonNode): void {
    this.#members.walk(root, { field: 'error', path: '' }, undefined);
  }

  #frame(node: JsonObject, data: string, { name, said }: Named): void {
    const type = saidIn(said, MESSAGE_TYPE);
    if (type === 'exception' || type === 'error') {
      this.#others(node, saidIn(said, EXCEPTION_TYPE) ?? type, () => true);
      this.#error();
    } else if (type !== 'event' || name === undefined || fields.isDisguised(name) || isDisguised(node)) {
      this.#book.broken = true;
    } else this.#event(name, node, data);
  }

  #event(name: string, node: JsonObject, data: string): void {
    if (name.startsWith('contentBlock') && EVENTS.has(name)) {
      this.#block(name, node, data);
      return;
    }
    if (name === 'messageStart') this.#book.mark({ group: MESSAGE, says: 'begin' });
    if (name === 'metadata') this.#accounted = true;
    if (name === 'messageStop') this.#stop();
    if (name === 'messageStop' || name === 'metadata') {
      for (const member of node.members) this.#about(member);
    } else this.#others(node, name, () => true);
    if (EXCEPTION.test(name)) this.#error();
  }

  #block(name: string, node: JsonObject, data: string): void {
    const index = numberOf(node, 'contentBlockIndex');
    // Clients differ in where they put a block without a number, and in what follows the message's end.
    if (index === undefined || !Number.isSafeInteger(index) || index < 0 || this.#stopped) {
      this.#book.broken = true;
      return;
    }
    if (name === 'contentBlockStart') this.#blocks.start({ index, node: memberOf(node, 'start'), data });
    else if (name === 'contentBlockDelta') this.#blocks.delta({ index, node: memberOf(node, 'delta'), data });
    else this.#blocks.stop(index);
    for (const { key, value } of node.members) {
      const member = key.value;
      const isKnown = BLOCK_MEMBERS.has(member) || (value.kind === 'string' && isPadding(member, value.value));
      if (!isKnown) this.#members.add({ value, name: member, prefix: `~${index}/`, group: undefined, key });
    }
  }

  #stop(): void {
    if (this.#stopped) this.#book.broken = true;
    this.#stopped = true;
    this.#blocks.stopAll();
    this.#book.mark({ group: MESSAGE, says: 'end' });
  }

  #whole(root: JsonObject, data: string): void {
    if (isDisguised(root)) this.#book.broken = true;
    for (const member of root.members) {
      const { key, value } = member;
      if (key.value === 'output' && !isNull(value)) this.#output(value, data);
      else this.#about(member);
    }
  }

  #output(output: JsonNode, data: string): void {
    const message = memberOf(output, 'message');
    const content = memberOf(message, 'content');
    const shaped = output.kind === 'object' && (message === undefined || message.kind === 'object');
    if (!shaped || isDisguised(output) || (message?.kind === 'object' && isDisguised(message))) {
      this.#book.broken = true;
      return;
    }
    if (content?.kind === 'array') {
      for (const [index, node] of content.items.entries()) this.#blocks.whole({ index, node, data });
    } else if (content !== undefined && !isNull(content)) this.#book.broken = true;
    this.#others(output, 'output', (member) => member !== 'message');
    if (message?.kind === 'object') this.#others(message, 'message', (member) => member !== 'content');
  }

  /** What an answer says of itself. */
  #about({ key, value }: JsonMember): void {
    const name = key.value;
    if (name === 'stopReason' && value.kind === 'string') this.#reason(value.value);
    else if (name === 'usage') this.#usage(value);
    if (name === 'trace' && value.kind === 'object') this.#trace(value);
    else {
      const lanes = name === 'additionalModelResponseFields' ? this.#free : this.#members;
      lanes.add({ value, name, prefix: '~/', group: undefined, key });
    }
  }

  #reason(reason: string): void {
    this.facts = { ...this.facts, finishReasons: [isIdentifier(reason) ? reason : NO_IDENTIFIER] };
    const signal = stopSignal(reason);
    if (signal !== undefined) this.#book.signal(signal);
  }

  #usage(usage: JsonNode): void {
    const input = numberOf(usage, 'inputTokens');
    const cached = numberOf(usage, 'cacheReadInputTokens');
    const written = numberOf(usage, 'cacheWriteInputTokens');
    const counts = {
      // Amazon counts what came from its cache, or went there, beside the rest of the input.
      inputTokens: input === undefined ? undefined : input + (cached ?? 0) + (written ?? 0),
      outputTokens: numberOf(usage, 'outputTokens'),
      cachedTokens: cached,
      cacheWriteTokens: written,
    };
    const known = Object.entries(counts).filter(([, count]) => count !== undefined);
    this.facts = { ...this.facts, usage: Object.fromEntries(known) };
  }

  /** A guardrail's trace quotes what it found, in the request and in what the model said before it was changed. */
  #trace(trace: JsonObject): void {
    const guardrail = memberOf(trace, 'guardrail');
    for (const signal of traceSignals(guardrail)) this.#book.signal(signal);
    const routed = memberOf(memberOf(trace, 'promptRouter'), 'invokedModelId');
    const known = routed?.kind === 'string' && isModelName(routed.value) ? routed : undefined;
    if (known !== undefined) this.facts = { ...this.facts, model: known.value };
    const except = new Set<JsonNode>(known === undefined ? [] : [known]);
    for (const { key, value } of trace.members) {
      const asked = key.value === 'guardrail' ? memberOf(value, 'inputAssessment') : undefined;
      const quoted = value.kind === 'object' && asked !== undefined ? value.members : [{ key, value }];
      const prefix = asked === undefined ? '~trace/' : '~trace/guardrail/';
      for (const { key: name, value: inner } of quoted) {
        const as = inner === asked ? ({ role: 'user' } as const) : {};
        this.#members.add({ value: inner, name: name.value, prefix, group: undefined, key: name, as, except });
      }
    }
  }

  #others(node: JsonObject, place: string, wanted: (member: string) => boolean): void {
    const prefix = `~${isIdentifier(place) ? place : 'event'}/`;
    for (const { key, value } of node.members) {
      if (wanted(key.value)) this.#members.add({ value, name: key.value, prefix, group: undefined, key });
    }
  }

  #error(): void {
    this.ended = true;
    this.facts = { ...this.facts, error: true };
  }
}

interface Named {
  readonly name: string | undefined;
  readonly said: readonly FrameField[];
}

const BLOCK_MEMBERS: ReadonlySet<string> = new Set(['contentBlockIndex', 'start', 'delta']);
const EVENTS: ReadonlySet<string> = new Set([
  'messageStart',
  'contentBlockStart',
  'contentBlockDelta',
  'contentBlockStop',
  'messageStop',
  'metadata',
]);

/** Events are padded, so that their lengths say nothing. */
function isPadding(member: string, value: string): boolean {
  return member === 'p' && fields.isStructuralInAnswer(member, value);
}

function saidIn(said: readonly FrameField[], name: string): string | undefined {
  for (const field of said) if (field.name === name) return field.value;
  return undefined;
}
