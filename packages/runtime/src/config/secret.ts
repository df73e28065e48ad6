import { inspect } from 'node:util';

const SHOWN = '[secret]';

/** A value that may be used and must not be seen: printing, logging or serialising it shows a placeholder. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself. Every call is a place to look at in a review. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return SHOWN;
  }

  toJSON(): string {
    return SHOWN;
  }

  [inspect.custom](): string {
    return SHOWN;
  }
}
