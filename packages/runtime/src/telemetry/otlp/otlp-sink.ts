import { z } from 'zod';
import type { Sink } from '../sink-queue.ts';
import type { OtlpLine } from './otlp-line.ts';

export interface OtlpSinkParts {
  readonly line: Pick<OtlpLine, 'post'>;
  /** Where this signal goes, such as `/v1/traces`. */
  readonly path: string;
  /** One request of items that are JSON each. */
  readonly requestOf: (items: readonly string[]) => string;
  /** The member of an answer that counts the items that were not taken. */
  readonly rejected: string;
}

/** Items of one signal, a request for each write. */
export class OtlpSink implements Sink {
  readonly #parts: OtlpSinkParts;

  constructor(parts: OtlpSinkParts) {
    this.#parts = parts;
  }

  async write(items: readonly string[]): Promise<number> {
    const { line, path, requestOf, rejected } = this.#parts;
    const { isRefused, text } = await line.post(path, requestOf(items));
    return isRefused ? items.length : Math.min(items.length, countIn(text, rejected));
  }

  async close(): Promise<void> {
    // The line is shared with other signals.
  }
}

const count = z.union([
  z.int().min(0),
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number),
]);
const partial = z.object({ partialSuccess: z.record(z.string(), z.unknown()) });

/** How many items a collector says that it left out; none where what it says cannot be read. */
function countIn(text: string, member: string): number {
  if (!text.includes(member)) return 0;
  try {
    return count.parse(partial.parse(JSON.parse(text)).partialSuccess[member]);
  } catch {
    return 0;
  }
}
