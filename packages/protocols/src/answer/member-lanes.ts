import type { LaneId, Role, Unseen } from '@sallyport/core';
import {
  isPlainName,
  isTextField,
  type JsonNode,
  mediaOf,
  pointerToken,
  type TextPlace,
  walkTexts,
} from '@sallyport/wire';
import type { Fields } from '../fields.ts';
import type { LaneBook, LaneOpening, PartPlace } from './lane-book.ts';

/** A member of an answer, and whose it is. */
export interface AnswerMember {
  readonly value: JsonNode;
  readonly name: string;
  /** Of the path under which its texts have their lanes. */
  readonly prefix: string;
  /** The choice, block or item that it belongs to; `undefined`: the answer as a whole, whose events repeat what they say. */
  readonly group: number | undefined;
  readonly key: TextPlace['node'];
  readonly as?: TextOwner;
  /** Values that are no texts, as is known of them already. */
  readonly except?: ReadonlySet<JsonNode>;
}

/** Whose words a member holds, where they are not the assistant's. */
export interface TextOwner {
  readonly role?: Role;
  readonly point?: 'output' | 'tool-result';
  readonly tool?: string | undefined;
  readonly fixed?: boolean;
}

export interface MemberLaneParts {
  readonly book: LaneBook;
  readonly fields: Fields;
  /** Content that is no text: its kind where a member holds such, by value, name and path. */
  readonly payloadOf?: (text: string, field: string, path: string) => Unseen['kind'] | undefined;
  /** Lanes whose text another part of the answer repeats, such as log-probabilities. */
  readonly isEchoed?: (path: LaneId) => boolean;
  /** Told of each text that a group says. */
  readonly onText?: (group: number) => void;
  /** How a text of a group reaches its lane, where it is not simply more of it. */
  readonly put?: (opening: LaneOpening, text: string, place: PartPlace) => void;
}

/** Longest path of a text that has a lane of its own: a name may be as long as the answer. */
const OWN_PATH_MAX_CHARS = 512;

/** Gives every text of an answer's members a lane, by its path: whatever is no identifier of the format is text. */
export class MemberLanes {
  readonly #parts: MemberLaneParts;

  constructor(parts: MemberLaneParts) {
    this.#parts = parts;
  }

  /** Every text of a member. */
  add({ value, name, prefix, group, key, as, except }: AnswerMember): void {
    const path = prefix + pointerToken(name);
    if (except?.has(value) === true) return;
    if (value.kind === 'word') {
      if (isPlainName(name)) return;
    } else if (value.kind === 'string' && isPlainName(name)) {
      this.place({ node: value, field: name, path, isKey: false }, group, as);
      return;
    }
    if (!isPlainName(name)) this.place({ node: key, field: name, path, isKey: true }, group, as);
    walkTexts(value, { field: name, path }, (place) => {
      if (except?.has(place.node) !== true) this.place(place, group, as);
    });
  }

  /** Every text of a value that stands at a path. */
  walk(value: JsonNode, from: { readonly field: string; readonly path: string }, group: number | undefined): void {
    walkTexts(value, from, (place) => this.place(place, group));
  }

  place({ node, field, path, isKey }: TextPlace, group: number | undefined, as: TextOwner = {}): void {
    const { book, fields, payloadOf, isEchoed, onText, put } = this.#parts;
    if (node.kind !== 'string' || node.value === '' || book.broken) return;
    const text = node.value;
    if (isKey ? isPlainName(text) : fields.isStructuralInAnswer(field, text)) return;
    const media = isKey || isTextField(field) ? undefined : (payloadOf?.(text, field, path) ?? mediaOf(text));
    if (media !== undefined && media !== 'unknown') {
      book.see({ kind: media, at: `/${path}`, bytes: node.end - node.start });
      return;
    }
    const id = isKey ? `${path}/key` : path;
    const opening = { id, group, field: isKey ? 'key' : field, echoed: isEchoed?.(path) === true, ...as };
    const place = { kind: 'literal', start: node.start, end: node.end } as const;
    const crowded = !book.roomy && !isTextField(field);
    if (id.length > OWN_PATH_MAX_CHARS || (crowded && book.get(id) === undefined)) {
      book.line({ id: group === undefined ? 'rest' : `${group}/rest`, group, field: 'rest', ...as }, text, place);
      return;
    }
    if (group === undefined) book.value(opening, text, place);
    else {
      onText?.(group);
      if (put === undefined) book.text(book.lane(opening), text, place);
      else put(opening, text, place);
    }
  }
}
