import { isNull, type JsonObject, memberOf, stringOf } from '@sallyport/wire';
import { LANES_MAX, type LaneBook } from '../answer/lane-book.ts';

/** An item as the answer has told it so far. */
export interface ToldItem {
  readonly id: string | undefined;
  readonly type: string | undefined;
  readonly name: string | undefined;
  /** Types of the parts of its content, by index. */
  readonly parts: Map<number, string>;
}

/** Items that one answer may have: what has more is made to exhaust. */
const ITEMS_MAX = 4_096;

const NUMBERS = ['output_index', 'content_index', 'summary_index'] as const;

/** Where the texts of events belong: the items of one answer, by number and by id. */
export class OutputPlaces {
  readonly #book: LaneBook;
  readonly #indexes = new Map<string, number>();
  readonly #forms = new Map<string, string>();
  readonly items = new Map<number, ToldItem>();

  constructor(book: LaneBook) {
    this.#book = book;
  }

  tell(index: number, item: Omit<ToldItem, 'parts'>): void {
    if (this.items.size >= ITEMS_MAX) this.#book.broken = true;
    else if (!this.items.has(index)) this.items.set(index, { ...item, parts: new Map() });
  }

  /** Where the events of an item stand. Who goes by ids would read another text than who goes by numbers. */
  bind(id: string | undefined, index: number): void {
    if (id === undefined || id === '') return;
    const known = this.#indexes.get(id);
    if (known === undefined) this.#indexes.set(id, index);
    else if (known !== index) this.#book.broken = true;
    if (this.#indexes.size > ITEMS_MAX) this.#book.broken = true;
  }

  /**
   * All pieces of a text say where it belongs in the same way: under another id, or without one, it is another text to some
   * clients. The item itself may have an id of its own: some servers give it one, and it is told as a whole.
   * @param text names the text within the answer
   */
  piece(root: JsonObject, text: string): void {
    const numbers = NUMBERS.filter((name) =>
      root.members.some(({ key, value }) => key.value === name && !isNull(value)),
    );
    const form = `${numbers.join(' ')} ${stringOf(root, 'item_id') ?? ''}`;
    const known = this.#forms.get(text);
    if (known === undefined) this.#forms.set(text, form);
    else if (known !== form) this.#book.broken = true;
    if (this.#forms.size > LANES_MAX) this.#book.broken = true;
  }

  /** The output that an event is about: by its number, else by the id of an item that was told. */
  indexOf(root: JsonObject): number | undefined {
    const id = stringOf(root, 'item_id') ?? '';
    const index = this.numberIn(root, 'output_index') ?? this.#indexes.get(id);
    if (index !== undefined) this.bind(id, index);
    else if (id !== '') this.#book.broken = true;
    return index;
  }

  /** The number of a part within its item; the first unless it is said. */
  partOf(root: JsonObject, list: string): number {
    return this.numberIn(root, list === 'summary' ? 'summary_index' : 'content_index') ?? 0;
  }

  /** Clients differ in what a number is that is none. */
  numberIn(root: JsonObject, name: string): number | undefined {
    const node = memberOf(root, name);
    if (node === undefined || isNull(node)) return undefined;
    if (node.kind === 'number' && Number.isSafeInteger(node.value) && node.value >= 0) return node.value;
    this.#book.broken = true;
    return undefined;
  }
}
