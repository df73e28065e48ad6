import { encodeLiteral, type JsonNode, memberOf, numberOf } from '@sallyport/wire';
import { textsOf } from './event-texts.ts';

/** Characters of a text that was told, before which more of it is judged; what is as long is joined whole with what follows. */
export const TOLD_TAIL_CHARS = 512;

interface Piece {
  readonly lane: string;
  readonly chars: number;
}

interface HeldEvent {
  /** JSON, with nothing where its texts stand. */
  readonly json: string;
  readonly pieces: readonly Piece[];
}

interface LaneText {
  readonly chunks: string[];
  /** Of which the client was told. */
  told: number;
  tail: string;
}

interface Batch {
  readonly events: readonly HeldEvent[];
  /** Where in its list of texts each lane's own one is, and how long that was. */
  readonly places: ReadonlyMap<string, { readonly index: number; readonly chars: number }>;
}

/**
 * What an agent answers, an event or many. It goes through the wall as its texts, each joined over all events that carry it, and the
 * events without them: so that what is split over two events is judged as what it is. Events wait while a text of any of them isn't
 * whole, and the client gets them as they came, with what became of the texts.
 */
export class HeldAnswer {
  readonly #events: HeldEvent[] = [];
  readonly #lanes = new Map<string, LaneText>();
  /** Texts of which something waits. */
  readonly #fresh = new Set<string>();
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
      pieces.push({ lane, chars: node.value.length });
      this.#lane(lane).chunks.push(node.value);
      this.#fresh.add(lane);
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
    const places = new Map<string, { readonly index: number; readonly chars: number }>();
    for (const name of this.#fresh) {
      const lane = this.#lane(name);
      const own = lane.chunks.slice(lane.told).join('');
      lane.told = lane.chunks.length;
      if (lane.tail !== '') texts.push(lane.tail);
      places.set(name, { index: texts.length, chars: own.length });
      texts.push(own);
      lane.tail = tailOf(lane.tail + own);
    }
    this.#fresh.clear();
    this.#batches.push({ events, places });
    return written({ batch: this.#batches.length - 1, texts, events });
  }

  /** The whole answer, as JSON. */
  whole(): string {
    const places = new Map<string, { readonly index: number; readonly chars: number }>();
    const texts = Array.from(this.#lanes, ([name, { chunks }], index) => {
      const text = chunks.join('');
      places.set(name, { index, chars: text.length });
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

  #lane(name: string): LaneText {
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      lane = { chunks: [], told: 0, tail: '' };
      this.#lanes.set(name, lane);
    }
    return lane;
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
  const given = new Map<string, Dealer>();
  for (const [name, { index, chars }] of places) {
    const node = texts.items[index];
    given.set(name, dealer(node?.kind === 'string' ? node.value : '', chars));
  }
  return nodes.items.map((event, index) => {
    const { pieces = [] } = events[index] ?? {};
    let json = '';
    let at = event.start;
    for (const [own, { node }] of textsOf(event).texts.entries()) {
      const piece = pieces[own];
      const literal = encodeLiteral(piece === undefined ? '' : (given.get(piece.lane)?.(piece.chars) ?? ''));
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
