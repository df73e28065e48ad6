import { statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { linesOf, openText } from '../lines.ts';

/** One text to look at, or why there is none. */
export type ScanItem = {
  /** File name, `-` for standard input, `text` for an argument. */
  readonly source: string;
  /** One-based; JSON lines alone. */
  readonly line?: number;
} & ({ readonly text: string } | { readonly skipped: SkipReason });

export type SkipReason = 'too-large' | 'binary' | 'unreadable' | 'not-json' | 'no-field';

export interface ScanInput {
  readonly source: string;
  readonly open: () => Readable;
}

export interface ScanLimits {
  /** Larger texts are skipped, and said to be. */
  readonly maxTextBytes: number;
  /** Take this field of every line instead of the whole input: a name, or several with dots between them. */
  readonly field: string | undefined;
}

export function fileInput(file: string, shown: string, onBytes: (bytes: number) => void): ScanInput {
  return { source: shown, open: () => openText(file, onBytes) };
}

/** Size on disk, for the progress bar; 0 when it cannot be known. */
export function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** The texts of one input, one at a time. What cannot be read is an item too: it must not look as if it had been inspected. */
export async function* itemsOf(input: ScanInput, { maxTextBytes, field }: ScanLimits): AsyncGenerator<ScanItem> {
  const { source } = input;
  try {
    if (field === undefined) {
      yield { source, ...(await wholeText(input.open(), maxTextBytes)) };
      return;
    }
    for await (const { text, number, tooLong } of linesOf(input.open())) {
      const place = { source, line: number };
      if (tooLong || Buffer.byteLength(text) > maxTextBytes) yield { ...place, skipped: 'too-large' };
      else yield { ...place, ...fieldOf(text, field) };
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    yield { source, skipped: 'unreadable' };
  }
}

type Content = { readonly text: string } | { readonly skipped: SkipReason };

async function wholeText(stream: Readable, maxTextBytes: number): Promise<Content> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += (chunk as Buffer).length;
    // Leaving the loop closes the stream: what is behind the limit is never read.
    if (bytes > maxTextBytes) return { skipped: 'too-large' };
    chunks.push(chunk as Buffer);
  }
  const whole = Buffer.concat(chunks);
  if (whole.includes(0)) return { skipped: 'binary' };
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(whole) };
  } catch {
    return { skipped: 'binary' };
  }
}

function fieldOf(line: string, field: string): Content {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { skipped: 'not-json' };
  }
  for (const step of field.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return { skipped: 'no-field' };
    value = (value as Record<string, unknown>)[step];
  }
  return typeof value === 'string' ? { text: value } : { skipped: 'no-field' };
}
