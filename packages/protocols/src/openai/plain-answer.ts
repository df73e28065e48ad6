import { Buffer } from 'node:buffer';
import type { AnswerFacts, ErrorCode, ProviderSignal, Refusal } from '@sallyport/core';
import { isNull, type JsonNode, memberOf, stringOf } from '@sallyport/wire';
import type { AnswerReader, AnswerVoice, ReadableEvent } from '../answer/answer-reader.ts';
import type { LaneBook } from '../answer/lane-book.ts';
import { MemberLanes } from '../answer/member-lanes.ts';
import type { Fields } from '../fields.ts';
import { answerSignals } from './answer-signals.ts';
import { refusalError } from './errors.ts';
import { errorBody } from './faults.ts';
import { usageOf } from './usage.ts';

export interface PlainAnswerParts {
  readonly book: LaneBook;
  readonly fields: Fields;
  /** What a member of the answer says of the provider's guardrails, beside what members of any answer say. */
  readonly signalsOf?: ((name: string, value: JsonNode) => readonly ProviderSignal[]) | undefined;
  /** A member without what the protocol's form alone puts there; by default all of it is read. */
  readonly textsOf?: ((name: string, value: JsonNode) => JsonNode) | undefined;
}

/** Reads an answer in which nothing is generated: whatever words it holds are looked at all the same. */
export class PlainReader implements AnswerReader {
  readonly #parts: PlainAnswerParts;
  readonly #members: MemberLanes;
  readonly ended = false;
  readonly complete = false;

  constructor(parts: PlainAnswerParts) {
    this.#parts = parts;
    this.#members = new MemberLanes(parts);
  }

  read({ node: root }: ReadableEvent): AnswerFacts | undefined {
    if (root.kind !== 'object') return undefined;
    const { book, fields, signalsOf, textsOf } = this.#parts;
    let failed = false;
    for (const { key, value } of root.members) {
      const name = key.value;
      if (fields.isDisguised(name)) book.broken = true;
      for (const signal of answerSignals(name, value)) book.signal(signal);
      for (const signal of signalsOf?.(name, value) ?? []) book.signal(signal);
      failed ||= name === 'error' && !isNull(value);
      this.#members.add({ value: textsOf?.(name, value) ?? value, name, prefix: '', group: undefined, key });
    }
    const usage = memberOf(root, 'usage');
    return {
      ...identity(root, fields),
      ...(usage?.kind === 'object' && { usage: usageOf(usage) }),
      ...(failed && { error: true }),
    };
  }

  readOther(root: JsonNode): void {
    this.#members.walk(root, { field: 'error', path: '' }, undefined);
  }

  leaves(): readonly [] {
    return [];
  }
}

/** What the gateway says in the place of such an answer: there is no refusal in it, so that it is an error. */
export const plainVoice: AnswerVoice = {
  refuse: (refusal: Refusal) => Buffer.from(JSON.stringify(refusalError(refusal))),
  fault: (code: ErrorCode) => Buffer.from(JSON.stringify(errorBody(code))),
};

function identity(root: JsonNode, fields: Fields): AnswerFacts {
  const said = (name: string) => {
    const value = stringOf(root, name) ?? '';
    return value !== '' && fields.isStructuralInAnswer(name, value) ? value : undefined;
  };
  const [id, model] = [said('id'), said('model')];
  return { ...(id !== undefined && { id }), ...(model !== undefined && { model }) };
}
