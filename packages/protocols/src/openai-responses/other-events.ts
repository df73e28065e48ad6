import { isBase64, type JsonMember, type JsonNode, type JsonObject, type JsonString } from '@sallyport/wire';
import type { LaneBook } from '../answer/lane-book.ts';
import type { MemberLanes } from '../answer/member-lanes.ts';
import { type CallEvent, callEvent } from './event-rows.ts';
import type { CallPlace, ItemCalls } from './item-calls.ts';
import { isOfFormat, itemKind } from './item-kinds.ts';
import type { OutputPlaces } from './output-places.ts';

interface OtherEventsParts {
  readonly book: LaneBook;
  readonly calls: ItemCalls;
  readonly members: MemberLanes;
  readonly places: OutputPlaces;
}

interface OtherAt {
  readonly index: number | undefined;
  /** The event's data. */
  readonly data: string;
}

export interface OtherEventAt extends OtherAt {
  readonly said: ReadonlySet<JsonNode>;
}

interface CallOf extends CallEvent {
  /** Tells several texts of one kind apart. */
  readonly which: string;
}

/** Members of an event that say where its text belongs, and never hold one. */
const PLACES: ReadonlySet<string> = new Set([
  'sequence_number',
  'output_index',
  'content_index',
  'summary_index',
  'annotation_index',
]);
const SOUND = 'response.audio.delta';

/** Reads events, and members of events, that nobody here knows: the protocol grows faster than its clients wait. */
export class OtherEvents {
  readonly #parts: OtherEventsParts;

  constructor(parts: OtherEventsParts) {
    this.#parts = parts;
  }

  /** @param said values that were read already */
  read(type: string, root: JsonObject, { said, ...at }: OtherEventAt): void {
    const call = callEvent(type);
    if (call?.more === true) this.#parts.places.piece(root, `${at.index ?? '~'}/${type}`);
    const which = call === undefined ? '' : whichOf(root);
    for (const member of root.members) {
      if (said.has(member.value)) continue;
      if (call !== undefined && !isOfFormat(member)) this.#call({ ...call, which }, member, at);
      else this.#member(type, member, at);
    }
  }

  #member(type: string, { key, value }: JsonMember, at: OtherAt): void {
    const { members, book } = this.#parts;
    const name = key.value;
    if (PLACES.has(name) && value.kind !== 'string') return;
    if (name === 'delta' && value.kind === 'string') {
      if (type !== SOUND || !isBase64(value.value)) this.#grow(type, value, at);
      else book.see({ kind: 'audio', at: '/delta', bytes: value.end - value.start });
    } else members.add({ value, name, prefix: '~event/', group: undefined, key });
  }

  /** A piece, or all, of what a tool is called with, in an event of a kind that comes with a tool nobody knows. */
  #call({ itemType, member, more, isResult, which }: CallOf, { key, value }: JsonMember, at: OtherAt): void {
    const { calls, members, book } = this.#parts;
    const index = at.index ?? 0;
    book.mark({ group: index, says: 'text' });
    const tool = this.#toolOf(itemType, index);
    const name = key.value;
    if (isResult) {
      const as = { role: 'tool', point: 'tool-result', tool } as const;
      members.add({ value, name, prefix: `${index}/~${member}${which}/`, group: index, key, as });
      return;
    }
    const grows = more && (name === 'delta' || name === member);
    const place: CallPlace = {
      index,
      member: `${grows ? member : name}${which}`,
      form: itemKind(itemType).calls.get(member) === 'json' ? 'json' : 'text',
    };
    if (tool !== undefined) calls.begin(place, tool);
    if (grows) calls.more(place, value, at.data);
    else calls.whole(place, value, at.data);
  }

  #toolOf(itemType: string, index: number): string | undefined {
    const told = this.#parts.places.items.get(index);
    return (told?.type === itemType ? told.name : undefined) ?? itemKind(itemType).tool;
  }

  /** Text of a kind that this protocol doesn't have yet. What grows in the middle of a call is a part of that call. */
  #grow(type: string, value: JsonString, { index, data }: OtherAt): void {
    const { book, calls, places } = this.#parts;
    if (index !== undefined) book.mark({ group: index, says: 'text' });
    const told = index === undefined ? undefined : places.items.get(index);
    if (index !== undefined && told !== undefined && itemKind(told.type).isCall) {
      const at = { index, member: `~${type}`, form: 'text' } as const;
      const tool = told.name ?? itemKind(told.type).tool;
      if (tool !== undefined) calls.begin(at, tool);
      calls.more(at, value, data);
      return;
    }
    const lane = book.lane({ id: `${index ?? '~'}/~${type}`, group: index, field: 'delta' });
    book.text(lane, value.value, { kind: 'literal', start: value.start, end: value.end });
  }
}

/** Which of several texts of its kind an event goes on with, such as the second of a shell's commands. */
function whichOf(root: JsonObject): string {
  let which = '';
  for (const { key, value } of root.members) {
    if (key.value.endsWith('_index') && !PLACES.has(key.value) && value.kind === 'number') which += `/${value.value}`;
  }
  return which;
}
