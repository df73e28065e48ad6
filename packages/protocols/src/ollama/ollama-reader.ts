import type { AnswerFacts, Lane, LaneLeaf } from '@sallyport/core';
import {
  isBase64,
  isNull,
  type JsonArray,
  type JsonMember,
  type JsonNode,
  type JsonObject,
  memberOf,
  numberOf,
  stringOf,
} from '@sallyport/wire';
import type { AnswerReader, ReadableEvent } from '../answer/answer-reader.ts';
import { CallBook } from '../answer/call-book.ts';
import type { LaneBook, LaneState } from '../answer/lane-book.ts';
import { MemberLanes } from '../answer/member-lanes.ts';
import { readTokens } from '../answer/read-logprobs.ts';
import { isIdentifier } from '../fields.ts';
import { fields } from './fields.ts';
import type { OllamaRequest } from './parse-request.ts';

/** An answer is one message: all of its texts belong together. */
export const GROUP = 0;
/** Says in a mark that the client got text of the answer itself. */
export const SAYS_CONTENT = 'content';

/** RFC 3339, as the server writes it. */
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;
/** Members of the answer, or of its message, that hold the model's own words. */
const CONTENT: ReadonlySet<string> = new Set(['content', 'response']);
const WORDS: ReadonlySet<string> = new Set([...CONTENT, 'thinking']);
/** What stands in a record for words where an identifier belongs: they are text, and records hold none. */
const NO_IDENTIFIER = 'other';

/** Reads the lines of a stream, or one whole answer, of a conversation, a prompt or vectors. */
export class OllamaReader implements AnswerReader {
  readonly #book: LaneBook;
  readonly #members: MemberLanes;
  readonly #calls: CallBook;
  #callsSeen = 0;
  /** The model's words so far, where the end of the answer says them once more as numbers of tokens. */
  readonly #said: Map<LaneState, string> | undefined;
  /** The line read last is the answer's last one, or reports an error: nothing follows it. */
  ended = false;
  /** Only its own last line ends a stream. */
  readonly complete = false;
  facts: AnswerFacts = {};

  constructor(book: LaneBook, { operation, logprobs }: Pick<OllamaRequest, 'operation' | 'logprobs'>) {
    this.#book = book;
    this.#calls = new CallBook(book);
    this.#said = operation === 'generate' ? new Map() : undefined;
    this.#members = new MemberLanes({
      book,
      fields,
      payloadOf,
      isEchoed: (path) => logprobs && WORDS.has(path.replace(MESSAGE, '')),
    });
  }

  leaves(lane: Lane, text: string): readonly LaneLeaf[] {
    return this.#calls.leaves(lane, text);
  }

  /** @returns what the line says about the answer and was not said before */
  read({ node: root, data }: ReadableEvent): AnswerFacts | undefined {
    if (root.kind !== 'object') return undefined;
    const before = this.facts;
    for (const member of root.members) {
      const { key, value } = member;
      const name = key.value;
      if (fields.isDisguised(name)) this.#book.broken = true;
      if (name === 'message' && !isNull(value)) this.#message(value, data);
      else if (name === 'tool_calls') this.#callList(value, { prefix: '', data });
      else if (WORDS.has(name)) this.#words(member, '');
      else if (name === 'done') this.#done(value);
      else if (!(name === 'created_at' && isTime(value)) && !(name === 'logprobs' && value.kind === 'array')) {
        if (name === 'error' && !isNull(value)) this.#error();
        this.#members.add({ value, name, prefix: '', group: undefined, key });
      }
    }
    this.#repetitions(root);
    this.#learn(root);
    this.#book.turn(GROUP);
    return this.facts === before ? undefined : this.facts;
  }

  /** Every string of a value that is no answer. */
  readOther(root: JsonNode): void {
    this.#members.walk(root, { field: 'error', path: '' }, undefined);
  }

  #message(message: JsonNode, data: string): void {
    if (message.kind !== 'object') {
      this.#book.broken = true;
      return;
    }
    for (const member of message.members) {
      const { key, value } = member;
      const name = key.value;
      if (fields.isDisguised(name)) this.#book.broken = true;
      if (name === 'tool_calls') this.#callList(value, { prefix: MESSAGE, data });
      else if (WORDS.has(name)) this.#words(member, MESSAGE);
      else this.#members.add({ value, name, prefix: MESSAGE, group: GROUP, key });
    }
  }

  #words({ key, value }: JsonMember, prefix: string): void {
    const name = key.value;
    this.#members.add({ value, name, prefix, group: GROUP, key });
    if (value.kind !== 'string' || value.value === '') return;
    if (CONTENT.has(name)) this.#book.mark({ group: GROUP, says: SAYS_CONTENT });
    const state = this.#book.get(prefix + name);
    if (state !== undefined) this.#said?.set(state, (this.#said.get(state) ?? '') + value.value);
  }

  #callList(calls: JsonNode, at: CallPlace): void {
    if (isNull(calls)) return;
    if (calls.kind !== 'array') this.#book.broken = true;
    else for (const call of calls.items) if (!this.#book.broken) this.#call(call, at);
  }

  /** A call comes whole, in one line: what a later line has is another one. */
  #call(call: JsonNode, { prefix, data }: CallPlace): void {
    const called = memberOf(call, 'function');
    if (call.kind !== 'object' || called?.kind !== 'object') {
      this.#book.broken = true;
      return;
    }
    const id = `${prefix}tool_calls/${this.#callsSeen}`;
    this.#callsSeen += 1;
    const state = this.#calls.open({ id, group: GROUP });
    this.#calls.identify(state, stringOf(call, 'id'));
    // The name goes first, wherever it stands: it is what the arguments are judged for.
    const name = memberOf(called, 'name');
    if (name?.kind === 'string') {
      this.#calls.name(state, name.value, { kind: 'literal', start: name.start, end: name.end });
    }
    for (const { key, value } of [...called.members, ...call.members]) {
      if (fields.isDisguised(key.value)) this.#book.broken = true;
      if (value === called || (value === name && value.kind === 'string')) continue;
      if (key.value === 'arguments' && called.members.some((member) => member.key === key)) {
        this.#calls.arguments(state, value, data);
      } else this.#members.add({ value, name: key.value, prefix: `${id}/`, group: GROUP, key });
    }
    this.#book.close((lane) => lane === state.lane);
  }

  #done(done: JsonNode): void {
    // Clients differ in what they take for true: then they differ in where the answer ends.
    if (done.kind !== 'word') this.#book.broken = true;
    else if (done.value === true) this.ended = true;
  }

  #error(): void {
    this.ended = true;
    this.facts = { ...this.facts, error: true };
  }

  /** What says the words of the answer once more: its tokens with their probabilities, and the numbers of its tokens. */
  #repetitions(root: JsonObject): void {
    const logprobs = memberOf(root, 'logprobs');
    if (logprobs?.kind === 'array') {
      const message = memberOf(root, 'message');
      const says = (name: string) => (stringOf(root, name) ?? stringOf(message, name) ?? '') !== '';
      const prefix = message?.kind === 'object' ? MESSAGE : '';
      const content = prefix === MESSAGE ? 'content' : 'response';
      const name = says('thinking') && !says(content) ? 'thinking' : content;
      readTokens({ list: logprobs, group: GROUP, lane: prefix + name, path: 'logprobs' }, this.#book);
    }
    const context = memberOf(root, 'context');
    if (context?.kind === 'array' && context.items.length > 0) this.#context(context);
  }

  /** Only the model can read what was said as numbers: when anything is taken out of the words, all of them go. */
  #context(context: JsonArray): void {
    this.#book.see({ kind: 'unknown', at: '/context', bytes: context.end - context.start });
    for (const [state, text] of this.#said ?? []) {
      const cuts = context.items.map((_, index) => ({ start: 0, end: text.length, list: context, index }));
      this.#book.echo(state, { text, from: state.length - text.length }, { kind: 'elements', cuts });
    }
  }

  #learn(root: JsonObject): void {
    const model = stringOf(root, 'model');
    if (model !== undefined && model !== '' && model !== this.facts.model) {
      if (fields.isStructuralInAnswer('model', model)) this.facts = { ...this.facts, model };
    }
    const reason = stringOf(root, 'done_reason');
    if (reason !== undefined && reason !== '') {
      this.facts = { ...this.facts, finishReasons: [isIdentifier(reason) ? reason : NO_IDENTIFIER] };
    }
    const counts = { inputTokens: numberOf(root, 'prompt_eval_count'), outputTokens: numberOf(root, 'eval_count') };
    const known = Object.entries(counts).filter(([, count]) => count !== undefined);
    if (known.length > 0) this.facts = { ...this.facts, usage: Object.fromEntries(known) };
  }
}

interface CallPlace {
  /** Of the path of its texts. */
  readonly prefix: string;
  /** What the line was parsed from. */
  readonly data: string;
}

const MESSAGE = 'message/';

function isTime(value: JsonNode): boolean {
  return value.kind === 'string' && TIME.test(value.value);
}

/** Pictures in an answer. */
function payloadOf(text: string, field: string): 'image' | undefined {
  return (field === 'images' || field === 'image') && isBase64(text) ? 'image' : undefined;
}
