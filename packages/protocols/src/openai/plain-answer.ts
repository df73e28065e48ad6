import { Buffer } from 'node:buffer';
import type { AnswerFacts, ErrorCode, ProviderSignal, Refusal } from '@sallyport/core';
import { isNull, type JsonNode, memberOf, numberOf, stringOf } from '@sallyport/wire';
import type { AnswerReader, AnswerVoice, ReadableEvent } from '../answer/answer-reader.ts';
import type { LaneBook } from '../answer/lane-book.ts';
import { MemberLanes } from '../answer/member-lanes.ts';
import type { Fields } from '../fields.ts';
import { isBase64 } from '../media.ts';
import { refusalError } from './errors.ts';
import { errorBody } from './faults.ts';

export interface PlainAnswerParts {
  readonly book: LaneBook;
  readonly fields: Fields;
  /** What a member of the answer says of the provider's guardrails. */
  readonly signalsOf: (name: string, value: JsonNode) => readonly ProviderSignal[];
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
    const { book, fields, signalsOf } = this.#parts;
    let failed = false;
    for (const { key, value } of root.members) {
      if (fields.isDisguised(key.value)) book.broken = true;
      for (const signal of signalsOf(key.value, value)) book.signal(signal);
      failed ||= key.value === 'error' && !isNull(value);
      this.#members.add({ value: withoutVectors(value), name: key.value, prefix: '', group: undefined, key });
    }
    return { ...identity(root, fields), ...usageOf(memberOf(root, 'usage')), ...(failed && { error: true }) };
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

/** A list of embeddings without the vectors that stand in it as base64. */
function withoutVectors(value: JsonNode): JsonNode {
  if (value.kind !== 'array') return value;
  const items = value.items.map((item) => {
    if (item.kind !== 'object') return item;
    const members = item.members.filter(({ key, value: held }) => {
      return !(key.value === 'embedding' && held.kind === 'string' && isBase64(held.value));
    });
    return { ...item, members };
  });
  return { ...value, items };
}

function identity(root: JsonNode, fields: Fields): AnswerFacts {
  const said = (name: string) => {
    const value = stringOf(root, name) ?? '';
    return value !== '' && fields.isStructuralInAnswer(name, value) ? value : undefined;
  };
  const [id, model] = [said('id'), said('model')];
  return { ...(id !== undefined && { id }), ...(model !== undefined && { model }) };
}

function usageOf(usage: JsonNode | undefined): AnswerFacts {
  const inputTokens = numberOf(usage, 'prompt_tokens');
  return inputTokens === undefined ? {} : { usage: { inputTokens } };
}
