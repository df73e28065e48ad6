import { encodeLiteral, type JsonNode, memberOf, numberOf } from '@sallyport/wire';
import { MESSAGES, textsOf } from './event-texts.ts';

/** Characters of a text that was told, before which more of it is judged; what is as long is joined whole with what follows. */
export const TOLD_TAIL_CHARS = 512;

/** Keeps texts apart that are not one, where adjacent ones are read as such. */
const APART = '\n';

/** A text within an event. */
interface Piece {
  readonly text: HeldText;
  readonly chars: number;
}

interface HeldEvent {
  /** JSON, with nothing where its texts stand. */
  readonly json: string;
  readonly pieces: readonly Piece[];
}

/** An artifact's text, or a message's. */
interface HeldText {
  readonly lane: string;
  readonly chunks: string[];
  /** Chunks of which the client was told. */
  told: number;
}

/** Where in a list of texts one is. */
interface Place {
  readonly index: number;
  readonly chars: number;
  /** Where it stands once more, below what was told before it. */
  readonly below?: number;
}

interface Batch {
  readonly events: readonly HeldEvent[];
  readonly places: ReadonlyMap<HeldText, Place>;
}

/**
 * What an agent answers, an event or many. It goes through the wall as its texts, each joined over all events that carry it, and the
 * events without them: so that what is split over two events is judged as what it is. Events wait while a text of any of them isn't
 * whole, and the client gets them as they came, with what became of the texts.
 */
export class HeldAnswer {
  readonly #events: HeldEvent[] = [];
  readonly #texts: HeldText[] = [];
  readonly #artifacts = new Map<string, HeldText>();
  /** The end of what was told, by lane. */
  readonly #tails = new Map<string, string>();
  /** Texts of which something waits. */
  readonly #fresh = new Set<HeldText>();
  readonly #open = new Set<string>();
  readonly #batches: Batch[] = [];
  #told = 0;
  #arrived = 0;
  #whole: Batch | undefined;

  /** Some text of the events that wait is not whole. */
  get isOpen(): boolean {
    return this.#open.size > 0;
  }

  get holds(): boolean {
    return this.#told < this.#events.length;
  }

  /** It was told event by event. */
  get isStream(): boolean {
    return this.#batches.length > 0;
  }

  /** Something of it was told and has not arrived: policy stopped it. */
  get isStopped(): boolean {
    return this.#arrived < this.#batches.length;
  }

  /** @param text what the event was parsed from */
  take(event: JsonNode, text: string): void {
    const { texts, opens, closes, closesAll } = textsOf(event);
    const pieces: Piece[] = [];
    let json = '';
    let at = event.start;
    for (const { lane, node } of texts) {
      json += `${text.slice(at, node.start)}""`;
      at = node.end;
      const held = this.#text(lane);
      held.chunks.push(node.value);
      this.#fresh.add(held);
      pieces.push({ text: held, chars: node.value.length });
    }
    this.#events.push({ json: json + text.slice(at, event.end), pieces });
    if (texts.length > 0) for (const lane of opens) this.#open.add(lane);
    for (const lane of closes) this.#open.delete(lane);
    if (closesAll) this.#open.clear();
  }

  /** All that waits, as JSON: the end of what the client knows of each text stands before it. */
  tell(): string {
    const events = this.#events.slice(this.#told);
    this.#told = this.#events.length;
    this.#open.clear();
    const texts: string[] = [];
    const places = new Map<HeldText, Place>();
    for (const text of this.#fresh) {
      const own = text.chunks.slice(text.told).join('');
      text.told = text.chunks.length;
      const tail = this.#tails.get(text.lane) ?? '';
      // Where a text goes on, its parts are one word; what is another message begins another line.
      if (texts.length > 0) texts.push(APART);
      if (tail !== '') texts.push(tail);
      const index = texts.push(own) - 1;
      const isBelow = tail !== '' && text.lane === MESSAGES;
      const below = isBelow ? { below: texts.push(APART, `${tail}\n${own}`) - 1 } : {};
      places.set(text, { index, chars: own.length, ...below });
      this.#tails.set(text.lane, tailOf(isBelow ? `${tail}\n${own}` : tail + own));
    }
    this.#fresh.clear();
    this.#batches.push({ events, places });
    return written({ batch: this.#batches.length - 1, texts, events });
  }

  /** The whole answer, as JSON. */
  whole(): string {
    const places = new Map<HeldText, Place>();
    const texts = this.#texts.map((held, index) => {
      const text = held.chunks.join('');
      places.set(held, { index, chars: text.length });
      return text;
    });
    this.#whole = { events: this.#events, places };
    return written({ batch: this.#batches.length, texts, events: this.#events });
  }

  /**
   * The events that were told, JSON, with their texts as they came through; none once something of the answer was stopped.
   * @param text what `told` was parsed from
   */
  arrived(told: JsonNode, text: string): readonly string[] {
    const number = numberOf(told, 'batch');
    if (number !== this.#arrived) return [];
    const batch = this.#batches[number] ?? this.#whole;
    if (batch === undefined) return [];
    if (number < this.#batches.length) this.#arrived += 1;
    return restored(batch, told, text);
  }

  #text(lane: string): HeldText {
    const known = this.#artifacts.get(lane);
    if (known !== undefined) return known;
    const text = { lane, chunks: [], told: 0 };
    this.#texts.push(text);
    if (lane !== MESSAGES) this.#artifacts.set(lane, text);
    return text;
  }
}

/** Never begins within a character. */
function tailOf(text: string): string {
  const tail = text.slice(-TOLD_TAIL_CHARS);
  return tail.isWellFormed() ? tail : tail.slice(1);
}

interface Written {
  readonly batch: number;
  readonly texts: readonly string[];
  readonly events: readonly HeldEvent[];
}

function written({ batch, texts, events }: Written): string {
  const all = events.map(({ json }) => json).join(',');
  return `{"batch":${batch},"texts":[${texts.map((text) => encodeLiteral(text)).join(',')}],"events":[${all}]}`;
}

/** Puts the texts where they stood: in pieces where nothing of them changed, else whole where they began. */
function restored({ events, places }: Batch, told: JsonNode, text: string): readonly string[] {
  const texts = memberOf(told, 'texts');
  const nodes = memberOf(told, 'events');
  if (texts?.kind !== 'array' || nodes?.kind !== 'array') return [];
  const textAt = (index: number) => {
    const node = texts.items[index];
    return node?.kind === 'string' ? node.value : '';
  };
  const given = new Map<HeldText, Dealer>();
  for (const [held, { index, chars, below }] of places) {
    const own = textAt(index);
    // What says something only below the one before it is nothing that could be cut out of it alone.
    const isClear = below === undefined || textAt(below).endsWith(own);
    given.set(held, dealer(isClear ? own : '', chars));
  }
  return nodes.items.map((event, index) => {
    const { pieces = [] } = events[index] ?? {};
    let json = '';
    let at = event.start;
    for (const [own, { node }] of textsOf(event).texts.entries()) {
      const piece = pieces[own];
      const literal = encodeLiteral(piece === undefined ? '' : (given.get(piece.text)?.(piece.chars) ?? ''));
      json += `${text.slice(at, node.start)}${literal}`;
      at = node.end;
    }
    return json + text.slice(at, event.end);
  });
}

/** Gives the next characters of a text. */
type Dealer = (chars: number) => string;

function dealer(text: string, chars: number): Dealer {
  let at = 0;
  // A text of another length was changed, and where its pieces begin is known no more.
  if (text.length !== chars) {
    return () => {
      const all = text.slice(at);
      at = text.length;
      return all;
    };
  }
  return (count) => {
    let end = at + count;
    while (end < text.length && !text.slice(at, end).isWellFormed()) end += 1;
    const piece = text.slice(at, Math.max(at, end));
    at = Math.max(at, end);
    return piece;
  };
}
