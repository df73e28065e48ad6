import type { Lane, LaneLeaf } from '@sallyport/core';
import { isNull, type JsonNode, type JsonObject, type JsonString, walkTexts } from '@sallyport/wire';
import type { LaneBook } from '../answer/lane-book.ts';
import { MemberLanes, type TextOwner } from '../answer/member-lanes.ts';
import { CallReader } from './call-reader.ts';
import { fields, isDisguised, noFields } from './fields.ts';
import { mediaIn } from './media-in.ts';
import { partKind } from './part-kind.ts';
import { toolOf } from './read-parts.ts';
import { SAYS_TEXT } from './refusals.ts';
import { camelCase, memberIn } from './spelling.ts';

/** Reads the parts of one answer's candidates. Parts that follow one another are one text, whatever events they come in. */
export class PartReader {
  readonly #book: LaneBook;
  readonly #echoed: boolean;
  readonly #members: MemberLanes;
  /** For values that are nobody's format. */
  readonly #free: MemberLanes;
  readonly #calls: CallReader;
  /** Parts that each candidate has had. */
  readonly #counts = new Map<number, number>();

  /** @param echoed log-probabilities repeat the text */
  constructor(book: LaneBook, echoed: boolean) {
    this.#book = book;
    this.#echoed = echoed;
    this.#members = new MemberLanes({ book, fields });
    this.#free = new MemberLanes({ book, fields: noFields });
    this.#calls = new CallReader(book, this.#members);
  }

  leaves(lane: Lane, text: string): readonly LaneLeaf[] {
    return this.#calls.leaves(lane, text);
  }

  /** A candidate has ended: its texts and calls are final. */
  end(candidate: number): void {
    this.#calls.end(candidate);
    this.#book.close((lane) => lane.group === candidate);
  }

  read(part: JsonNode, candidate: number, data: string): void {
    if (part.kind !== 'object' || isDisguised(part)) {
      this.#book.broken = true;
      return;
    }
    const at = { candidate, part: this.#counts.get(candidate) ?? 0, data };
    this.#counts.set(candidate, at.part + 1);
    for (const { key, value } of part.members) {
      const name = camelCase(key.value);
      if (isNull(value)) continue;
      if (name === 'text') this.#text(part, value, candidate);
      else if (name === 'functionCall') this.#calls.read({ ...at, node: value });
      else this.#member({ name, value, key }, at);
    }
  }

  #text(part: JsonObject, value: JsonNode, candidate: number): void {
    const thought = memberIn(part, 'thought');
    if (value.kind !== 'string' || (thought !== undefined && thought.kind !== 'word')) {
      this.#book.broken = true;
      return;
    }
    if (value.value === '') return;
    const isThought = thought?.kind === 'word' && thought.value === true;
    const field = isThought ? 'thought' : 'text';
    const lane = this.#book.lane({
      id: `${candidate}/${field}`,
      group: candidate,
      field,
      echoed: this.#echoed && !isThought,
    });
    this.#book.text(lane, value.value, { kind: 'literal', start: value.start, end: value.end });
    if (!isThought) this.#book.mark({ group: candidate, says: SAYS_TEXT });
  }

  /** A part of another kind, or one that nobody knows: whatever it says is looked at. */
  #member({ name, value, key }: PartMember, { candidate, part }: PartPlace): void {
    const kind = partKind(name);
    const path = `${candidate}/${part}/${name}`;
    if (isDisguised(value)) this.#book.broken = true;
    if (kind === undefined) this.#book.see({ kind: 'unknown', at: `/${path}`, bytes: value.end - value.start });
    const { places, encoded } = mediaIn(name, value, `/${path}`);
    for (const { kind: media, path: at, bytes } of places) {
      this.#book.see({ kind: media, at, bytes: bytes === undefined ? 0 : bytes.end - bytes.start });
    }
    const as: TextOwner = kind === 'result' ? { point: 'tool-result', role: 'tool', tool: toolOf(name, value) } : {};
    const except = new Set<JsonNode>([...places.flatMap(({ bytes }) => bytes ?? []), ...encoded]);
    const free = freeIn(name, value);
    const group = candidate;
    // Detectors know base64 when they see it; an edit of it would leave no file behind.
    for (const [index, node] of encoded.entries()) {
      const own = { ...as, fixed: true };
      this.#free.add({ value: node, name: `data${index}`, prefix: `${path}/`, group, key, as: own });
    }
    if (free !== undefined) {
      walkTexts(free, { field: name, path: '' }, ({ node }) => except.add(node));
      this.#free.add({ value: free, name: 'value', prefix: `${path}/`, group, key, as });
    }
    this.#members.add({ value, name, prefix: `${candidate}/${part}/`, group, key, as, except });
  }
}

interface PartMember {
  readonly name: string;
  readonly value: JsonNode;
  readonly key: JsonString;
}

interface PartPlace {
  readonly candidate: number;
  readonly part: number;
}

/** What of a part is a value of its own, in which nothing is an id of this protocol. */
function freeIn(name: string, value: JsonNode): JsonNode | undefined {
  if (name === 'partMetadata') return value;
  return partKind(name) === 'call' ? memberIn(value, 'args') : memberIn(value, 'response');
}
