import { BoundedCache, type KeyedTurn } from '@sallyport/core';
import type { Prefix } from './prefix.ts';
import type { SessionState } from './session-state.ts';

/** More than one session: nobody can say which. */
export const SEVERAL = 'several';
export type Standing = SessionState | typeof SEVERAL;

/** What is known of requests of the very same messages. */
export interface Place {
  /** Names these messages. */
  readonly name: string;
  /** The session that asked with them. */
  stands: Standing;
  /** An answer to them left otherwise than it came, or not whole, so that it is not known again. */
  unsure: boolean;
  /** Requests of which nobody knows what the client has for an answer: those under way are among them. */
  unknown: number;
}

/** Answers from the end of a conversation that are looked at. */
export const ANSWERS_MAX = 8;
/** About what an entry takes in memory beside its key, bytes. */
const ENTRY_BYTES = 160;

/** Which session was served which answer, behind which messages. */
export class ServedAnswers {
  readonly #places: BoundedCache<Place>;
  readonly #answers: BoundedCache<Standing>;

  constructor({ maxEntries, maxBytes }: { readonly maxEntries: number; readonly maxBytes: number }) {
    this.#places = new BoundedCache({ maxEntries, maxWeight: maxBytes });
    this.#answers = new BoundedCache({ maxEntries, maxWeight: maxBytes });
  }

  /** A session asks with all messages of a conversation. */
  stand(prefix: Prefix, state: SessionState): Place {
    const name = prefix.name(prefix.turns.length);
    let place = this.#places.get(name);
    if (place === undefined) {
      place = { name, stands: state, unsure: false, unknown: 0 };
      this.#places.set(name, place, ENTRY_BYTES + name.length);
    }
    place.stands = joined(place.stands, state);
    place.unknown += 1;
    return place;
  }

  /** A session that stands there was answered. @param prints of the answer's parts, where it is known what the client has */
  serve(place: Place, prints: readonly string[] | undefined, state: SessionState): void {
    if (prints !== undefined) place.unknown -= 1;
    if (prints === undefined || prints.length === 0) {
      place.unsure = true;
      return;
    }
    const name = answerName(place, prints);
    this.#answers.set(name, joined(this.#answers.get(name), state), ENTRY_BYTES + name.length);
  }

  /**
   * The session that was served an answer which stands in a conversation, behind all that stood before it: by the last answer
   * of which anything is known. Nothing where two were served the same, or another one may have been. One that was changed on
   * its way counts where no other session ever asked with the same messages.
   */
  find(prefix: Prefix): SessionState | undefined {
    const answers = lastAnswers(prefix.turns);
    prefix.prepare(answers.map(({ from }) => from));
    for (const { from, to } of answers) {
      const place = this.#places.get(prefix.name(from));
      const found = place && this.#behind(place, prefix.turns.slice(from, to));
      if (found !== undefined) return found === SEVERAL ? undefined : found;
    }
    return undefined;
  }

  #behind(place: Place, answer: readonly KeyedTurn[]): Standing | undefined {
    const prints = answer.flatMap(({ turn }) => turn.said ?? []);
    const served = prints.length === 0 ? undefined : this.#answers.get(answerName(place, prints));
    if (served !== undefined && place.stands === SEVERAL && place.unknown > 0) return SEVERAL;
    return served ?? (place.unsure ? place.stands : undefined);
  }
}

function answerName({ name }: Place, prints: readonly string[]): string {
  return `${name} ${[...prints].sort().join(' ')}`;
}

function joined(before: Standing | undefined, state: SessionState): Standing {
  return before === undefined || before === state ? state : SEVERAL;
}

/** Answers behind something that was asked, last one first: each a run of messages of the assistant, `to` exclusive. */
function lastAnswers(turns: readonly KeyedTurn[]): readonly { readonly from: number; readonly to: number }[] {
  const answers: { from: number; to: number }[] = [];
  let to: number | undefined;
  for (let at = turns.length - 1; at >= 0 && answers.length < ANSWERS_MAX; at -= 1) {
    if (turns[at]?.turn.said !== undefined) to ??= at + 1;
    else if (to !== undefined) {
      answers.push({ from: at + 1, to });
      to = undefined;
    }
  }
  return answers;
}
