import type { AnswerFacts } from '@sallyport/core';
import { isNull, type JsonArray, type JsonNode, type JsonObject, memberOf, numberOf, stringOf } from '@sallyport/wire';
import { isBase64, mediaOf } from '../media.ts';
import { pointerToken, type TextPlace, walkTexts } from '../walk-texts.ts';
import { CallReader } from './call-reader.ts';
import type { TemplateMatch } from './event-template.ts';
import { isDisguised, isIdentifier, isPlainName, isStructuralInAnswer, isTextField } from './fields.ts';
import { indexOf } from './index-of.ts';
import type { LaneBook } from './lane-book.ts';
import { readTokens } from './read-logprobs.ts';

/** Who a text of the answer belongs to. */
interface Owner {
  readonly choice: number | undefined;
}

/** How an answer is read. */
export interface Reading {
  /** Log-probabilities were asked for, so that texts wait for the tokens that repeat them. */
  readonly logprobs: boolean;
  /** The member of a choice that a client of this answer reads. Where the other stands too, it is a text of its own. */
  readonly carrier: 'delta' | 'message';
}

/** How many events said something of a choice, and how it ended. */
export interface ChoiceState {
  texts: number;
  ends: number;
  reason: string | undefined;
}

/** Choices that one answer may have: what has more is made to exhaust. */
const CHOICES_SEEN_MAX = 1024;
/** Longest path of a text that has a lane of its own: a name may be as long as the answer. */
const OWN_PATH_MAX_CHARS = 512;
const ANSWER: Owner = { choice: undefined };

/** Reads chunks of a stream, or one whole completion: every text of every choice goes to its lane. */
export class ChunkReader {
  readonly #book: LaneBook;
  readonly #logprobs: boolean;
  readonly #carrier: Reading['carrier'];
  /** Indexes of the choices in order, while no choice is new. */
  #ordered: readonly number[] = [];
  readonly calls: CallReader;
  /** Choices that were seen, by index. */
  readonly choices = new Map<number, ChoiceState>();
  /** The provider reported an error in band. */
  errored = false;
  created: number | undefined;
  facts: AnswerFacts = {};

  constructor(book: LaneBook, { logprobs, carrier }: Reading) {
    this.#book = book;
    this.#logprobs = logprobs;
    this.#carrier = carrier;
    this.calls = new CallReader(book);
  }

  /** @returns what the chunk says about the answer and was not said before */
  read(root: JsonObject, data: string): AnswerFacts | undefined {
    const before = this.facts;
    for (const { key, value } of root.members) {
      const name = key.value;
      if (isDisguised(name)) this.#book.broken = true;
      if (name === 'choices' && value.kind === 'array') {
        for (const [at, choice] of value.items.entries()) if (!this.#book.broken) this.#choice(choice, at, data);
        continue;
      }
      // What only some clients take for a list of choices may hold calls that nobody decided.
      if (name === 'choices' && !isNull(value)) this.#book.broken = true;
      if (name === 'usage') this.#usage(value);
      else if (name === 'error' && !isNull(value)) this.#error();
      // A name in digits would look like a choice.
      this.#unknown(value, { name, prefix: /^\d/.test(name) ? '~/' : '', owner: ANSWER, key });
    }
    this.#identify(root);
    return this.facts === before ? undefined : this.facts;
  }

  /** The same again, with another text in the same lane. */
  again({ lane, choice, text, start, end }: TemplateMatch): void {
    this.#mark(choice);
    this.#book.text(lane, text, { kind: 'literal', start, end });
    this.#book.turn(choice);
  }

  /** Every string of a value that is not a completion, such as an error's body. */
  readOther(root: JsonNode): void {
    walkTexts(root, { field: 'error', path: '' }, (place) => this.#place(place, ANSWER));
  }

  #identify(root: JsonObject): void {
    const { id, model, fingerprint } = this.facts;
    this.created ??= numberOf(root, 'created');
    const said = {
      id: identifierOf(root, 'id'),
      model: identifierOf(root, 'model'),
      fingerprint: identifierOf(root, 'system_fingerprint'),
    };
    if (said.id !== '' && said.id !== id) this.facts = { ...this.facts, id: said.id };
    if (said.model !== '' && said.model !== model) this.facts = { ...this.facts, model: said.model };
    if (said.fingerprint !== '' && said.fingerprint !== fingerprint) {
      this.facts = { ...this.facts, fingerprint: said.fingerprint };
    }
  }

  #error(): void {
    this.errored = true;
    this.facts = { ...this.facts, error: true };
  }

  #usage(usage: JsonNode): void {
    if (usage.kind !== 'object') return;
    const counts = {
      inputTokens: numberOf(usage, 'prompt_tokens'),
      outputTokens: numberOf(usage, 'completion_tokens'),
      cachedTokens: numberOf(memberOf(usage, 'prompt_tokens_details'), 'cached_tokens'),
      reasoningTokens: numberOf(memberOf(usage, 'completion_tokens_details'), 'reasoning_tokens'),
    };
    const known = Object.entries(counts).filter(([, count]) => count !== undefined);
    this.facts = { ...this.facts, usage: Object.fromEntries(known) };
  }

  #choice(choice: JsonNode, at: number, data: string): void {
    const index = indexOf(choice, at);
    if (index === undefined) {
      this.#book.broken = true;
      return;
    }
    const owner = { choice: index };
    if (this.choices.size >= CHOICES_SEEN_MAX) this.#book.broken = true;
    else if (!this.choices.has(index)) {
      this.choices.set(index, { texts: 0, ends: 0, reason: undefined });
      this.#ordered = [...this.choices.keys()].sort((a, b) => a - b);
    }
    if (choice.kind !== 'object') {
      walkTexts(choice, { field: 'choices', path: `${index}` }, (place) => this.#place(place, owner));
      return;
    }
    for (const { key, value } of choice.members) {
      const name = key.value;
      if (isDisguised(name)) this.#book.broken = true;
      if (name === 'logprobs' && value.kind === 'object') continue;
      // `~` begins no token of a path: what stands here is never taken for the same member of the message.
      if ((name === 'delta' || name === 'message') && value.kind === 'object') {
        this.#message(value, { index, data, prefix: name === this.#carrier ? `${index}/` : `${index}/~${name}/` });
      } else this.#unknown(value, { name, prefix: `${index}/~choice/`, owner, key });
    }
    const logprobs = memberOf(choice, 'logprobs');
    if (logprobs?.kind === 'object') this.#tokens(logprobs, index);
    const reason = stringOf(choice, 'finish_reason');
    if (reason !== undefined && reason !== '') this.#finish(index, reason);
    else this.#book.turn(index);
  }

  #finish(index: number, reason: string): void {
    const state = this.choices.get(index);
    if (state !== undefined) {
      state.ends += 1;
      state.reason = isIdentifier(reason) ? reason : NO_IDENTIFIER;
      this.#book.mark({ choice: index, says: 'end' });
    }
    const finishReasons = this.#ordered.flatMap((each) => this.choices.get(each)?.reason ?? []);
    this.facts = { ...this.facts, finishReasons };
    this.#book.close((lane) => lane.choice === index);
  }

  #message(message: JsonObject, { index, data, prefix }: MessageAt): void {
    const owner = { choice: index };
    for (const { key, value } of message.members) {
      const name = key.value;
      const callsOnly = (name === 'tool_calls' || name === 'function_call') && !isNull(value);
      if (name === 'tool_calls' && value.kind === 'array') this.#calls(value, { index, data, prefix });
      else if (name === 'function_call' && value.kind === 'object') {
        this.#call(value, { id: `${prefix}function_call`, index, data });
      } else if (callsOnly || isDisguised(name)) this.#book.broken = true;
      else {
        const apart = name === 'logprobs' ? `${prefix}~message/` : prefix;
        this.#unknown(value, { name, prefix: apart, owner, key });
      }
    }
    if (prefix !== `${index}/`) return;
    this.#citations(memberOf(message, 'annotations'), stringOf(message, 'content'), index);
  }

  /** Citations say where in the text they stand: they move with it. Their words are read like those of any member. */
  #citations(annotations: JsonNode | undefined, content: string | undefined, choice: number): void {
    if (annotations?.kind !== 'array' || content === undefined || content === '') return;
    const numbers = annotations.items.flatMap((annotation) => {
      const citation = memberOf(annotation, 'url_citation');
      const range = [memberOf(citation, 'start_index'), memberOf(citation, 'end_index')];
      return range.flatMap((node) => (node?.kind === 'number' && Number.isSafeInteger(node.value) ? [node] : []));
    });
    const lane = this.#book.get(`${choice}/content`);
    // Only an answer that has its whole text in one piece knows where the numbers point.
    if (lane === undefined || lane.length !== content.length || numbers.length === 0) return;
    this.#book.echo(lane, { text: content, from: 0 }, { kind: 'offsets', numbers });
  }

  #calls(list: JsonArray, { index, data, prefix }: MessageAt): void {
    for (const [position, call] of list.items.entries()) {
      if (this.#book.broken) return;
      const number = this.calls.number({ call, position, choice: index });
      const id = `${prefix}tool_calls/${number}`;
      this.#call(call, { id, index, data });
    }
  }

  #call(call: JsonNode, at: { readonly id: string; readonly index: number; readonly data: string }): void {
    const owner = { choice: at.index };
    this.#mark(at.index);
    const rest = this.calls.read(call, { id: at.id, choice: at.index, data: at.data });
    for (const { key, value } of rest) this.#unknown(value, { name: key.value, prefix: `${at.id}/`, owner, key });
  }

  #tokens(logprobs: JsonObject, choice: number): void {
    for (const { key, value } of logprobs.members) {
      const name = key.value;
      if (value.kind === 'array' && (name === 'content' || name === 'refusal')) {
        readTokens({ list: value, choice, name }, this.#book);
      } else this.#unknown(value, { name, prefix: `${choice}/logprobs/`, owner: { choice }, key });
    }
  }

  /** Every text of a member, each in the lane of its path. */
  #unknown(value: JsonNode, { name, prefix, owner, key }: Member): void {
    const path = prefix + pointerToken(name);
    if (value.kind === 'word') {
      if (isPlainName(name)) return;
    } else if (value.kind === 'string' && isPlainName(name)) {
      this.#place({ node: value, field: name, path, isKey: false }, owner);
      return;
    }
    if (!isPlainName(name)) this.#place({ node: key, field: name, path, isKey: true }, owner);
    walkTexts(value, { field: name, path }, (place) => this.#place(place, owner));
  }

  #place({ node, field, path, isKey }: TextPlace, owner: Owner): void {
    if (node.kind !== 'string' || node.value === '' || this.#book.broken) return;
    const text = node.value;
    if (isKey ? isPlainName(text) : isStructuralInAnswer(field, text)) return;
    const media = isKey || isTextField(field) ? undefined : payloadOf(text, field, path);
    if (media !== undefined) {
      this.#book.see({ kind: media, at: `/${path}`, bytes: node.end - node.start });
      return;
    }
    const id = isKey ? `${path}/key` : path;
    const { choice } = owner;
    const echoed = this.#logprobs && (path === `${choice}/content` || path === `${choice}/refusal`);
    const opening = { id, choice, field: isKey ? 'key' : field, echoed };
    const place = { kind: 'literal', start: node.start, end: node.end } as const;
    const crowded = !this.#book.roomy && !isTextField(field);
    if (id.length > OWN_PATH_MAX_CHARS || (crowded && this.#book.get(id) === undefined)) {
      this.#book.line({ id: choice === undefined ? 'rest' : `${choice}/rest`, choice, field: 'rest' }, text, place);
      return;
    }
    if (choice === undefined) this.#book.value(opening, text, place);
    else {
      this.#mark(choice);
      this.#book.text(this.#book.lane(opening), text, place);
    }
  }

  #mark(choice: number): void {
    const state = this.choices.get(choice);
    if (state === undefined) return;
    state.texts += 1;
    this.#book.mark({ choice, says: 'text' });
  }
}

interface MessageAt {
  readonly index: number;
  readonly data: string;
  /** Of the paths of its texts. */
  readonly prefix: string;
}

interface Member {
  readonly name: string;
  readonly prefix: string;
  readonly owner: Owner;
  readonly key: TextPlace['node'];
}

/** Sound and pictures in an answer. */
function payloadOf(text: string, field: string, path: string): 'image' | 'audio' | 'file' | undefined {
  if (field === 'data' && path.endsWith('audio/data') && isBase64(text)) return 'audio';
  if (field === 'b64_json' && isBase64(text)) return 'image';
  const media = mediaOf(text);
  return media === 'unknown' ? undefined : media;
}

/** What stands in a record for words where an identifier belongs: they are text, and records hold none. */
const NO_IDENTIFIER = 'other';

function identifierOf(root: JsonObject, field: string): string {
  const value = stringOf(root, field) ?? '';
  return isStructuralInAnswer(field, value) ? value : '';
}
