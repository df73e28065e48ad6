import { FAILED, type RecordValue, type Result } from './value.ts';

/** Cedar has no fractions: a count that is no integer fails what reads it, instead of being rounded to something. */
export function longOrFailed(count: number): Result {
  return Number.isSafeInteger(count) ? count : FAILED;
}

/** A record whose fields are at hand. */
export class FieldsRecord implements RecordValue {
  readonly #fields: Readonly<Record<string, Result>>;

  constructor(fields: Readonly<Record<string, Result>>) {
    this.#fields = fields;
  }

  get(key: string): Result | undefined {
    return Object.hasOwn(this.#fields, key) ? this.#fields[key] : undefined;
  }

  keys(): Iterable<string> {
    return Object.keys(this.#fields);
  }
}
